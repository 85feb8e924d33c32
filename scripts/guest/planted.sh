#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: say where objects are and what is known of them, and stand still while
# the host looks from outside, see scripts/post_mortem.py.
#
# Usage: planted.sh [FOLDER]    the folder of the host that is the root here; else it
#                               answers on the console
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh

# Where gdb finds the module's code and data
sections() {
	for section in /sys/module/gomalloc/sections/.*; do
		[ ! -f "$section" ] ||
			echo "section: ${section##*/} $(cat "$section")"
	done
}
# The number of a page, and bytes: a note of a core file, which QEMU does not know of
vmcoreinfo() {
	[ ! -e /sys/kernel/vmcoreinfo ] ||
		echo "vmcoreinfo: $(cat /sys/kernel/vmcoreinfo)"
}
# Where there is a drgn, it looks at the kernel that it runs on
live() {
	[ -e /gomalloc/drgn.tar ] || return 0
	tar -C / -xf /gomalloc/drgn.tar
	addresses=$(dmesg | sed -n 's/.*gomalloc_planted: at \(0x[0-9a-f]*\).*/\1/p')
	for words in heaps "spans planted" "object $addresses" "spans cow"; do
		# They are meant to split
		# shellcheck disable=SC2086
		"$(echo /usr/bin/python3*)" /gomalloc/gomalloc.py -m /gomalloc/gomalloc.ko $words 2>&1 |
			sed 's/^/live: /'
	done
}
wait_for_host() {
	echo "post-mortem: look"
	if [ "${1-}" ]; then
		while [ ! -e /looked ]; do sleep 0.2; done
	else
		read -r _ </dev/console
	fi
}

plan 4
# Nothing is to be released meanwhile
check "gomalloc loads" insmod /gomalloc/gomalloc.ko scavenge_ms=0 debug=Z,zoned guard_heaps=guarded guard_rate=1
check "objects are planted" insmod /gomalloc/gomalloc_planted.ko
sections
vmcoreinfo
echo "heaps: $(/gomalloc/gomalloc stats --json | tr -d '\n')"
live
wait_for_host "$@"
check "they can be freed" rmmod gomalloc_planted
check "gomalloc goes" rmmod gomalloc
exit $rc
