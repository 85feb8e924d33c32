#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: a memory cgroup is full, and requests with __GFP_NOFAIL are served, above
# its limit. The machine kills whom it can before that, also who loads the module.
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
cgroup=/tmp/cgroup/full

make_cgroup() {
	mkdir -p /tmp/cgroup &&
		mount -t cgroup2 none /tmp/cgroup &&
		echo +memory >/tmp/cgroup/cgroup.subtree_control &&
		mkdir "$cgroup" &&
		echo 16M >"$cgroup/memory.max"
}
# The limit stands in the way for no longer than reclaim takes
load_within() (
	echo 0 >"$cgroup/cgroup.procs"
	exec timeout "$1" insmod /gomalloc/gomalloc_nofail.ko
)
loaded() { grep -q '^gomalloc_nofail ' /proc/modules; }
above_limit() { [ "$(cat "$cgroup/memory.peak")" -gt 16777216 ]; }
# The machine says that it kills, which fills the log: so ask if it warned
silent() { [ $(($(cat /proc/sys/kernel/tainted) & (128 | 512))) = 0 ]; }
nothing_left() {
	cat "$cgroup/memory.current" >/tmp/out
	[ "$(cat /tmp/out)" -lt 4000000 ]
}

plan 7
check "gomalloc loads" insmod /gomalloc/gomalloc.ko
check "there is a memory cgroup" make_cgroup
load_within 120
check "requests that must not fail are served" loaded
check "above the limit" above_limit
check "and nothing of it is left" nothing_left
check "all goes" eval 'rmmod gomalloc_nofail && rmmod gomalloc'
check "the kernel has nothing to say of it" silent
exit $rc
