#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: one workload, four times: without gomalloc, while all of the kernel is
# switched to it, on it, and while it is drained. A line "row: KEY=VALUE..." is for a table.
#
# A workload finds the name of the run in $run: off, switch, on or drain. Each has a /tmp
# of its own.
#
# Usage: everywhere_row.sh [MODULE]...   what it is about, loaded before it and unloaded
#                                        after it, in that order and the reverse
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
# shellcheck source=scripts/guest/everywhere_work.sh
. /gomalloc/everywhere_work.sh
# shellcheck source=scripts/guest/programs.sh
. /gomalloc/programs.sh
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
why=/why

# What has no place in the log of any workload. That of one that runs out of memory has traces.
SPLAT='BUG:|WARNING:|Oops|KASAN:|UBSAN|possible circular locking|suspicious RCU|Invalid wait context|soft lockup|self-detected stall|blocked for more than'

# Modules that the kernel itself asks for are loaded, too
echo /sbin/modprobe >/proc/sys/kernel/modprobe
ip link set lo up
prefer_programs >/programs

# Loops that it leaves hold the files of that /tmp
detach() {
	losetup -a | cut -d: -f1 | while read -r loop; do
		losetup -d "$loop"
	done
}

# workload RUN: and what it has left to be done when all is measured
workload() {
	# In the shell of its own
	# shellcheck disable=SC2016
	run=$1 unshare -m sh -c '
		mount --make-rprivate / && mount -t tmpfs tmpfs /tmp && . /programs || exit 1
		( . /gomalloc/workload.sh ) || exit 1
		[ ! -e /tmp/after ] || . /tmp/after' >"$why" 2>&1
	set -- $?
	detach
	return "$1"
}

# until_switched RUN: what is soon done is done again
until_switched() {
	while workload "$1"; do
		[ ! -e /switched ] || return 0
	done
	return 1
}

# switching RUN STATE: it works on while that is done
switching() {
	rm -f /switched
	until_switched "$1" &
	pid=$!
	sleep 2
	state "$2" || cat /tmp/out
	: >/switched
	wait "$pid" && state_is "$2"
}

load_modules() {
	# What is built in is none
	[ ! -e /gomalloc/modules ] || while read -r module; do
		modprobe "$module"
	done </gomalloc/modules 2>/dev/null
	for module; do
		modprobe "$module" || return
	done
}

unload_modules() {
	for module in $(echo "$@" | tr ' ' '\n' | tr - _ | sed '1!G;h;$!d'); do
		rmmod "$module" || return
	done
}

works_without() { load_modules "$@" && workload off; }
serves() { [ "$(cat "$here/served")" -gt 100 ]; }
no_misuse() { dmesg | grep 'gomalloc: ' >"$why"; [ "$(live misuses)" = 0 ]; }

nothing_wrong() { ! dmesg | grep -E "$SPLAT" >"$why"; }

# Namespaces go one by one, long after who was in them
settle() {
	for _ in $(seq 30); do
		before=$(live objects)
		sleep 3
		[ "$(live objects)" != "$before" ] || return
	done
}

# What the kernel still has of it keeps it in drain
goes_off() { state off || state_is drain; }

plan 12
check "it works without" works_without "$@"
check "gomalloc_everywhere loads" load
check "it works on while it is switched on" switching switch on
check "it works while it is on" workload on
check "its requests were served" serves
check "all heaps add up" valid
check "it works on while it is drained" switching drain drain
check "its modules unload" unload_modules "$@"
check "nothing was freed that must not be" no_misuse
check "nothing is wrong in the log" nothing_wrong
settle
held=$(live held_bytes)
check "it is off, or in drain" goes_off
echo "row: served=$(cat "$here/served") live=$(live objects) held=$((held / 1024)) state=$(cat "$here/state")"
check "all heaps add up in the end" valid
# What is lost, on a kernel that can tell
leaks_found
exit $rc
