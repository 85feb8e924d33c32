#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Load, test, torture and unload the module on every kernel it is for, the unit
# tests included where the kernel has KUnit, and print one table. Kernels that
# are built are kept in the cache.
#
# Usage: matrix.sh [RIG[+CPU]]...   all if none is named; CPU is a model of QEMU's
#
# OPS changes how much the torture does (1000000).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rigs=("$@")
((${#rigs[@]})) || rigs=(stock-6.1 stock-6.1-rt stock-6.12 release-7.3 uml-7.3
	arm64-4k-6.1 arm64-tags-6.1 arm64-16k-7.3 arm64-64k-7.3
	arm64-64k-7.3+cortex-a72 riscv64-6.1)
steps=(load kunit selftests torture unload)
args="ops=${OPS:-1000000} patience=300"

"$ROOT/scripts/deps.sh" matrix
table=$BUILD/matrix.txt
mkdir -p "$BUILD/log"

# word STEP LOG: how it went; a step that was not reached has no line
word() {
	tr -d '\r' <"$2" | sed -n "s/.*gomalloc_matrix: $1 //p" | tail -n 1
}

# row RIG RC SECONDS
row() {
	local rig=$1 verdict=ok step log=$BUILD/log/matrix-$1.log passed failed skipped
	printf '%-24s' "$rig"
	for step in "${steps[@]}"; do
		printf ' %-9s' "$(word "$step" "$log" || true)"
	done
	read -r passed failed skipped < <(awk -f "$ROOT/scripts/ktap.awk" "$log" 2>/dev/null)
	(($2 == 0 && failed == 0 && passed > 0)) || verdict=FAILED
	printf ' %6d %6d %7d %5d  %s\n' "$passed" "$failed" "$skipped" "$3" "$verdict"
}

{
	printf '%-24s' kernel
	printf ' %-9s' "${steps[@]}"
	printf ' %6s %6s %7s %5s  %s\n' passed failed skipped s verdict
} >"$table"
for rig in "${rigs[@]}"; do
	began=$SECONDS row_rc=0
	options=(--timeout 2400)
	[[ $rig != *+* ]] || options+=(--cpu "${rig#*+}")
	hotplug=' onoff=5'
	case $rig in
	uml-*) hotplug='' ;;
	# Little memory: with more, pages of 64 KiB would leave free ones of each order
	arm64-64k-*) options+=(--smp 4 --mem 512) ;;
	arm64-*) options+=(--smp 4) ;;
	# Its spinlocks are fair, and who waits for one does not give way to others
	riscv64-*) options+=(--smp 2) ;;
	*) options+=(--smp 4 --numa --mem 1024) ;;
	esac
	: >"$BUILD/log/matrix-$rig.log"
	"$ROOT/scripts/boot.sh" "matrix-$rig" "${rig%+*}" matrix "$args$hotplug" \
		"${options[@]}" || row_rc=$?
	row "$rig" "$row_rc" $((SECONDS - began)) | tee -a "$table" >&2
done
# What KASAN finds by tags
if [[ " ${rigs[*]} " == *" arm64-tags-6.1 "* ]]; then
	"$ROOT/scripts/check.sh" arm64-tags-6.1-checkers | tee -a "$table" >&2 ||
		echo "arm64-tags-6.1-checkers FAILED" >>"$table"
fi
cat "$table"
! grep -q 'FAILED$' "$table"
