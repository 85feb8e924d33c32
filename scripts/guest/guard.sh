#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: faults that are planted in guarded objects, one of a hundred, and
# whether each is reported as what it is; then sampling off and on again at run time,
# and the same of objects with red zones and poison.
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
# shellcheck source=scripts/guest/said.sh
. /gomalloc/said.sh
dir=/sys/module/gomalloc/parameters
insmod /gomalloc/gomalloc.ko guard_rate=100 || exit 1
[ "$(cat $dir/guard_rate)" = 100 ] || exit 1
tracing=/sys/kernel/tracing
mount -t tracefs tracefs $tracing
echo 1 >$tracing/events/gomalloc/misuse/enable
# The module prints KTAP of its own: all of it before that of this script
insmod /gomalloc/gomalloc_guard.ko "$@"
on=$?
# While the module has its names
cat $tracing/trace >/tmp/trace
rmmod gomalloc_guard
said_read gomalloc_guard fault
cp /tmp/log /tmp/guard.log
cp /tmp/planted /tmp/guard.planted
echo 0 >$tracing/events/gomalloc/misuse/enable
set_parameter() { echo "$2" >"$dir/$1"; }
set_parameter guard_rate 0
insmod /gomalloc/gomalloc_guard.ko off=1 most=5000
off=$?
rmmod gomalloc_guard
set_parameter debug FZPU,guard
dmesg -C
insmod /gomalloc/gomalloc_guard.ko debugged=1 most=1000
debugged=$?
rmmod gomalloc_guard
said_read gomalloc_guard fault
in_force=$(cat $dir/debug)
set_parameter debug ""
insmod /gomalloc/gomalloc_guard.ko off=1 most=1000
undebugged=$?
rmmod gomalloc_guard

# all_said WORD: each of /tmp/planted in /tmp/log
all_said() {
	while read -r name pattern; do
		check "$name is reported as such$1" was_said "$name" "$pattern"
	done </tmp/planted
}
plan $(($(cat /tmp/planted /tmp/guard.planted | wc -l) + 11))
all_said " in a heap with debug=FZPU"
check "each is found with debug=FZPU" [ $debugged = 0 ]
check "which says so" [ "$in_force" = FZPU,guard ]
check "without it nothing is found" [ $undebugged = 0 ]
refused() { ! set_parameter debug "$1" 2>/dev/null; }
check "what slub_debug does not know is refused" refused FX,guard
mv /tmp/guard.log /tmp/log
mv /tmp/guard.planted /tmp/planted
all_said ""
[ -s /tmp/planted ] || rc=1
check "each is found while it is on" [ $on = 0 ]
for kind in out_of_bounds used_after_free beside; do
	check "the tracepoint tells of $kind" grep -q "misuse=$kind call_site=.*gomalloc_guard" /tmp/trace
done
check "while it is off, nothing is found" [ $off = 0 ]
check "it is on again" set_parameter guard_rate 100
# That of gomalloc(), too
check "and for the heap of gomalloc()" set_parameter guard_heaps default
rmmod gomalloc || rc=1
exit $rc
