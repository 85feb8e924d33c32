# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# kernels: stock-6.1 stock-6.12
# source: net/netfilter
# packages: nftables
# programs: nft
# under-test: nfnetlink nf_tables nft_limit nft_log
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# modules: nf_defrag_ipv4 nf_defrag_ipv6 crc32c_generic
make_rules() {
	echo "table inet t {"
	echo "	set s { type ipv4_addr; flags interval; elements = {"
	for i in $(seq 0 200); do
		echo "		10.0.$i.0/24,"
	done
	echo "		10.1.0.1 } }"
	echo "	map m { type inet_service : verdict; elements = { 22 : accept, 23 : drop } }"
	echo "	chain c { type filter hook input priority 0; policy accept;"
	echo "		ip saddr @s counter limit rate 5/second accept"
	echo "		tcp dport vmap @m"
	for i in $(seq 100); do
		echo "		udp dport $((1000 + i)) counter drop comment \"rule $i\""
	done
	echo "	}"
	echo "}"
}
make_rules >/tmp/rules
for _ in 1 2 3 4 5; do
	nft -f /tmp/rules && [ "$(nft list ruleset | grep -c 'comment')" = 100 ] &&
		nft add element inet t s '{ 10.3.0.0/16 }' && nft delete element inet t s '{ 10.0.7.0/24 }' &&
		nft flush ruleset || exit 1
done
echo "nft flush ruleset" >/tmp/after
ip link set lo up && nft -f /tmp/rules && ping -c 3 127.0.0.1 >/dev/null
