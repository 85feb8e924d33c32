#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Check the model of the free protocol with Spin: no error in any interleaving, and
# an error in each variant that is broken on purpose. Then the litmus tests of
# models/litmus with herd7, by the kernel's own memory model: what each must not
# see it never sees, and in each of its weakened variants it does. Prints KTAP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/guest/ktap.sh"

"$ROOT/scripts/deps.sh" check
herd7=$("$ROOT/scripts/herd.sh")
# As new as its memory model asks for; 6.1's is for an older herd7
memory_model=$("$ROOT/scripts/kernel.sh" source-7.3)/tools/memory-model
dir=$BUILD/model
mkdir -p "$dir"
cd "$dir"

#
# Spin
#

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
	NO_LOOK_AFTER_FLUSH FLUSH_LOOKS_EARLY FLUSH_PLACES_OWNED)

check_protocol() {
	local size variant
	why=pan.out
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
}

#
# herd7
#

# The names of a test's variants: see models/litmus/README
weaker() { grep -o '// [A-Z_]*:' "$1" | tr -d '/: ' | sort -u; }

# weaken FILE NAME: print the variant of a test
weaken() {
	awk -v mark="// $2:" '
	at = index($0, mark) {
		$0 = substr($0, at + length(mark))
		sub("//.*", "")
		$0 = "\t" $0
	}
	{ print }' "$1"
}

# sees FILE HOW: does a test see that, and say nothing else that matters?
sees() {
	(cd "$memory_model" && timeout 60 "$herd7" -conf linux-kernel.cfg "$1") \
		>herd.out 2>&1 </dev/null || return 1
	grep -q "^Observation [^ ]* $2 " herd.out &&
		! grep -q '^Warning\|^Flag' herd.out
}

check_litmus() {
	local file litmus variant weak
	why=herd.out
	for file in "${tests[@]}"; do
		litmus=$(basename "$file" .litmus)
		check "$litmus: never" sees "$file" Never
		for variant in $(weaker "$file"); do
			weak=$dir/$litmus.$variant.litmus
			weaken "$file" "$variant" >"$weak"
			check "$litmus: sometimes, with $variant" sees "$weak" Sometimes
		done
	done
}

tests=("$ROOT"/models/litmus/*.litmus)
nr_weaker=$(for file in "${tests[@]}"; do weaker "$file"; done | wc -l)
plan $((2 + ${#variants[@]} + ${#tests[@]} + nr_weaker))
check_protocol
check_litmus
exit "$rc"
