# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# source: fs/f2fs
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# packages: f2fs-tools
# programs: mkfs.f2fs
# modules: loop crc32_generic
# shellcheck source=scripts/guest/files.sh
. /gomalloc/files.sh
disk 128 && mkfs.f2fs -q "$disk" >/dev/null && file_system mount -t f2fs "$disk" /tmp/mnt
