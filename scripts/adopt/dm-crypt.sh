# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# In 7.3 the ciphers are in other modules.
#
# kernels: stock-6.1 stock-6.12
# source: drivers/md
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# packages: dmsetup
# programs: dmsetup
# modules: loop aes_generic ecb xts cbc essiv sha256_generic
# under-test: dm-mod dm-crypt
# shellcheck source=scripts/guest/files.sh
. /gomalloc/files.sh
disk 64 || exit 1
sectors=$((64 * 2048))
key=$(head -c 64 /dev/urandom | od -An -tx1 | tr -d ' \n')
for _ in 1 2 3; do
	dmsetup create c --table "0 $sectors crypt aes-xts-plain64 $key 0 $disk 0" || exit 1
	dd if=/dev/urandom of=/tmp/data bs=64k count=200 2>/dev/null
	dev=/dev/$(basename "$(readlink -f /sys/block/dm-0)")
	dd if=/tmp/data of="$dev" bs=64k conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches &&
		dd if="$dev" of=/tmp/back bs=64k count=200 2>/dev/null && cmp /tmp/data /tmp/back &&
		dmsetup remove c || exit 1
done
echo "dmsetup remove c" >/tmp/after
dmsetup create c --table "0 $sectors crypt aes-xts-plain64 $key 0 $disk 0"
