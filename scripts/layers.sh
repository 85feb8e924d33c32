#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Check that each file of the module knows only files of the layers below it,
# whose order is in Documentation/design.rst. Prints each fault and a summary.
#
# Usage: layers.sh [--ktap]   --ktap: print KTAP, and test the check, too: faults
#                             are planted in a copy, and each has to be found
#
# GOMALLOC_LAYERS names another file with the order.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

order=${GOMALLOC_LAYERS:-$ROOT/Documentation/design.rst}
kernel=$("$ROOT/scripts/kernel.sh" stock-6.1)
dir=$("$ROOT/scripts/modules.sh" stock-6.1)
# Stock kernels have no unit tests
kunit=$("$ROOT/scripts/modules.sh" uml-7.3)
plant=$BUILD/layers
n=0 rc=0

# layers [DIR [ORDER]]
layers() {
	python3 "$ROOT/scripts/layers.py" --order "${2:-$order}" \
		--kunit "${1:-$kunit}" "$kernel/build" "${1:-$dir}"
}

if [[ ${1-} != --ktap ]]; then
	layers
	exit
fi

# result OK WORDS
result() {
	n=$((n + 1))
	if (($1)); then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		rc=1
	fi
}

# A clean copy: sources, how they are compiled, and what is known of them
copy() {
	rm -rf "$plant"
	mkdir -p "$plant"
	(
		cd "$dir"
		find . \( -name '*.[ch]' -o -name '.*.o.cmd' -o -path './layers/*.json' \) \
			-exec cp -p --parents -t "$plant" {} +
	)
	sed -E '/^\.\. upcalls/,/^[ \t]+[a-z]/ s/^([ \t]+)[a-z].*/&\n\1layers_gone  no way/' \
		"$order" >"$plant/order"
}

# found WHAT PATTERN [ORDER]: does the check say so of the copy?
found() {
	local out ok=0
	out=$(layers "$plant" "${3:-$order}" 2>&1) || ok=1
	grep -Eq "$2" <<<"$out" || ok=0
	result "$ok" "it finds $1"
	((ok)) || echo "# ${out//$'\n'/$'\n# '}"
	copy
}

# add FILE LINE...
add() {
	printf '%s\n' "${@:2}" >>"$plant/$1"
}

# The two last files that are beside each other
read -r low beside < <(awk '/^\.\. layers/ { on = 1; next } /^\.\. / { on = 0 }
	on && /^[ \t]+[a-z]/ && !/types:/ && NF > 1 { row = $1 " " $2 } END { print row }' "$order")
top=gomalloc_kmod
declare='void layers_plant(void); void layers_plant(void)'

echo "KTAP version 1"
echo "1..10"
out=$(layers 2>&1) && ok=1 || ok=0
result "$ok" "$(tail -n 1 <<<"$out")"
((ok)) || echo "# ${out//$'\n'/$'\n# '}"

copy
add "$top.c" "$declare { }"
add "$low.c" "void layers_plant(void); void layers_low(void);" "void layers_low(void) { layers_plant(); }"
found "a call upward" "^$low\.c:[0-9]+: calls layers_plant\(\) of $top, which is above"

add "$top.c" "$declare { }"
add "$low.c" "void layers_plant(void);" "void (*layers_pointer)(void) = layers_plant;"
found "a pointer to a function above" "^$low\.c:[0-9]+: refers to layers_plant of $top, which is above"

add "$beside.c" "$declare { }"
add "$low.c" "void layers_plant(void); void layers_low(void);" "void layers_low(void) { layers_plant(); }"
found "a call to a file of the same layer" "^$low\.c:[0-9]+: calls layers_plant\(\) of $beside, which is beside"

add malloc.c "$declare { }"
add mheap.c "void layers_plant(void); void layers_low(void);" "void layers_low(void) { layers_plant(); }"
found "a circle" "^circle: .* by calls:.* malloc .*\bmheap\b"

add "$low.c" '#include "malloc.h"'
found "an include upward" "^$low\.c:[0-9]+: includes include/malloc\.h of malloc, which is above"

add "include/$low.h" '#include "mheap.h"'
found "an include upward in a header" "^include/$low\.h:[0-9]+: includes include/mheap\.h of mheap, which is above"

found "an upcall of a function that does not exist" "^upcalls: layers_gone\(\) does not exist" "$plant/order"

add "$low.c" "void layers_plant(void (*f)(void)); void layers_plant(void (*f)(void)) { f(); }"
add "$top.c" "void layers_plant(void (*f)(void)); void layers_top(void);" \
	"static void layers_back(void) { }" "void layers_top(void) { layers_plant(layers_back); }"
found "an upcall that is not listed" "^$top\.c:[0-9]+: $low can call layers_back\(\), which is not a listed upcall"

mkdir -p "$plant/kunit"
add "kunit/gomalloc_below_$low.mod" "kunit/$low-$low.o" "kunit/$low-malloc.o"
found "a module of tests that links a file above its layer" "gomalloc_below_$low\.mod: links malloc, which is above"
exit $rc
