#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Check the form of everything: checkpatch, sparse, shellcheck, kernel-doc,
# generated files, sizes of functions and files.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/deps.sh" check
cd "$ROOT"
mkdir -p "$BUILD/log"
source=$("$ROOT/scripts/kernel.sh" source-6.1)
mapfile -t sources < <(git ls-files -co --exclude-standard '*.c' '*.h')
mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh' '*.bash' .ci/run)
failed=0

# lint NAME COMMAND...: what it prints is a fault
lint() {
	local name=$1 out
	shift
	out=$("$@" 2>&1) || true
	if [[ $out ]]; then
		printf '%s\n' "$out" >&2
		echo "not ok $name"
		failed=1
	else
		echo "ok $name"
	fi
}

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

shell() {
	shellcheck -x "${scripts[@]}"
	shellcheck -x scripts/guest/*.sh scripts/guest/init
}

kernel_doc() {
	perl "$source/scripts/kernel-doc" -none "${sources[@]}" 2>&1 |
		grep -vE 'no structured comments found|^[0-9]+ warnings' || true
}

# Those that are written and those that are made of kernel-doc
pages() {
	mandoc -T lint -W warning Documentation/man/*.[134]
	scripts/man.sh && mandoc -T lint -W error build/man/*.9
}

generated() {
	python3 scripts/gen_sizeclasses.py --check
}

# Functions of at most 60 lines, nine of ten under 40; files under 600
sizes() {
	printf '%s\n' "${sources[@]}" | grep -v sizeclasses | xargs awk '
	FNR == 1 { files++ }
	FNR == 600 { print FILENAME ": 600 lines or more" }
	/^\{/ { start = FNR }
	/^\}/ && start {
		n = FNR - start - 1
		total++
		if (n >= 40) long++
		if (n > 60) print FILENAME ":" start ": a function of " n " lines"
		start = 0
	}
	END { if (long * 10 > total) print long " of " total " functions have 40 lines or more" }
	'
}

# Not within a check, which fails if anything is said
kernel=$("$ROOT/scripts/kernel.sh" stock-6.1)
dir=$("$ROOT/scripts/modules.sh" stock-6.1)

lint "generated files are fresh" generated
lint "checkpatch --strict" checkpatch
lint "shellcheck" shell
lint "kernel-doc" kernel_doc
lint "manual pages" pages
lint "sizes of functions and files" sizes
lint "sparse" run_sparse
exit $failed
