#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: a driver that calls kmalloc(), built with <linux/gomalloc_kmalloc.h>. Each
# of its calls has to have gone where it should, its heap comes and goes with it, and what
# it forgets is there to be seen.
#
# Usage: ported.sh [leak]     let it forget something, which is reported as a leak
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
heaps=/sys/kernel/debug/gomalloc/heaps
leaks=/sys/kernel/debug/gomalloc/leaks

has_heap() { grep -q gomalloc_ported "$heaps" >/tmp/out; }
has_none() { ! has_heap; }
all_told() { dmesg | sed -n 's/.*gomalloc_ported: \(.*\): \(good\|bad\)$/\2 \1/p' >/tmp/told && [ -s /tmp/told ]; }
known() { grep -q "leak: heap gomalloc_ported: module gomalloc_ported is gone .* 7 objects" /tmp/dmesg; }
left() { awk '$8 == "gone" && $NF == "gomalloc_ported" { print $1; exit }' "$heaps"; }
listed() {
	cat "$leaks" >/tmp/out
	grep -q 'gomalloc_ported: 7 objects' /tmp/out && grep -q 'ported_forget' /tmp/out
}
destroy() { echo "$id" >"$heaps"; }
# A parameter that is none
refused() { ! insmod /gomalloc/gomalloc_ported.ko gomalloc_heap=1 >/tmp/out 2>&1; }
# Nothing of what the driver did was wrong
silent() {
	dmesg | grep -E 'gomalloc: .*(free|misuse|kfree)|WARNING|BUG' >/tmp/out
	[ ! -s /tmp/out ]
}

forgets=0
[ "${1-}" != leak ] || forgets=7
if insmod /gomalloc/gomalloc.ko track_rate=1 &&
	insmod /gomalloc/gomalloc_ported.ko leak=$forgets; then
	loaded=1
fi
# So that there are results to be counted, whatever happens
all_told
plan $(($(wc -l </tmp/told) + (forgets ? 11 : 7)))
while read -r verdict name; do
	check "$name" [ "$verdict" = good ]
done </tmp/told
check "the driver is content" [ "${loaded-}" ]
check "its heap has its name" has_heap
check "nothing is said of it" silent
[ $forgets = 0 ] || check "debugfs says where what it forgot is from" listed
rmmod gomalloc_ported
if [ $forgets != 0 ]; then
	dmesg >/tmp/dmesg
	check "the log says what it has left" known
	id=$(left)
	check "the heap can be destroyed" destroy
	check "then it is gone" has_none
fi
check "the heap is no parameter" refused
check "a driver that did not load has left none" has_none
check "it loads again, and leaves nothing" \
	eval 'insmod /gomalloc/gomalloc_ported.ko && has_heap && rmmod gomalloc_ported && has_none'
check "gomalloc goes" rmmod gomalloc
exit $rc
