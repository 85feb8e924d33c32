#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The test of the tests: a module that oopses, warns, hangs, leaks an object,
# loses memory of the kernel's, reports a failure, or misuses the allocator where that is to panic must make
# the run a failure; one that does nothing of that must not. Prints KTAP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# The second one has kmemleak
declare -A kernel
for rig in stock-6.1 debug-6.1; do
	kernel[$rig]=$("$ROOT/scripts/kernel.sh" "$rig")/image
	dir=$("$ROOT/scripts/modules.sh" "$rig")
	"$ROOT/scripts/initramfs.sh" "$BUILD/harness-$rig.cpio" "$dir/gomalloc.ko" \
		"$dir/kunit/gomalloc_fault.ko"
done

# Is the run of a module that goes wrong in this way called good?
good() {
	local kind=${1%-debug} rig=stock-6.1 log=$BUILD/log/harness-$1.log
	local options=(--log "$log" --smp 1 --mem 512 --timeout 25)
	if [[ $1 == *-debug ]]; then
		rig=debug-6.1 options+=(--timeout 90 --quiet)
	fi
	"$ROOT/scripts/qemu.sh" "${options[@]}" "${kernel[$rig]}" \
		"$BUILD/harness-$rig.cpio" fault "$kind" 2>"$log.verdict" || return 1
	[[ $(awk -f "$ROOT/scripts/ktap.awk" "$log") == "1 0 0" ]]
}

# judge KIND NUMBER: one line of KTAP
judge() {
	local kind=$1 n=$2 verdict=bad wanted=bad
	good "$kind" && verdict=good
	[[ $kind == none* || $kind == misuse ]] && wanted=good
	[[ $verdict == "$wanted" ]] || printf 'not '
	echo "ok $n a run with fault '$kind' is called $verdict"
}

# The one that hangs takes as long as the others together
kinds=(none oops warn leak fail misuse panic none-debug lose-debug hang)
results=$BUILD/log/harness-results
rm -f "$results".*
judge hang 10 >"$results.hang" &
for n in 1 2 3 4 5 6 7 8 9; do
	judge "${kinds[n - 1]}" "$n" >"$results.${kinds[n - 1]}"
done
wait
echo "KTAP version 1"
echo "1..${#kinds[@]}"
for kind in "${kinds[@]}"; do
	cat "$results.$kind"
done
! grep -q '^not ok' "$results".*
