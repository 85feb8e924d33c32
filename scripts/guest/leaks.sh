# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# In the guest, sourced: leaked memory, on a kernel that can
# tell. What it finds is in the log, where the verdict sees it.
kmemleak=/sys/kernel/debug/kmemleak

# It would look by itself, too, with all that allocates waiting for it
leaks_clear() {
	[ -e $kmemleak ] || return 0
	echo scan=off >$kmemleak
	echo clear >$kmemleak
}

# What is lost by now
leaks_read() {
	# An object counts as a leak after some seconds, and not at the scan that
	# sees its contents for the first time
	sleep 6
	echo scan >$kmemleak
	echo scan >$kmemleak
	cat $kmemleak
}

leaks_found() {
	[ -e $kmemleak ] || return 0
	leaks_read | tee /dev/console
}
