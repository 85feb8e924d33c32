#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: ten thousand heaps, and what a pass of all shrinkers takes with them
insmod /gomalloc/gomalloc.ko || exit 1
# What ten passes of all shrinkers take
passes() {
	time -p sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do echo 2 >/proc/sys/vm/drop_caches; done' 2>&1 |
		sed "s/^/# $1: /"
}
passes "warm up" >/dev/null
passes "ten passes of shrinkers, no heaps"
insmod /gomalloc/gomalloc_many.ko "$@"
rc=$?
# What the heaps had is released by then
sleep 3
passes "ten passes of shrinkers, with the heaps"
dmesg | sed -n 's/.*gomalloc_many: //p'
[ $rc = 0 ] && rmmod gomalloc_many && rmmod gomalloc
