# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# source: drivers/block/zram
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# modules: zsmalloc lzo lzo-rle lz4
disk=/sys/block/zram0
echo 128M >$disk/disksize && mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || exit 1
# More than fits, so that pages go there and come back
echo "swapoff /dev/zram0; echo 1 >$disk/reset" >/tmp/after
dd if=/dev/urandom of=/tmp/random bs=64k count=1000 2>/dev/null || exit 1
before=$(md5sum </tmp/random)
dd if=/dev/zero bs=64k count=500 2>/dev/null | tr '\0' x >/tmp/text
echo 3 >/proc/sys/vm/drop_caches
[ "$(md5sum </tmp/random)" = "$before" ] && swapoff /dev/zram0 && echo 1 >$disk/reset || exit 1
for i in 1 2 3; do
	echo 32M >$disk/disksize && dd if=/tmp/text of=/dev/zram0 bs=64k count=500 2>/dev/null &&
		cat $disk/mm_stat || exit 1
	[ $i = 3 ] || echo 1 >$disk/reset
done
echo "echo 1 >$disk/reset" >/tmp/after
