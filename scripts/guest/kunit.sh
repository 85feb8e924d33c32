#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the unit tests, and a look for leaks where the kernel can.
kmemleak=/sys/kernel/debug/kmemleak
[ ! -e $kmemleak ] || echo clear >$kmemleak

insmod /gomalloc/gomalloc.ko &&
	insmod /gomalloc/gomalloc_kunit.ko &&
	rmmod gomalloc_kunit &&
	rmmod gomalloc || exit 1

if [ -e $kmemleak ]; then
	# An object counts as a leak after some seconds
	sleep 6
	echo scan >$kmemleak
	cat $kmemleak
fi
