# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# In the guest, sourced: free memory, comparable between two moments.

# Pages that are free, those on the CPUs' lists included. Before the count the
# kernel's caches are emptied, and with them what KASAN holds back of each.
free_pages() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n }' \
		/proc/zoneinfo
}

# What the kernel itself knows of where its pages are, in KiB
used_pages() {
	grep -E '^(Buffers|Cached|AnonPages|Slab|KernelStack|PageTables|VmallocUsed|Percpu):' \
		/proc/meminfo
}

# What has become more or less since used_pages() wrote FILE
used_pages_since() {
	used_pages | awk 'NR == FNR { was[$1] = $2; next }
		$2 != was[$1] { print $1, was[$1], "KiB before", $2, "after" }' "$1" -
}

# Some pages come and go; the stress moves tens of thousands
check_memory() {
	[ $(($1 - $2)) -lt 256 ] && return 0
	echo "gomalloc_memory: pages are missing"
	return 1
}
