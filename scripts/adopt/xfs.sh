# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Texts of symbolic links are freed by the kernel, with kfree_link(), which the header
# has one of its own for.
#
# source: fs/xfs
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# caught: no
# packages: xfsprogs
# programs: mkfs.xfs
# modules: loop crc32c_generic
# shellcheck source=scripts/guest/files.sh
. /gomalloc/files.sh
disk 320 && mkfs.xfs -q "$disk" && file_system mount -t xfs "$disk" /tmp/mnt
