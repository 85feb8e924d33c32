#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the stress module with its parameters as arguments, and free
# memory before and after.
# shellcheck source=scripts/guest/memory.sh
. /gomalloc/memory.sh

run_stress() {
	insmod /gomalloc/gomalloc.ko &&
		insmod /gomalloc/gomalloc_stress.ko "$@" &&
		rmmod gomalloc_stress &&
		rmmod gomalloc
}

# Some rounds first: what the kernel and its checkers keep (KASAN a 32nd of all
# memory), they keep before the count
for ops in 50000 100000; do
	run_stress ops=$ops || exit 1
done
before=$(free_pages)
run_stress "$@"
rc=$?
after=$(free_pages)
echo "gomalloc_memory: free pages before $before after $after"
[ $rc = 0 ] && check_memory "$before" "$after"
