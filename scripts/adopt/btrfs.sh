# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# kernels: stock-6.1 stock-6.12
# source: fs/btrfs
# packages: btrfs-progs
# programs: mkfs.btrfs btrfs
# modules: loop crc32c_generic
# shellcheck source=scripts/guest/files.sh
. /gomalloc/files.sh
disk 300 && mkfs.btrfs -q -f "$disk" && file_system mount -t btrfs "$disk" /tmp/mnt &&
	btrfs subvolume snapshot /tmp/mnt /tmp/mnt/snap >/dev/null && rm -r /tmp/mnt/folder2 &&
	btrfs balance start --full-balance /tmp/mnt >/dev/null &&
	btrfs subvolume delete /tmp/mnt/snap >/dev/null && btrfs scrub start -B /tmp/mnt >/dev/null
