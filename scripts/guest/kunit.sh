#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the unit tests, and a look for leaks where the kernel can.
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
leaks_clear

# Requests that may wait fail as well as others, and silently
for attr in failslab fail_page_alloc; do
	dir=/sys/kernel/debug/$attr
	[ -e $dir ] || continue
	echo 0 >$dir/verbose
	echo N >$dir/ignore-gfp-wait
done
[ ! -e /sys/kernel/debug/fail_page_alloc ] ||
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order

# One layer each, with the files below it
for module in /gomalloc/gomalloc_below_*.ko; do
	name=${module##*/}
	insmod "$module" && rmmod "${name%.ko}" || exit 1
done
insmod /gomalloc/gomalloc.ko &&
	insmod /gomalloc/gomalloc_kunit.ko &&
	rmmod gomalloc_kunit &&
	rmmod gomalloc || exit 1
leaks_found
