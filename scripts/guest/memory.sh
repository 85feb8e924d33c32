# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# In the guest, sourced: free memory, comparable between two moments.

# Pages that are free, those on the CPUs' lists included
free_pages() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n }' \
		/proc/zoneinfo
}

# The kernel's own caches come and go by some pages, and KASAN holds back up to
# a 32nd of all memory; the stress moves tens of thousands of pages
check_memory() {
	tolerance=128
	[ ! -e /sys/kernel/debug/kmemleak ] || tolerance=1024
	[ $(($1 - $2)) -lt $tolerance ] && return 0
	echo "gomalloc_memory: pages are missing"
	return 1
}
