#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: ten thousand heaps, and what a pass of all shrinkers takes with them
insmod /gomalloc/gomalloc.ko || exit 1
now() { sed 's/ .*//; s/\.//' /proc/uptime; }
# What a hundred passes of all shrinkers take
passes() {
	start=$(now) i=0
	while [ $i -lt 100 ]; do
		echo 2 >/proc/sys/vm/drop_caches
		i=$((i + 1))
	done
	echo "# $1: $(($(now) - start))0 ms"
}
passes "a hundred passes of shrinkers, to warm up"
passes "a hundred passes of shrinkers, no heaps"
insmod /gomalloc/gomalloc_many.ko "$@"
rc=$?
# What the heaps had is released by then
sleep 3
passes "a hundred passes of shrinkers, with the heaps"
dmesg | sed -n 's/.*gomalloc_many: //p'
[ $rc = 0 ] && rmmod gomalloc_many && rmmod gomalloc
