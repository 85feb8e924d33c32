#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Prove that the tests find what they are for: each patch in models/mutants
# breaks the source in one place, and a test has to fail for it, in user-mode
# Linux; or, where the patch says "Run: RIG SCRIPT", in that run. What each of
# them breaks, it says itself. Prints KTAP.
#
# Usage: mutants.sh [NAME]...   all if none is named
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/guest/ktap.sh"

patches=("$ROOT"/models/mutants/*.patch)
if (($#)); then
	patches=("${@/#/$ROOT/models/mutants/}")
	patches=("${patches[@]/%/.patch}")
fi
tree=$BUILD/mutants
# What a test said is in the name of a result
why=/dev/null

# restore FILE...: as they are in the source, with a time that make notices
restore() {
	local file
	for file; do
		cmp -s "$ROOT/$file" "$tree/$file" || cp "$ROOT/$file" "$tree/$file"
	done
}

# A tree of its own, which keeps what it has built from one to the next
copy() {
	local files
	mkdir -p "$tree"
	(cd "$ROOT" && cp -Rpu --parents ./*.c Kbuild Makefile include dev everywhere kunit samples \
		bench scripts selftests tools Documentation "$tree")
	# A run that was broken off has left its mutant, newer than the source
	mapfile -t files < <(sed -n 's|^+++ b/||p' "$ROOT"/models/mutants/*.patch | sort -u)
	restore "${files[@]}"
}

# found_by NAME WHAT ARGS [RIG]: does this run find something? $where says what.
found_by() {
	local log=$tree/build/log/$1-$2.log rig=${4-uml-7.3} ran='' failed
	local options=(--expect "$KASAN_EXPECTED")
	[[ $rig != uml-* ]] || options=(--cpus 2 --mem 512)
	[[ $2 != everywhere ]] || options=(--toggle --expect 'leak: heap everywhere')
	rm -f "$log"
	# What goes wrong may go wrong without end, and say so each time; but the
	# memory of user-mode Linux is a file, too
	(
		ulimit -f 700000
		"$tree/scripts/boot.sh" "$1-$2" "$rig" "$2" "$3" "${options[@]}" \
			--timeout 150 >"$log.out" 2>&1
	) && ran=1
	read -r _ failed _ < <(awk -f "$ROOT/scripts/ktap.awk" "$log" 2>/dev/null)
	[[ ! $ran || $failed != 0 ]] || return 1
	# A tree that does not build proves nothing
	[[ -s $log ]] || die "$1: no log; see $log.out"
	where=$(sed -n 's/^gomalloc: failed: //p' "$log.out" | tail -n 1)
	[[ ! $failed || $failed == 0 ]] ||
		where=$(tr -d '\r' <"$log" | grep -aom1 'not ok .*' || true)
	where=${where:-the run broke off}
	where=${where:0:70}
}

# judge NAME: one line of KTAP
judge() {
	local name=$1 by='' where='' rig script
	read -r rig script < <(sed -n 's/^Run: //p' "$ROOT/models/mutants/$1.patch") || true
	if [[ $rig ]]; then
		! found_by "$name" "$script" "" "$rig" || by="$rig $script: $where"
	elif found_by "$name" kunit ""; then
		by="kunit: $where"
	elif found_by "$name" torture "ops=4000000 patience=20 pairs=500"; then
		by="torture: $where"
	elif found_by "$name" leave ""; then
		by="leave: $where"
	fi
	check "$name is found: ${by:-by no test}" [ "$by" ]
}

# The tree that is not broken has to pass, lest everything be found
passes() {
	! found_by none checkers "" debug-6.1 && ! found_by none kunit "" && ! found_by none torture "ops=4000000 patience=20" &&
		! found_by none leave ""
}

"$ROOT/scripts/deps.sh" check
plan $((${#patches[@]} + 1))
copy
mkdir -p "$tree/build/log"
check "the source as it is passes" passes
[[ $rc == 0 ]] || exit
for patch in "${patches[@]}"; do
	name=$(basename "$patch" .patch)
	mapfile -t files < <(sed -n 's|^+++ b/||p' "$patch")
	patch -s -d "$tree" -p1 <"$patch" || die "$name does not apply; see $patch"
	judge "$name"
	restore "${files[@]}"
done
exit "$rc"
