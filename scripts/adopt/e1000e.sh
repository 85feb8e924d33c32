# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A driver with DMA, and the device that QEMU has for it.
#
# source: drivers/net/ethernet/intel/e1000e
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# devices: -netdev user,id=n,restrict=on -device e1000e,netdev=n
# packages: iproute2
# programs: ip
for link in /sys/class/net/e*; do
	link=${link##*/}
done
echo "ip addr flush dev $link" >/tmp/after
ip link set "$link" up && ip addr add 10.0.2.15/24 dev "$link" && sleep 3 &&
	ping -c 10 -i 0.2 10.0.2.2 && ping -c 10 -i 0.2 -s 1400 10.0.2.2 || exit 1
for _ in 1 2 3; do
	ip link set "$link" down && ip link set "$link" up || exit 1
done
sleep 2
ping -c 3 10.0.2.2 && ip link set "$link" down
