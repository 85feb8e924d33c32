#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: torture, and again while somebody reads all of debugfs, over and over.
# Nothing may be found; what that costs is for the reader of the log. Who never rests
# takes the share of a task of the CPUs, whatever it reads: how much of that is reading,
# and not locks, the same with files of the kernel's says.
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
read_others() {
	cat /proc/slabinfo /proc/zoneinfo /proc/vmallocinfo /proc/iomem /proc/interrupts
}
# read_on READ PAUSE
read_on() {
	while :; do
		[ -e $dir/heaps ] || continue
		"$1" "$2" >/tmp/read 2>/dev/null
		wc -c </tmp/read >>/tmp/reads
		grep INVALID /tmp/read >>/tmp/found
		sleep "$2"
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
# beside READ PAUSE NAME PARAMETER...
beside() {
	: >/tmp/reads
	read_on "$1" "$2" &
	pid=$!
	name=$3
	shift 3
	torture "$@" || exit 1
	kill $pid
	echo "# with $name: $rate; he read all $(wc -l </tmp/reads) times, $(
		awk '{ n += $1 } END { print n }' /tmp/reads) bytes"
	[ -s /tmp/reads ] || exit 1
}
beside read_all 1 "one who rests 1 s" "$@"
beside read_others 0 "one who never rests, of the kernel's files" "$@"
beside read_all 0 "one who never rests" "$@"
[ ! -s /tmp/found ]
