# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# source: fs/ext4
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# packages: e2fsprogs
# programs: mkfs.ext4
# modules: loop crc32c_generic
# shellcheck source=scripts/guest/files.sh
. /gomalloc/files.sh
disk 128 && mkfs.ext4 -q -O metadata_csum "$disk" && file_system mount -t ext4 "$disk" /tmp/mnt
