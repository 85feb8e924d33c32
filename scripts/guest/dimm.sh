#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, with a node 1 that has no memory of its own: a DIMM of it comes
# and goes, as often as the first argument says, in the midst of a torture whose
# parameters are the others. Each time gomalloc holds objects on it, for which
# going offline has to be refused; then they are freed, and it has to go.
# shellcheck source=scripts/guest/memory.sh
. /gomalloc/memory.sh
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
# shellcheck source=scripts/guest/valid.sh
. /gomalloc/valid.sh
rounds=$1
shift
hold=/sys/module/gomalloc_dimm/parameters/hold
# Times that a DIMM was plugged in, attempts to take it offline by how they ended, those
# with objects on it apart; the longest, in hundredths of a second
plugged=0 gone=0 busy=0 other=0 refused=0 again=0 slowest=0
# 1/100 s for which a DIMM may be found busy; a torture has ended within them
patience=6000

# Whole lines: what this and the kernel write to the console gets mixed
say() { echo "gomalloc_dimm: $*" >/dev/kmsg; }

now() {
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

# The DIMM's memory is one block, beyond those that have always been there
: >/tmp/blocks
block() {
	for block in /sys/devices/system/memory/memory[0-9]*; do
		grep -qx "$block" /tmp/blocks || echo "$block"
	done
}

# ask WHAT N TEST: let the host plug or unplug, until TEST succeeds
ask() {
	say "$1 $2"
	i=0
	until $3; do
		i=$((i + 1))
		[ $i -lt 600 ] || return 1
		sleep 0.1
	done
}
is_here() { [ -n "$(block)" ] && [ -e "$(block)/state" ]; }
is_gone() { [ -z "$(block)" ]; }

plug() {
	plugged=$((plugged + 1))
	ask plug $plugged is_here && dimm=$(block) &&
		echo online_kernel >"$dimm/state"
}

# Return: 0: it is offline; 1: it is busy; 2: anything else
set_offline() { echo offline >"$dimm/state"; }
offline() {
	asked=$(now)
	set_offline 2>/tmp/err
	answer=$?
	took=$(($(now) - asked))
	[ $took -le $slowest ] || slowest=$took
	if [ $answer != 0 ]; then
		grep -q 'busy$' /tmp/err || return 2
		return 1
	fi
	grep -qx offline "$dimm/state" || return 2
}

# What is in the block, by the flags of its pages: those of gomalloc have none
show_pages() {
	size=$((0x$(cat /sys/devices/system/memory/block_size_bytes) / 4096))
	dd if=/proc/kpageflags bs=8 count=$size \
		skip=$((0x$(cat "$dimm/phys_index") * size)) 2>/dev/null |
		od -A n -v -t x8 -w8 | sort | uniq -c | while read -r line; do
		say "pages with flags: $line"
	done
}

# Free what is held, trim, and let it go. The torture may have something there for as
# long as it lasts, where the other node had no page block of some order.
go_offline() {
	limit=$(($(now) + patience))
	while [ "$(now)" -lt $limit ]; do
		[ ! -e $hold ] || echo 0 >$hold || return 1
		offline
		case $? in
		0)
			gone=$((gone + 1))
			return
			;;
		1)
			busy=$((busy + 1))
			sleep 0.05
			;;
		*)
			other=$((other + 1))
			say "offline: $(cat /tmp/err)"
			;;
		esac
	done
	say "the DIMM does not go, busy $busy times"
	show_pages
	return 1
}

unplug() { go_offline && ask unplug $plugged is_gone; }

# Objects are there, are refused for, and can still be freed and allocated
use() {
	echo 1500 >$hold || return 1
	offline
	[ $? != 1 ] || refused=$((refused + 1))
	echo 1000 >$hold || return 1
	again=$((again + 1))
}

plug_and_unplug() { plug && use && unplug; }

all_valid() { [ -s /tmp/valid ] && [ ! -s /tmp/invalid ]; }

torture() {
	while [ ! -e /tmp/enough ]; do
		insmod /gomalloc/gomalloc_torture.ko "$@" others=1 pressure=0 \
			least=0 patience=0 && rmmod gomalloc_torture || return 1
	done
}

# $todo rounds, the arguments for the torture. Return: 0: all went as they have to.
rounds() {
	round=0 ok=0
	rm -f /tmp/enough
	insmod /gomalloc/gomalloc.ko scavenge_ms=100 &&
		insmod /gomalloc/gomalloc_dimm.ko || return 1
	torture "$@" &
	pid=$!
	while [ $round -lt "$todo" ] && [ $ok = 0 ]; do
		round=$((round + 1))
		plug_and_unplug || ok=1
		count_live
		[ $((round % 10)) != 0 ] ||
			say "so far $round rounds, busy $busy times, slowest $slowest/100 s"
	done
	: >/tmp/enough
	wait $pid || ok=1
	echo 0 >$hold || ok=1
	count_live
	rmmod gomalloc_dimm && rmmod gomalloc && return $ok
}

# Free pages, and those that went into tables for the text of modules, see memory.sh:
# each torture is a module that is loaded anew
pages() {
	free=$(free_pages)
	awk -v free="$free" '/^direct_map_level._splits/ { free += $2 }
		END { print free }' /tmp/pages
}

echo on >/proc/sys/kernel/printk_devkmsg
ls -d /sys/devices/system/memory/memory[0-9]* >/tmp/list
mv /tmp/list /tmp/blocks
# A DIMM without us, and one with: what the kernel keeps of a node, it keeps before
# the count
plug && unplug || exit 1
say "without gomalloc it is gone after $busy refusals"
todo=1
rounds "$@" || exit 1
before=$(pages)
used_pages >/tmp/used
gone=0 busy=0 refused=0 again=0 slowest=0 todo=$rounds
began=$(now)
rounds "$@"
ended=$?
ended_at=$(now)
after=$(pages)
used_pages_since /tmp/used | while read -r line; do say "$line"; done
say "free pages, or tables of modules, before $before after $after"
say "$rounds rounds in $(((ended_at - began) / 100)) s:" \
	"offline $gone times, busy $busy times, $other other errors"
say "busy with objects $refused times; slowest answer $slowest/100 s"
say "$(wc -l </tmp/valid) times a heap in use added up"
plan 7
check "a DIMM came and went under torture, $rounds times" \
	[ "$ended $gone" = "0 $rounds" ]
check "memory with objects was not taken offline" [ $refused = "$rounds" ]
check "and it was still of use" [ $again = "$rounds" ]
check "each answer was offline or busy" [ $other = 0 ]
check "and came within 5 s" [ $slowest -le 500 ]
check "every heap added up" all_valid
check "every page was released" check_memory "$before" "$after"
# shellcheck disable=SC2154
exit "$rc"
