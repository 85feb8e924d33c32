#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the torture module with its parameters as arguments, while page
# reclaim is asked for again and again; and free memory before and after.
# shellcheck source=scripts/guest/memory.sh
. /gomalloc/memory.sh

run_torture() {
	insmod /gomalloc/gomalloc.ko scavenge_ms=100 &&
		insmod /gomalloc/gomalloc_torture.ko "$@" &&
		rmmod gomalloc_torture &&
		rmmod gomalloc
}

reclaim() {
	while :; do
		echo 2 >/proc/sys/vm/drop_caches
		sleep 1
	done
}

# Some rounds first, as for the stress: what the kernel keeps, it keeps then
reclaim &
pid=$!
run_torture "$@" ops=100000 onoff=2 least=0 || exit 1
kill $pid
before=$(free_pages)
reclaim &
pid=$!
run_torture "$@"
rc=$?
kill $pid
after=$(free_pages)
echo "gomalloc_memory: free pages before $before after $after"
[ $rc = 0 ] && check_memory "$before" "$after"
