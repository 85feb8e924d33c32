#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: the programs that test the device, those of 32 bits too where
# the kernel runs them; that a module in use stays; and that nothing is left.
#
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
leaks_clear

insmod /gomalloc/gomalloc.ko dev_limit_mb=48 || exit 1
narrow=
[ ! -e /proc/sys/abi/vsyscall32 ] || narrow=32
tests=" _object _batch _mmap _limit _open _access _rt"
! grep -q ^memory /proc/cgroups 2>/dev/null || tests="$tests _cgroup"
[ ! -e /proc/self/fail-nth ] || tests="$tests _fail_nth"
for test in '' $tests; do
	for bits in '' $narrow; do
		"/gomalloc/gomalloc${test}_test$bits" || rc=$?
	done
done

# An open descriptor, and a module that uses ours, hold it
refused() { ! rmmod gomalloc 2>/dev/null; }
nothing_left() { [ -z "$(leaks_found)" ]; }
# All heaps but the kernel's and that of the command itself
other_heaps() { /gomalloc/gomalloc stats | sed 1d | grep -v -e ' default ' -e ' gomalloc:' -e '^held on'; }
no_heap() { ! other_heaps; }
plan 5
check "no heap is left when all descriptors are closed" no_heap
exec 3<>/dev/gomalloc
check "rmmod is refused while a descriptor is open" refused
exec 3>&-
insmod /gomalloc/gomalloc_client.ko packets=2000 keep=200 || rc=1
check "rmmod is refused while a module uses it" refused
rmmod gomalloc_client
check "rmmod succeeds when nothing uses it" rmmod gomalloc
check "no memory is lost, as far as the kernel can tell" nothing_left
exit $rc
