#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# What takes longer than a check may: the torture and the fuzzer on the
# debug kernel, the fuzzer on Debian's, which is faster, and a DIMM that comes
# and goes there. Every page is accounted for. One to two hours on two CPUs.
#
# Usage: soak.sh [torture|fuzz-debug|fuzz-stock|dimm]...   all if none is named
#
# OPS, DEBUG_CALLS, STOCK_CALLS and ROUNDS change how much of each; SEED the
# fuzzer's random numbers, which are others each time without it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

seed=${SEED:-$RANDOM}
parts=("$@")
((${#parts[@]})) || parts=(torture fuzz-debug fuzz-stock dimm)

# boot RIG SCRIPT ARG OPTION...: one run of $part, and what it says in the end
boot() {
	"$ROOT/scripts/boot.sh" "soak-$part" "$@" --mem 1024 --timeout 14400
	say "$part on $1:"
	tr -d '\r' <"$BUILD/log/soak-$part.log" | sed 's/^\[[ 0-9.]*\] //' |
		grep -E '^gomalloc_memory| rounds in |(^|: )(not )?ok [0-9]|operations| calls, |, seed ' |
		tail -n 24
}

"$ROOT/scripts/deps.sh" check
for part in "${parts[@]}"; do
	case $part in
	torture) boot debug-6.1 torture "ops=${OPS:-10000000} least=0 patience=0" --smp 4 --numa ;;
	fuzz-debug) boot debug-6.1 fuzz "--calls=${DEBUG_CALLS:-5000000} --seed=$seed" --smp 2 ;;
	fuzz-stock) boot stock-6.1 fuzz "--calls=${STOCK_CALLS:-50000000} --seed=$seed" --smp 2 ;;
	dimm) boot stock-6.1 dimm "${ROUNDS:-200} ops=200000" --smp 2 --dimm ;;
	*) die "usage: soak.sh [torture|fuzz-debug|fuzz-stock|dimm]..." ;;
	esac
done
