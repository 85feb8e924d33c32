# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# As xfs, with the kernel's own kfree_link(): what that frees is caught.
#
# kernels: stock-6.1
# as: xfs.sh
# source: fs/xfs
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# patch: xfs-caught.patch
# freed: xfs_vn_get_link
# packages: xfsprogs
# programs: mkfs.xfs
# modules: loop crc32c_generic
