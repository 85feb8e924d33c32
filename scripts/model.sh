#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Check the model of the free protocol: no error in any interleaving, and an
# error in each variant that is broken on purpose. Prints KTAP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/guest/ktap.sh"

"$ROOT/scripts/deps.sh" check
dir=$BUILD/model
mkdir -p "$dir"
cd "$dir"

# search DEFINE...: explore all states; what it found is in pan.out
search() {
	spin -a "$@" "$ROOT/models/free.pml" >spin.out
	gcc-12 -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c
	timeout 600 ./pan -m1000000 >pan.out
	! grep -q 'max search depth too small\|memory exceeded' pan.out
}

errors() { sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.out; }

states() { awk '/states, stored/ { print $1 }' pan.out; }

variants=(NO_BARRIER NO_SECOND_LOOK COUNT_AFTER_BIT FULL_ONLY
	NO_LOOK_AFTER_FLUSH)
why=pan.out
plan $((2 + ${#variants[@]}))
for size in "-DN=2 -DFREERS=3" "-DN=3 -DFREERS=2"; do
	# Two defines
	# shellcheck disable=SC2086
	step "search $size" "$BUILD/log/model.log" search $size
	check "the protocol loses nothing ($size, $(states) states)" [ "$(errors)" = 0 ]
done
for variant in "${variants[@]}"; do
	step "search $variant" "$BUILD/log/model.log" search "-D$variant"
	check "the model finds out $variant" [ "$(errors)" -gt 0 ]
done
exit "$rc"
