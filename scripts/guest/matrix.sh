#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the module is loaded, its units are tested if the kernel has KUnit,
# its device is, the torture is run with the arguments given, the module unloaded.
# A line for each says how it went.
rc=0

step() {
	name=$1
	shift
	if "$@"; then
		echo "gomalloc_matrix: $name ok"
	else
		echo "gomalloc_matrix: $name failed"
		rc=1
	fi
}

load() {
	insmod /gomalloc/gomalloc.ko && [ -e /dev/gomalloc ] && rmmod gomalloc
}

unloaded() {
	! grep -q '^gomalloc' /proc/modules && [ ! -e /dev/gomalloc ]
}

step load load
[ ! -e /gomalloc/gomalloc_kunit.ko ] || step kunit sh /gomalloc/kunit.sh
step selftests sh /gomalloc/selftest.sh
step torture sh /gomalloc/torture.sh "$@"
step unload unloaded
exit $rc
