#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: heaps that keep what they freed, and a process that wants all memory, of
# a memory cgroup or of the machine.
#
# Usage: hog.sh cgroup|machine SECONDS
insmod /gomalloc/gomalloc.ko scavenge_ms=10000 dev_limit_mb=0 dev_total_mb=0 || exit 1
if [ "$1" = cgroup ]; then
	mkdir -p /tmp/cgroup/hog 2>/dev/null || mkdir -p /tmp/cgroup
	mount -t cgroup2 none /tmp/cgroup || exit 1
	echo +memory >/tmp/cgroup/cgroup.subtree_control
	mkdir -p /tmp/cgroup/hog
	echo 256M >/tmp/cgroup/hog/memory.max
	echo 0 >/tmp/cgroup/hog/cgroup.procs
	mb=250
	files="/tmp/cgroup/hog/memory.current /tmp/cgroup/hog/memory.stat"
else
	mb=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
	files=/proc/meminfo
fi
# shellcheck disable=SC2086 # of some files
/gomalloc/gomalloc_hog_test "$mb" "$2" $files
rc=$?
[ "$1" != cgroup ] || sed 's/^/# /' /tmp/cgroup/hog/memory.events
sed -n 's/^oom_kill /# oom_kill of the machine: /p' /proc/vmstat
# Nobody at all, whoever it might be
[ "$(sed -n 's/^oom_kill //p' /proc/vmstat)" = 0 ] || rc=1
exit $rc
