#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: faults that are planted in guarded objects, one of a hundred, and
# whether each is reported as what it is; then sampling off and on again at run time.
dir=/sys/module/gomalloc/parameters
insmod /gomalloc/gomalloc.ko guard_rate=100 || exit 1
[ "$(cat $dir/guard_rate)" = 100 ] || exit 1
insmod /gomalloc/gomalloc_guard.ko "$@"
rc=$?
rmmod gomalloc_guard
dmesg | sed 's/^\[[ 0-9.]*\] //' >/tmp/log
tests=0

check() {
	tests=$((tests + 1))
	[ "$1" = 0 ] || rc=1 not='not '
	echo "${not-}ok $tests $2"
	unset not
}

set_parameter() {
	echo "$2" >"$dir/$1"
}

# said NAME: what the kernel has said between the fault and the next one, in one line
said() {
	awk -v begin="gomalloc_guard: fault $1:" '
	index($0, begin) == 1 { inside = 1; next }
	/^gomalloc_guard: fault / { inside = 0 }
	inside' /tmp/log | tr '\n' ' '
}

# Before what is printed here begins: the module prints its own
set_parameter guard_rate 0
insmod /gomalloc/gomalloc_guard.ko off=1 most=5000
off=$?
rmmod gomalloc_guard

sed -n 's/^gomalloc_guard: fault \([a-z-]*\): *\(..*\)/\1 \2/p' /tmp/log >/tmp/faults
echo "KTAP version 1"
echo "1..$(($(wc -l </tmp/faults) + 3))"
while read -r name pattern; do
	said "$name" | grep -q "$pattern"
	check $? "$name is reported as such"
done </tmp/faults
[ -s /tmp/faults ] || rc=1

check $off "while it is off, nothing is found"
set_parameter guard_rate 100
check $? "it is on again"
# That of gomalloc(), too
set_parameter guard_heaps default
check $? "and for the heap of gomalloc()"
rmmod gomalloc || rc=1
exit $rc
