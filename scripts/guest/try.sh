#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: load a module, run its workload, unload it, and say what that took, in
# lines "try: KEY VALUE" for try_report.py. Memory is in KiB.
#
# Usage: try.sh kmalloc|gomalloc[+caught][+tracked] MODULE...   in the order in which
# they are loaded; what the kernel frees is caught, objects are tracked
how=${1%%+*} watch=$1
shift
# shellcheck source=scripts/guest/programs.sh
. /gomalloc/programs.sh
params=/sys/module/gomalloc/parameters
debugfs=/sys/kernel/debug/gomalloc
tell() { echo "try: $*"; }

# A workload may ask for modules that the one under test does not; so may the kernel
echo /sbin/modprobe >/proc/sys/kernel/modprobe

# Of slab's memory all but what has caches of its own: what kmalloc() holds, slack and
# large objects included. What gomalloc's own caches hold is its metadata.
slab() {
	awk '
	FNR == NR { if (/^Slab:/) all = $2; if (/^MemFree:/) free = $2; next }
	/:/ && $1 !~ /kmalloc-/ { n = $15 * $6 * 4; others += n; if ($1 ~ /^gomalloc_/) meta += n }
	END { print all - others, meta + 0, free }' /proc/meminfo /proc/slabinfo
}
# Of the heaps of the modules under test
heap() {
	[ "$how" = gomalloc ] || { echo 0; return; }
	awk -v names=" $modules " '
	!col { for (i = 1; i <= NF; i++) if ($i == "held_bytes") col = i; next }
	index(names, " " $NF " ") { n += $col }
	END { printf "%.0f\n", n / 1024 }' $debugfs/heaps
}
# Free pages do not count what could be reclaimed, so caches are dropped before
look() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	# shellcheck disable=SC2046
	tell "$1" $(slab) $(heap)
}
# What all tasks have run but the one that watches, in ns: with QEMU's -icount as many
# instructions
watcher=/tmp/cgroup/watcher
mkdir -p /tmp/cgroup && mount -t cgroup2 none /tmp/cgroup && mkdir $watcher || exit 1
ran() {
	awk '/^cpu/ { n += $8 } /^usage_usec/ { n -= $2 * 1000 } END { printf "%.0f\n", n }' \
		/proc/schedstat $watcher/cpu.stat
}
note_peak() {
	# shellcheck disable=SC2046
	set -- $(slab) $(heap)
	echo $(($1 + $2 + $4)) >>/tmp/peak
}
watch_peak() {
	echo 0 >$watcher/cgroup.procs
	while note_peak; do
		sleep 0.2
	done
}
modules=$(echo "$*" | tr - _)
if [ "$how" = gomalloc ]; then
	case $watch in
	*+caught*) catch=1 ;;
	*) catch=0 ;;
	esac
	modprobe gomalloc catch_kfree=$catch track_objects=131072 || exit 1
	case $watch in
	*+tracked*) echo 1 >$params/track_rate ;;
	esac
fi
[ ! -e /gomalloc/modules ] || while read -r module; do
	modprobe "$module" || tell "missing $module"
done </gomalloc/modules
look before
rc=0
for module; do
	# With what it depends on; those under test are named before who needs them
	modprobe "$module" || { rc=1; tell "unloadable $module"; }
done
look loaded
prefer_programs >/tmp/programs
watch_peak &
pid=$!
start=$(ran)
if [ $rc = 0 ] && [ -e /gomalloc/workload.sh ]; then
	sh -c '. /tmp/programs && . /gomalloc/workload.sh' || rc=1
fi
tell "ran $(($(ran) - start))"
kill $pid
note_peak
look worked
tell "peak $(sort -n /tmp/peak | tail -n 1)"
# What the workload has left for this, so that memory was measured in use
[ ! -e /tmp/after ] || sh -c '. /tmp/programs && . /tmp/after' || rc=1
for module in $(echo "$modules" | tr ' ' '\n' | sed '1!G;h;$!d'); do
	rmmod "$module" || { rc=1; tell "busy $module"; }
done
look unloaded
if [ "$how" = gomalloc ]; then
	grep -q "INVALID" $debugfs/validate && { rc=1; tell "invalid"; }
fi
tell "end $rc"
exit $rc
