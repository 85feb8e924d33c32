#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Check the model of the free protocol: no error in any interleaving, and an
# error in each variant that is broken on purpose. Prints KTAP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

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
n=1 rc=0

# result OK WORDS
result() {
	if (($1)); then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		rc=1
	fi
	n=$((n + 1))
}

echo "KTAP version 1"
echo "1..$((2 + ${#variants[@]}))"
for size in "-DN=2 -DFREERS=3" "-DN=3 -DFREERS=2"; do
	# Two defines
	# shellcheck disable=SC2086
	step "search $size" "$BUILD/log/model.log" search $size
	result "$(($(errors) == 0))" "the protocol loses nothing ($size, $(states) states)"
done
for variant in "${variants[@]}"; do
	step "search $variant" "$BUILD/log/model.log" search "-D$variant"
	result "$(($(errors) > 0))" "the model finds out $variant"
done
exit $rc
