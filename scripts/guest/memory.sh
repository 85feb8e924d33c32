# SPDX-License-Identifier: GPL-2.0
# In the guest, sourced: free memory, comparable between two moments.

free_pages() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^nr_free_pages / { print $2 }' /proc/vmstat
}

# The kernel's own caches come and go; a run of the tests moves tens of
# thousands of pages, a leak of one object in a thousand more than this
check_memory() {
	[ $(($1 - $2)) -lt 512 ] && return 0
	echo "gomalloc_memory: pages are missing"
	return 1
}
