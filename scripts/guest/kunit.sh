#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the unit tests, and a look for leaks where the kernel can.
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
leaks_clear

insmod /gomalloc/gomalloc.ko &&
	insmod /gomalloc/gomalloc_kunit.ko &&
	rmmod gomalloc_kunit &&
	rmmod gomalloc || exit 1
leaks_found
