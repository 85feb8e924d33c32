#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the leak hunt of Documentation/debugging.rst, in a driver that has a
# leak; and who allocated and freed an object that is freed twice. The line of the
# source is found where there is a debugger: "hunted FUNCTION+OFFSET" in the log.
dir=/sys/module/gomalloc/parameters
leaks=/sys/kernel/debug/gomalloc/leaks
mount -t debugfs none /sys/kernel/debug 2>/dev/null
insmod /gomalloc/gomalloc.ko && insmod /gomalloc/gomalloc_leaky.ko || exit 1
tests=0 rc=0

check() {
	tests=$((tests + 1))
	[ "$1" = 0 ] || rc=1 not='not '
	echo "${not-}ok $tests $2"
	unset not
}

echo "KTAP version 1"
echo "1..8"
grep -q 'nothing is tracked' $leaks
check $? "off, the file says how to turn it on"

# As in the documentation, but for what the driver is used for
echo 1 >$dir/track_rate
echo 1000 >/sys/module/gomalloc_leaky/parameters/requests
cat $leaks

cat $leaks >/tmp/leaks
grep -q 'leaky: 100 objects, 10400 bytes, [0-9]* to [0-9]* ms old' /tmp/leaks
check $? "the leak is listed with what it has lost"
grep -A 3 'leaky: 100 objects' /tmp/leaks | sed -n 2p >/tmp/place
grep -q 'leaky_receive+.*\[gomalloc_leaky\]' /tmp/place
check $? "with the place"
grep -A 3 'leaky: 100 objects' /tmp/leaks | grep -q 'leaky_serve+'
check $? "and who came there"
grep -A 3 'leaky: 100 objects' /tmp/leaks |
	sed -n 's/^  \(leaky_[a-z]*+0x[0-9a-f]*\)\/.*/hunted \1/p'

echo 0 >$dir/track_rate
echo 1000 >/sys/module/gomalloc_leaky/parameters/requests
grep -q 'leaky: 100 objects' $leaks
check $? "off, no more are tracked, and those that are stay"
echo leaky >$dir/track_heaps
echo 2 >$dir/track_rate
echo 10000 >/sys/module/gomalloc_leaky/parameters/requests
n=$(sed -n 's/.*leaky: \([0-9]*\) objects.*/\1/p' $leaks)
[ "${n:-0}" -gt 400 ] && [ "$n" -lt 800 ]
check $? "of two one is tracked: $n of 1000 and 100"

rmmod gomalloc_leaky
dmesg | grep -A 2 'leak: heap leaky: a tracked object of 104 bytes' | grep -q leaky_receive
check $? "what the heap has left is reported with the place"
! grep -q 'leaky: ' $leaks
check $? "and listed no more"
rmmod gomalloc || rc=1
exit $rc
