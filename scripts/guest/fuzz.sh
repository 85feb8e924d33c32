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
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh

run_fuzz() {
	insmod /gomalloc/gomalloc.ko dev_limit_mb=48 &&
		/gomalloc/gomalloc_fuzz "$@" >/tmp/fuzz 2>&1
	status=$?
	cat /tmp/fuzz
	rmmod gomalloc || status=1
	return $status
}

# What the kernel keeps of a first time, it keeps before the count
run_fuzz --calls 20000 >/dev/null || {
	cat /tmp/fuzz
	exit 1
}
leaks_clear
before=$(free_pages)
plan 4
each_succeeded() { awk '/ succeeded$/ && $4 == 0 { bad = 1 } END { exit bad }' </tmp/fuzz; }
nothing_left() { [ -z "$(leaks_found)" ]; }
check "the fuzzer finds nothing" run_fuzz "$@"
check "each command has succeeded at times" each_succeeded
after=$(free_pages)
echo "gomalloc_memory: free pages before $before after $after"
check "every page is returned" check_memory "$before" "$after"
check "no memory is lost, as far as the kernel can tell" nothing_left
exit $rc
