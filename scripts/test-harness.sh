#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The test of the tests: a module that oopses, warns, hangs, leaks an object,
# loses memory of the kernel's, races, reports a failure, or misuses the allocator
# where that is to panic must make the run a failure; one that does nothing of that
# must not. Prints KTAP.
#
# Usage: test-harness.sh [KIND[-RIG]]...   kinds of gomalloc_fault, on rigs stock,
#                                   debug or kcsan; all but kcsan's if none is named
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

kinds=("$@")
((${#kinds[@]})) ||
	kinds=(hang none oops warn leak fail misuse panic lose-debug)

rig_of() {
	case $1 in
	*-debug) echo debug-6.1 ;;
	*-kcsan) echo kcsan-6.1 ;;
	*) echo stock-6.1 ;;
	esac
}

declare -A kernel
for kind in "${kinds[@]}"; do
	rig=$(rig_of "$kind")
	[[ ! ${kernel[$rig]-} ]] || continue
	kernel[$rig]=$("$ROOT/scripts/kernel.sh" "$rig")/image
	dir=$("$ROOT/scripts/modules.sh" "$rig")
	"$ROOT/scripts/initramfs.sh" "$BUILD/harness-$rig.cpio" "$dir/gomalloc.ko" \
		"$dir/kunit/gomalloc_fault.ko"
done

# Is the run of a module that goes wrong in this way called good?
good() {
	local kind=${1%-*} rig log=$BUILD/log/harness-$1.log
	local options=(--log "$log" --mem 512 --smp)
	rig=$(rig_of "$1")
	case $rig in
	stock-*) options+=(1 --timeout 25) ;;
	debug-*) options+=(2 --timeout 120 --quiet) ;;
	*) options+=(4 --timeout 120) ;;
	esac
	"$ROOT/scripts/qemu.sh" "${options[@]}" "${kernel[$rig]}" \
		"$BUILD/harness-$rig.cpio" fault "$kind" 2>"$log.verdict" || return 1
	[[ $(awk -f "$ROOT/scripts/ktap.awk" "$log") == "1 0 0" ]]
}

# What has to be said of a run that is to be bad for one reason only
reason() {
	case ${1%-*} in
	hang) echo 'no end after' ;;
	lose) echo 'unreferenced object' ;;
	race) echo 'KCSAN' ;;
	esac
}

# judge KIND NUMBER: one line of KTAP
judge() {
	local kind=$1 n=$2 verdict=bad wanted=bad why
	why=$(reason "$kind")
	if good "$kind"; then
		verdict=good
	elif [[ $why ]] && ! grep -q "failed: .*$why" "$BUILD/log/harness-$kind.log.verdict"; then
		verdict="bad, for another reason"
	fi
	[[ $kind == none* || $kind == misuse ]] && wanted=good
	[[ $verdict == "$wanted" ]] || printf 'not '
	echo "ok $n a run with fault '$kind' is called $verdict"
}

results=$BUILD/log/harness-results
rm -f "$results".*
n=0
for kind in "${kinds[@]}"; do
	n=$((n + 1))
	# The one that hangs takes as long as some others together
	if [[ $kind == hang ]]; then
		judge "$kind" $n >"$results.$kind" &
	else
		judge "$kind" $n >"$results.$kind"
	fi
done
wait
echo "KTAP version 1"
echo "1..${#kinds[@]}"
for kind in "${kinds[@]}"; do
	cat "$results.$kind"
done
! grep -q '^not ok' "$results".*
