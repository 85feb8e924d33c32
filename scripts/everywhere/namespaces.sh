# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# As containers are: namespaces of all kinds on a bridge, each with a server that the next
# one fetches a file from.
#
# packages: iproute2
# programs: ip
# kernels: stock-6.1 stock-6.12
# modules: bridge veth
nr=8
mkdir -p /run/netns /var/run /tmp/www
dd if=/dev/urandom of=/tmp/www/file bs=64k count=16 2>/dev/null
ip link add br0 type bridge && ip link set br0 up || exit 1
for i in $(seq $nr); do
	ip netns add "c$i" && ip link add "v$i" type veth peer name eth0 netns "c$i" &&
		ip link set "v$i" master br0 && ip link set "v$i" up &&
		ip netns exec "c$i" ip addr add "10.1.0.$i/24" dev eth0 &&
		ip netns exec "c$i" ip link set eth0 up || exit 1
	ip netns exec "c$i" unshare -m -u -i -p -f httpd -f -p "10.1.0.$i:80" -h /tmp/www &
done
sleep 1
for i in $(seq $nr); do
	for _ in 1 2 3; do
		ip netns exec "c$i" wget -q -O "/tmp/got$i" "http://10.1.0.$((i % nr + 1))/file" &&
			cmp "/tmp/got$i" /tmp/www/file || exit 1
	done
done
for i in $(seq $nr); do
	# A server is the init of its namespace, which takes no other signal. The link would
	# go when its namespace does, later.
	ip netns pids "c$i" | xargs kill -9
	ip link del "v$i" && ip netns del "c$i" || exit 1
done
ip link del br0
