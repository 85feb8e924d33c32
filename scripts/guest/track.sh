#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the leak hunt of Documentation/debugging.rst, in a driver that has a
# leak; and who allocated and freed an object that is freed twice. The line of the
# source is found where there is a debugger: "hunted FUNCTION+OFFSET" in the log.
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
dir=/sys/module/gomalloc/parameters
leaks=/sys/kernel/debug/gomalloc/leaks
mount -t debugfs none /sys/kernel/debug 2>/dev/null
insmod /gomalloc/gomalloc.ko && insmod /gomalloc/gomalloc_leaky.ko || exit 1
serve() { echo "$1" >/sys/module/gomalloc_leaky/parameters/requests; }
# The line of the leak and what follows it
leak() { grep -A 3 'leaky: 100 objects' /tmp/leaks; }
place() { leak | sed -n 2p | grep -q 'leaky_receive+.*\[gomalloc_leaky\]'; }
came_there() { leak | grep -q 'leaky_serve+'; }
between() { [ "${3:-0}" -gt "$1" ] && [ "$3" -lt "$2" ]; }
left_with_place() {
	dmesg | grep -A 2 'leak: heap leaky: a tracked object of 104 bytes' | grep -q leaky_receive
}
lists_none() { ! grep -q 'leaky: ' "$leaks"; }

plan 8
check "off, the file says how to turn it on" grep -q 'nothing is tracked' $leaks

# As in the documentation, but for what the driver is used for
echo 1 >$dir/track_rate
serve 1000
cat $leaks

cat $leaks >/tmp/leaks
check "the leak is listed with what it has lost" \
	grep -q 'leaky: 100 objects, 10400 bytes, [0-9]* to [0-9]* ms old' /tmp/leaks
check "with the place" place
check "and who came there" came_there
leak | sed -n 's/^  \(leaky_[a-z]*+0x[0-9a-f]*\)\/.*/hunted \1/p'

echo 0 >$dir/track_rate
serve 1000
check "off, no more are tracked, and those that are stay" \
	grep -q 'leaky: 100 objects' $leaks
echo leaky >$dir/track_heaps
echo 2 >$dir/track_rate
serve 10000
found=$(sed -n 's/.*leaky: \([0-9]*\) objects.*/\1/p' $leaks)
check "of two one is tracked: $found of 1000 and 100" between 400 800 "$found"

rmmod gomalloc_leaky
check "what the heap has left is reported with the place" left_with_place
check "and listed no more" lists_none
rmmod gomalloc || rc=1
exit $rc
