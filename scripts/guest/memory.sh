# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# In the guest, sourced: free memory, to be compared with that of another time.

# Pages that are free, those on the CPUs' lists included. Before the count the
# kernel's caches are drained, and with them KASAN's quarantine of each.
free_pages() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done
	echo 3 >/proc/sys/vm/drop_caches
	# The counts are kept per CPU and added up when they have grown
	[ ! -e /proc/sys/vm/stat_refresh ] || echo 1 >/proc/sys/vm/stat_refresh
	cat /proc/zoneinfo /proc/meminfo >/tmp/pages
	# The rest of that file is the same as above
	grep '^direct_map_level' /proc/vmstat >>/tmp/pages
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n }' \
		/tmp/pages
}

# What the kernel itself knew of where its pages were at the last free_pages(), in
# KiB. Where a large page of x86's direct map is split, as for the text of a module,
# the table that it takes is never returned and counted nowhere else.
used_pages() {
	awk '/^(Buffers|Cached|AnonPages|Slab|KernelStack|PageTables|Percpu):/ {
			print $1, $2
		}
		/^direct_map_level._splits/ { n += $2 * 4 }
		END { print "DirectMapTables:", n + 0 }' /tmp/pages
}

# What has become more or less since used_pages() wrote FILE
used_pages_since() {
	used_pages | awk 'NR == FNR { was[$1] = $2; next }
		$2 != was[$1] { print $1, was[$1], "KiB before", $2, "after" }
		{ sum += $2 - was[$1] }
		END { print "the kernel counts", sum + 0, "KiB more of its own" }' "$1" -
}

# How many pages of that are not ours: stacks of tasks, tables, files. Pages of slab's
# count as ours, but where kmemleak says what is lost of those: of a kernel with KASAN
# each CPU keeps freed objects, and some more when it went and came back.
pages_of_others() {
	used_pages | awk -v slab="$([ ! -e /sys/kernel/debug/kmemleak ] || echo 1)" '
		NR == FNR { was[$1] = $2; next }
		$1 != "Slab:" || slab { sum += $2 - was[$1] }
		END { print int(sum / 4) }' "$1" -
}

# Some pages come and go; the torture moves tens of thousands. So many of those
# that are missing are of others: the third argument.
check_memory() {
	[ $(($1 - $2 - ${3-0})) -lt 256 ] && return 0
	echo "gomalloc_memory: pages are missing"
	return 1
}
