# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# As cls_flower, with arrays of actions out of its heap: what the kernel frees is caught.
#
# kernels: stock-6.1
# source: net/sched
# patch: cls_flower-caught.patch
# freed: fl_change
# packages: iproute2
# programs: tc ip
# modules: dummy veth
# under-test: cls_flower act_gact act_mirred sch_ingress
echo "tc qdisc del dev one clsact && ip link del one && ip link del two" >/tmp/after
ip link add one type dummy && ip link add two type dummy && ip link set one up &&
	ip link set two up && tc qdisc add dev one clsact || exit 1
for round in 1 2 3; do
	for i in $(seq 100); do
		tc filter add dev one ingress protocol ip pref "$i" flower \
			dst_ip "10.0.$round.$i" ip_proto udp dst_port "$i" action drop &&
			tc filter add dev one egress protocol ip pref "$i" flower \
				src_ip "10.0.$round.$i" action mirred egress redirect dev two || exit 1
	done
	[ "$(tc filter show dev one ingress | grep -c dst_ip)" = 100 ] || exit 1
	[ $round = 3 ] ||
		{ tc filter del dev one ingress && tc filter del dev one egress; } || exit 1
done
