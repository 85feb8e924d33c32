#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: a module goes, and what it has left keeps gomalloc loaded or goes with
# it; never is there anything behind gomalloc that runs when that is gone.
#
# Usage: leave.sh [objects]     also objects of gomalloc(), which is reported as a leak
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
PATH=/gomalloc:$PATH
heaps=/sys/kernel/debug/gomalloc/heaps

load() { insmod /gomalloc/gomalloc.ko scavenge_ms=20 && settle; }
settle() { sleep 1; }
come_and_go() {
	insmod /gomalloc/gomalloc_leave.ko "$@" && rmmod gomalloc_leave
}
fails() { ! "$@" >/tmp/out 2>&1; }
says() {
	words=$1
	shift
	"$@" >/tmp/out 2>&1 && grep -q -- "$words" /tmp/out
}
# The number of a heap that was left
left() { awk '$8 == "gone" && $NF == "expected-leak" { print $1; exit }' $heaps; }
destroy() { echo "$1" 2>/tmp/out >"$heaps"; }
destroy_all() {
	while [ "$(left)" ]; do
		destroy "$(left)" || return 1
	done
}
# Whatever still looks at it has a reason to
stir() {
	for _ in 1 2 3; do
		echo 3 >/proc/sys/vm/drop_caches
		settle
	done
}
silent() {
	dmesg | grep -E 'WARNING|BUG|Objects remaining' >/tmp/out
	[ ! -s /tmp/out ]
}

plan "$([ "${1-}" = objects ] && echo 23 || echo 20)"
check "gomalloc loads" load
check "a module leaves a heap" come_and_go heap=1
check "the log says whose it is" \
	says "heap expected-leak: module gomalloc_leave is gone" dmesg
check "debugfs, too" \
	says " gone  *gomalloc_leave  *expected-leak$" cat $heaps
check "and the command" says " gomalloc_leave, which is gone$" gomalloc stats
check "gomalloc stays" fails rmmod gomalloc
check "a heap of our own is not to be destroyed" fails destroy 1
check "nor one that is not there" fails destroy 4711
check "what looks after the heap does so still" stir
id=$(left)
check "the heap can be destroyed" destroy "$id"
check "once" fails destroy "$id"
check "a module that fails to load leaves a heap" fails come_and_go heap=1 fails=1
check "that is known as well" [ "$(left)" ]
check "and can be destroyed" destroy_all
exec 3<>/dev/gomalloc
check "an open device keeps gomalloc" fails rmmod gomalloc
exec 3>&-
check "gomalloc goes" rmmod gomalloc
check "it comes back" load
check "a module leaves frees that are still to come, and gomalloc goes" \
	eval 'come_and_go pending=1 && rmmod gomalloc'
check "and nothing runs behind it" stir
if [ "${1-}" = objects ]; then
	check "it comes back again" load
	check "a module leaves objects of gomalloc()" come_and_go objects=1
	check "gomalloc frees them, and goes" rmmod gomalloc
fi
check "the kernel has nothing to say of it" silent
exit $rc
