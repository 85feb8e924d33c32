# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# source: drivers/block/null_blk
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
[ -b /dev/nullb0 ] && dd if=/dev/nullb0 of=/dev/null bs=64k count=512 2>/dev/null &&
	dd if=/dev/zero of=/dev/nullb0 bs=64k count=512 conv=fsync 2>/dev/null || exit 1
mount -t configfs configfs /sys/kernel/config 2>/dev/null
for i in 1 2 3; do
	dir=/sys/kernel/config/nullb/mem$i
	mkdir "$dir" && echo 64 >"$dir/size" && echo 1 >"$dir/memory_backed" &&
		echo 1 >"$dir/power" || exit 1
	# By its number of /sys/kernel/config
	dev=/dev/nullb$(cat "$dir/index")
	[ -b "$dev" ] || dev=/dev/mem$i
	dd if=/dev/urandom of=/tmp/data bs=64k count=64 2>/dev/null
	dd if=/tmp/data of="$dev" bs=64k conv=fsync 2>/dev/null &&
		dd if="$dev" of=/tmp/back bs=64k count=64 2>/dev/null && cmp /tmp/data /tmp/back &&
		echo 0 >"$dir/power" && rmdir "$dir" || exit 1
done
