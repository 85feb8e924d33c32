# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Modules come and go.
#
# kernels: stock-6.1 stock-6.12
# modules: dummy bridge veth vxlan loop dm-mod overlay ext4 nls_utf8 nls_iso8859-1 nls_cp437
all="dummy bridge veth vxlan loop dm-mod overlay ext4 nls_utf8 nls_iso8859-1 nls_cp437"
for _ in 1 2 3 4 5 6 7 8; do
	for module in $all; do
		modprobe -r "$module" || exit 1
	done
	for module in $all; do
		modprobe "$module" || exit 1
	done
done
ip link add type dummy && ip link del dummy0
