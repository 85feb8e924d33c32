#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the fuzzer with its options as arguments; no page and no object
# may be left of it.
#
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
# shellcheck source=scripts/guest/memory.sh
. /gomalloc/memory.sh

run_fuzz() {
	insmod /gomalloc/gomalloc.ko dev_limit_mb=48 &&
		/gomalloc/gomalloc_fuzz "$@" >/tmp/fuzz 2>&1
	rc=$?
	cat /tmp/fuzz
	rmmod gomalloc || rc=1
	return $rc
}

# What the kernel keeps of a first time, it keeps before the count
run_fuzz --calls 20000 >/dev/null || {
	cat /tmp/fuzz
	exit 1
}
leaks_clear
before=$(free_pages)
echo "KTAP version 1"
echo "1..4"
rc=0
check() {
	name=$1
	shift
	if "$@"; then echo "ok $name"; else echo "not ok $name"; rc=1; fi
}
each_succeeded() { awk '/ succeeded$/ && $4 == 0 { bad = 1 } END { exit bad }' </tmp/fuzz; }
nothing_left() { [ -z "$(leaks_found)" ]; }
check "1 the fuzzer finds nothing" run_fuzz "$@"
check "2 each command has succeeded at times" each_succeeded
after=$(free_pages)
echo "gomalloc_memory: free pages before $before after $after"
check "3 every page is returned" check_memory "$before" "$after"
check "4 no memory is lost, as far as the kernel can tell" nothing_left
exit $rc
