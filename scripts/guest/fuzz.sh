#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the fuzzer with its options as arguments; no page and no object
# may be left of it.
#
# Usage: fuzz.sh [cgroup MIB] OPTION...   all that it opens is paid by a memory cgroup
#                                         of so much, which it can fill
#
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
# shellcheck source=scripts/guest/memory.sh
. /gomalloc/memory.sh
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
root=/tmp/cgroup group=/tmp/cgroup/fuzz

make_cgroup() {
	mkdir -p "$root" &&
		mount -t cgroup2 none "$root" &&
		echo +memory >"$root/cgroup.subtree_control" &&
		mkdir "$group" &&
		echo "$1M" >"$group/memory.max"
}

run_fuzz() {
	insmod /gomalloc/gomalloc.ko dev_limit_mb=48 &&
		/gomalloc/gomalloc_fuzz "$@" >/tmp/fuzz 2>&1
	status=$?
	cat /tmp/fuzz
	rmmod gomalloc || status=1
	return $status
}

if [ "$1" = cgroup ]; then
	make_cgroup "$2" || exit 1
	shift 2
	set -- --cgroup "$group" "$@"
fi
# What the kernel keeps of a first time, it keeps before the count
run_fuzz --calls 20000 "$@" --calls 20000 >/dev/null || {
	cat /tmp/fuzz
	exit 1
}
leaks_clear
before=$(free_pages)
tests=4
[ ! -d "$group" ] || tests=6
plan $tests
each_succeeded() { awk '/ succeeded$/ && $4 == 0 { bad = 1 } END { exit bad }' </tmp/fuzz; }
nothing_left() { [ -z "$(leaks_found)" ]; }
was_full() { [ "$(sed -n 's/^max //p' "$group/memory.events")" -gt 0 ]; }
# But for what each CPU keeps in store of its charge
charged_for_nothing() {
	cat "$group/memory.current" >"$why"
	[ "$(cat "$why")" -lt 1000000 ]
}
check "the fuzzer finds nothing" run_fuzz "$@"
check "each command has succeeded at times" each_succeeded
if [ -d "$group" ]; then
	check "the memory cgroup was full at times" was_full
	check "the memory cgroup is charged for nothing" charged_for_nothing
	sed 's/^/# /' "$group/memory.events" "$group/memory.current"
fi
after=$(free_pages)
echo "gomalloc_memory: free pages before $before after $after"
check "every page is returned" check_memory "$before" "$after"
check "no memory is lost, as far as the kernel can tell" nothing_left
exit $rc
