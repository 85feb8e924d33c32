#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: the program that tests the device; and that a module in use
# stays.
insmod /gomalloc/gomalloc.ko dev_limit_mb=48 || exit 1
rc=0
/gomalloc/gomalloc_test || rc=$?
/gomalloc/gomalloc_limit_test || rc=$?

# An open descriptor, and a module that uses ours, hold it
check() {
	name=$1
	shift
	if "$@"; then echo "ok $name"; else echo "not ok $name"; rc=1; fi
}
refused() { ! rmmod gomalloc 2>/dev/null; }
echo "KTAP version 1"
echo "1..3"
exec 3<>/dev/gomalloc
check "1 rmmod is refused while a descriptor is open" refused
exec 3>&-
insmod /gomalloc/gomalloc_client.ko packets=2000 keep=200 || rc=1
check "2 rmmod is refused while a module uses it" refused
rmmod gomalloc_client
check "3 rmmod succeeds when nobody does" rmmod gomalloc
exit $rc
