#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Check the form of everything: what lint-fast.sh checks, checkpatch, sparse,
# kernel-doc, manual pages, layers, the table of the API, the description for syzkaller,
# the pages of Documentation.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/deps.sh" check
"$ROOT/scripts/deps.sh" docs
cd "$ROOT"
mkdir -p "$BUILD/log"
source=$("$ROOT/scripts/kernel.sh" source-6.1)
mapfile -t sources < <(git ls-files -co --exclude-standard '*.c' '*.h')

checkpatch() {
	local file flags
	for file in "${sources[@]}"; do
		flags=()
		case $file in
		tools/* | selftests/* | samples/gomalloc_user.c | samples/gomalloc_map.c)
			# Types, attributes and macros of programs are C's
			flags=(--ignore "PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO"
				--ignore "CAMELCASE,NEW_TYPEDEFS,BIT_MACRO")
			;;
		host/*)
			# A program, and what it has in the place of the kernel's macros
			flags=(--ignore "PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO"
				--ignore "CAMELCASE,NEW_TYPEDEFS,BIT_MACRO,NR_CPUS,VOLATILE"
				--ignore "MEMORY_BARRIER,DATA_RACE,EXPORT_SYMBOL,SIZEOF_ADDRESS"
				--ignore "COMPLEX_MACRO,MACRO_ARG_PRECEDENCE,SPACING"
				--ignore "TRAILING_SEMICOLON,IS_ENABLED_CONFIG")
			;;
		everywhere/compat.h | everywhere/table.[ch])
			# Lists of functions, for an X() that declares or defines
			flags=(--ignore "COMPLEX_MACRO,TRAILING_SEMICOLON,LINE_SPACING")
			;;
		include/trace/events/*)
			# As those of the kernel are written
			flags=(--ignore "OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT")
			;;
		include/linux/gomalloc_kmalloc.h)
			# Two words where a file is not included
			flags=(--ignore "COMPLEX_MACRO")
			;;
		include/counters.h | ledger.c)
			# A list that is an enum here and a table of names there
			flags=(--ignore "COMPLEX_MACRO,BRACKET_SPACE")
			;;
		esac
		perl "$source/scripts/checkpatch.pl" --terse --no-summary "${flags[@]}" \
			-f "$file" || true
	done
}

run_sparse() {
	local log=$BUILD/log/sparse.log
	make -C "$kernel/build" "M=$dir" C=2 CC=gcc-12 GOMALLOC_TESTS=1 modules \
		>"$log" 2>&1 || tail "$log"
	grep -E 'warning:|error:' "$log" || true
}

kernel_doc() {
	perl "$source/scripts/kernel-doc" -none "${sources[@]}" 2>&1 |
		grep -vE 'no structured comments found|^[0-9]+ warnings' || true
}

# Those that are written and those that are made of kernel-doc
pages() {
	mandoc -T lint -W warning Documentation/man/*.[134]
	scripts/man.sh && mandoc -T lint -W error build/man/*.[79]
}

# names VERSION: what that kernel's kernel-doc makes has each name that is exported
names() {
	KDIR=$("$ROOT/scripts/kernel.sh" "source-$1") scripts/man.sh
	scripts/htmldocs.sh "$1"
	scripts/exported.py build/man build/htmldocs/api.html Documentation/porting.rst
}

# Each file knows only what is below it
layers() {
	scripts/layers.py >"$BUILD/log/layers.log" 2>&1 ||
		cat "$BUILD/log/layers.log"
}

# Not within a check, which fails if anything is said
kernel=$("$ROOT/scripts/kernel.sh" stock-6.1)
dir=$("$ROOT/scripts/modules.sh" stock-6.1)
for headers in stock-6.12 source-7.3; do
	"$ROOT/scripts/kernel.sh" "$headers" >/dev/null
done

"$ROOT/scripts/lint-fast.sh" || lint_failed=1
lint "checkpatch --strict" checkpatch
lint "kernel-doc" kernel_doc
lint "manual pages" pages
lint "pages of Documentation, by Linux 7.3, have all names" names 7.3
lint "pages of Documentation, by Linux 6.1, have all names" names 6.1
lint "the table of the API" scripts/api_table.py --check
lint "the description for syzkaller" scripts/syzlang.py
lint "layers" layers
sed -n 's/^layers:/# &/p' "$BUILD/log/layers.log"
lint "sparse" run_sparse
exit "$lint_failed"
