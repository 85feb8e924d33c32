#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: faults in the use of objects, and whether the kernel's checkers find
# each of them, and nothing else: KASAN those of memory, kmemleak what is lost.
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
# shellcheck source=scripts/guest/said.sh
. /gomalloc/said.sh
leaks_clear
insmod /gomalloc/gomalloc.ko && insmod /gomalloc/gomalloc_checkers.ko || exit 1
said_read gomalloc_checkers case
sed -n 's/^gomalloc_checkers: object //p' /tmp/log >/tmp/objects
is_no_fault() { ! was_said "$1" KASAN; }

plan "$(cat /tmp/planted /tmp/objects | wc -l)"
while read -r name pattern; do
	if [ "$pattern" ]; then
		check "$name is reported" was_said "$name" "$pattern"
	else
		check "$name is no fault" is_no_fault "$name"
	fi
done </tmp/planted

[ ! -e "$kmemleak" ] || leaks_read >/tmp/leaks
while read -r name address state; do
	if [ ! -e "$kmemleak" ]; then
		n=$((n + 1))
		echo "ok $n kmemleak: $name # SKIP the kernel has none"
		continue
	fi
	# The stack behind it, or one of several, leads to the module
	pattern=$(echo "$address" | sed 's/,/ \\|/g')
	grep -A 20 "unreferenced object 0x\($pattern \)" /tmp/leaks | grep -q gomalloc_checkers
	found=$?
	[ "$state" = lost ] || found=$((!found))
	check "kmemleak: $name is $state" [ $found = 0 ]
done </tmp/objects
[ -s /tmp/planted ] && [ -s /tmp/objects ] || rc=1
rmmod gomalloc_checkers && rmmod gomalloc || rc=1
exit $rc
