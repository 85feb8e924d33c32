# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# source: drivers/net/wireguard
# packages: iproute2 wireguard-tools
# programs: ip wg
# modules: veth libchacha20poly1305 libcurve25519
here() { ip netns exec here "$@"; }
there() { ip netns exec there "$@"; }
mkdir -p /run/netns /var/run
echo "ip netns del here && ip netns del there" >/tmp/after
ip netns add here && ip netns add there && ip link add va type veth peer name vb &&
	ip link set va netns here && ip link set vb netns there || exit 1
wg genkey >/tmp/here && wg genkey >/tmp/there || exit 1
# side NAME LINK OWN ADDRESS PEER
side() {
	ip netns exec "$1" ip addr add "10.1.0.$3/24" dev "$2" &&
		ip netns exec "$1" ip link set "$2" up &&
		ip netns exec "$1" ip link add wg0 type wireguard &&
		ip netns exec "$1" wg set wg0 private-key "/tmp/$1" listen-port 5000 \
			peer "$(wg pubkey <"/tmp/$5")" allowed-ips 10.2.0.0/24 endpoint "10.1.0.$4:5000" &&
		ip netns exec "$1" ip addr add "10.2.0.$3/24" dev wg0 &&
		ip netns exec "$1" ip link set wg0 up
}
side here va 1 2 there && side there vb 2 1 here && here ping -c 5 -i 0.2 10.2.0.2 || exit 1
# It would end with what it reads, before all has come
mkfifo /tmp/open && exec 9<>/tmp/open
there nc -l -p 7000 <&9 >/tmp/got &
sleep 1
dd if=/dev/urandom of=/tmp/sent bs=64k count=64 2>/dev/null
here nc 10.2.0.2 7000 </tmp/sent
wait
cmp /tmp/sent /tmp/got && here wg show wg0 transfer
