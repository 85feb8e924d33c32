# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The tmpfs of drivers-7.3 has no extended attributes for it.
#
# kernels: stock-6.1 stock-6.12
# source: fs/overlayfs
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# shellcheck source=scripts/guest/files.sh
. /gomalloc/files.sh
mkdir -p /tmp/lower /tmp/upper /tmp/mnt && mount -t tmpfs tmpfs /tmp/upper &&
	mkdir /tmp/upper/work /tmp/upper/up && fill /tmp/lower &&
	file_system mount -t overlay overlay -o \
		lowerdir=/tmp/lower,upperdir=/tmp/upper/up,workdir=/tmp/upper/work /tmp/mnt
