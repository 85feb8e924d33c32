# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# source: drivers/net/vxlan
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# packages: iproute2
# programs: ip bridge
# modules: veth
mkdir -p /run/netns /var/run
echo "ip netns del here && ip netns del there" >/tmp/after
ip netns add here && ip netns add there && ip link add va type veth peer name vb &&
	ip link set va netns here && ip link set vb netns there || exit 1
# side NAME LINK OWN OTHER
side() {
	ip netns exec "$1" ip addr add "10.1.0.$3/24" dev "$2" &&
		ip netns exec "$1" ip link set "$2" up &&
		ip netns exec "$1" ip link add vx0 type vxlan id 42 dstport 4789 \
			remote "10.1.0.$4" local "10.1.0.$3" dev "$2" &&
		ip netns exec "$1" ip addr add "10.2.0.$3/24" dev vx0 &&
		ip netns exec "$1" ip link set vx0 up || return
	for i in $(seq 100); do
		ip netns exec "$1" bridge fdb append "02:00:00:00:00:$(printf %02x "$i")" dev vx0 \
			dst "10.1.0.$i" || return
	done
}
side here va 1 2 && side there vb 2 1 && ip netns exec here ping -c 5 -i 0.2 10.2.0.2 &&
	ip netns exec here bridge fdb show dev vx0 | grep -c dst
