#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# What of the gomalloc command and the library needs no module, built with the
# sanitizers: the command refuses each of the traces in selftests/traces, and says why
# and where; completion runs nothing that a heap is called; the library tells which
# side is too old, and exports what its header has. Prints KTAP.
#
# Usage: tools.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/guest/ktap.sh
. "$ROOT/scripts/guest/ktap.sh"

dir=$BUILD/tools-sanitized
traces=$ROOT/selftests/traces
step "compile tools with sanitizers" "$BUILD/log/tools.log" make -s -C "$ROOT/tools" CC=gcc-12 O="$dir" \
	CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" "$dir"/{gomalloc,lib_test,libgomalloc.so.0}

# refuses FILE TEXT: the command ends with 1 and says "FILE:TEXT", nothing else
refuses() {
	local said rc=0
	said=$("$dir/gomalloc" run "$1" 2>&1) || rc=$?
	[[ $rc == 1 && $said == "gomalloc: $1:$2" ]] && return
	echo "# $rc: $said"
	return 1
}

# As it is called when a heap has such a name
completes_nothing_else() {
	local trap_file=$dir/ran
	rm -f "$trap_file"
	(
		# shellcheck disable=SC2016 # a name that must not be evaluated
		gomalloc() { printf 'id name\n1 $(touch${IFS}%s) x\n2 `touch${IFS}%s` x\n3 plain x\n' "$trap_file" "$trap_file"; }
		# shellcheck source=tools/completion/gomalloc.bash
		. "$ROOT/tools/completion/gomalloc.bash"
		# What the function reads, and what it answers
		# shellcheck disable=SC2034
		COMP_WORDS=(gomalloc stats '') COMP_CWORD=2 COMPREPLY=()
		_gomalloc
		printf '%s\n' "${COMPREPLY[@]}" | grep -qx plain &&
			printf '%s\n' "${COMPREPLY[@]}" | grep -qF 'touch'
	) && [[ ! -e $trap_file ]]
}

# A directory can be opened, and not be read
reads_no_directory() { refuses "$dir" "1: cannot read: Is a directory"; }

# The shared library: what the header has, and nothing else
exports_the_header() {
	diff <(grep -oE '\bgomalloc_[a-z_]+\(' "$ROOT/tools/lib/libgomalloc.h" | tr -d '(' |
		grep -v '^gomalloc_explain$' | sort -u) \
		<(nm -D --defined-only "$dir/libgomalloc.so.0" | sed -n 's/.* T \([^@]*\).*/\1/p' |
			grep -v '^gomalloc_explain$' | sort)
}

library_is_right() {
	"$dir/lib_test" >"$BUILD/log/lib_test.ktap" && return
	sed 's/^/# /' "$BUILD/log/lib_test.ktap"
	return 1
}

has_soname() { readelf -d "$dir/libgomalloc.so.0" | grep -q 'SONAME.*\[libgomalloc.so.0\]'; }

mapfile -t files < <(cd "$traces" && ls ./*.trace)
plan $((${#files[@]} + 6))
while IFS=$'\t' read -r file text; do
	[[ $file == \#* ]] || check "${file%.trace} is refused" refuses "$traces/$file" "$text"
done <"$traces/expected.tsv"
check "each trace has its text" [ "$(grep -vc '^#' "$traces/expected.tsv")" = ${#files[@]} ]
check "a folder is no trace" reads_no_directory
check "completion runs no name of a heap" completes_nothing_else
check "the library tells which side is too old" library_is_right
check "the library exports what its header has" exports_the_header
check "it has a SONAME" has_soname
exit "$rc"
