#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: torture, and again while somebody reads all of debugfs, over and over.
# Nothing may be found; what that costs is for the reader of the log.
#
# Usage: inside_torture.sh [PARAMETER=VALUE]...   of the torture module
dir=/sys/kernel/debug/gomalloc
: >/tmp/found
now() { sed 's/ .*//; s/\.//' /proc/uptime; }

# Each heap has a folder, those that come and go among them. validate stops the machine,
# so who reads without a rest leaves it out.
read_all() {
	cat $dir/heaps
	while read -r heap _; do
		[ "$heap" = id ] || echo "$heap" >$dir/show
	done </tmp/read
	set -- "$1" $dir/counters $dir/heap/*/[acls]*
	[ "$1" = 0 ] || set -- "$@" $dir/validate $dir/heap/*/validate
	shift
	# One process, as it is not processes that are to be measured
	cat "$@"
	echo
}
read_on() {
	while :; do
		[ -e $dir/heaps ] || continue
		read_all "$1" >/tmp/read 2>/dev/null
		wc -c </tmp/read >>/tmp/reads
		grep INVALID /tmp/read >>/tmp/found
		sleep "$1"
	done
}
# torture PARAMETER...: what it did in a second
torture() {
	insmod /gomalloc/gomalloc.ko scavenge_ms=100 || return
	start=$(now)
	insmod /gomalloc/gomalloc_torture.ko "$@" || return
	ms=$((($(now) - start) * 10))
	ops=$(dmesg | awk '
		/gomalloc_torture: operations: task/ {
			for (i = 1; i < NF; i++)
				if ($i == "task") n = $(i + 1) + $(i + 3) + $(i + 5)
		}
		END { print n }')
	rmmod gomalloc_torture || return
	# Who reads holds the module
	until rmmod gomalloc 2>/dev/null; do
		sleep 0.1
	done
	rate=$((ops * 1000 / ms))
}

torture "$@" || exit 1
echo "# without a reader: $rate operations in a second"
for pause in 1 0; do
	: >/tmp/reads
	read_on $pause &
	pid=$!
	torture "$@" || exit 1
	kill $pid
	echo "# with one who rests $pause s: $rate; he read all $(wc -l </tmp/reads) times, $(
		awk '{ n += $1 } END { print n }' /tmp/reads) bytes"
	[ -s /tmp/reads ] || exit 1
done
[ ! -s /tmp/found ]
