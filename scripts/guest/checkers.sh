#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: faults in the use of objects, and whether the kernel's checkers find
# each of them, and nothing else: KASAN those of memory, kmemleak what is lost.
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
leaks_clear
insmod /gomalloc/gomalloc.ko && insmod /gomalloc/gomalloc_checkers.ko || exit 1
dmesg | sed 's/^\[[ 0-9.]*\] //' >/tmp/log
tests=0 rc=0

check() {
	tests=$((tests + 1))
	[ "$1" = 0 ] || rc=1 not='not '
	echo "${not-}ok $tests $2"
	unset not
}

# said NAME: what the kernel has said between the case and the next one, in one line
said() {
	awk -v begin="gomalloc_checkers: case $1:" '
	index($0, begin) == 1 { inside = 1; next }
	/^gomalloc_checkers: case / { inside = 0 }
	inside' /tmp/log | tr '\n' ' '
}

sed -n 's/^gomalloc_checkers: case \([a-z-]*\): *\(.*\)/\1 \2/p' /tmp/log |
	grep -v '^end' >/tmp/cases
sed -n 's/^gomalloc_checkers: object //p' /tmp/log >/tmp/objects
echo "KTAP version 1"
echo "1..$(cat /tmp/cases /tmp/objects | wc -l)"
while read -r name pattern; do
	said "$name" >/tmp/said
	if [ "$pattern" ]; then
		grep -q "$pattern" /tmp/said
		check $? "$name is reported"
	else
		! grep -q KASAN /tmp/said
		check $? "$name is no fault"
	fi
done </tmp/cases

[ ! -e "$kmemleak" ] || leaks_read >/tmp/leaks
while read -r name address state; do
	if [ ! -e "$kmemleak" ]; then
		tests=$((tests + 1))
		echo "ok $tests kmemleak: $name # SKIP the kernel has none"
		continue
	fi
	# The stack behind it, or one of several, leads to the module
	pattern=$(echo "$address" | sed 's/,/ \\|/g')
	grep -A 20 "unreferenced object 0x\($pattern \)" /tmp/leaks | grep -q gomalloc_checkers
	found=$?
	[ "$state" = lost ] || found=$((!found))
	check $found "kmemleak: $name is $state"
done </tmp/objects
[ -s /tmp/cases ] && [ -s /tmp/objects ] || rc=1
rmmod gomalloc_checkers && rmmod gomalloc || rc=1
exit $rc
