#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Give the trace reader of the gomalloc command what libFuzzer thinks of, under the
# sanitizers, from the bad traces and two good ones on.
#
# Usage: fuzz-trace.sh [SECONDS]     600 if none are given
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

seconds=${1:-600}
dir=$BUILD/tools-fuzz
"$ROOT/scripts/deps.sh" fuzz
step "compile the fuzz target" "$BUILD/log/fuzz-trace.log" make -s -C "$ROOT/tools" O="$dir" CC=clang \
	CFLAGS="-O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all" "$dir/trace_fuzz"
mkdir -p "$dir/corpus"
cp "$ROOT"/selftests/traces/*.trace "$dir/corpus"
printf 'a 1 5\nf 1\n' >"$dir/corpus/good-1"
printf '# two\na 1 4194304\na 18446744073709551615 1\nf 1\na 1 7\n' >"$dir/corpus/good-2"
cd "$dir"
echo "fuzz for $seconds s, log in $BUILD/log/fuzz-trace.log" >&2
./trace_fuzz -max_total_time="$seconds" -max_len=8192 -print_final_stats=1 -verbosity=1 corpus \
	>>"$BUILD/log/fuzz-trace.log" 2>&1 || {
	tail -n 30 "$BUILD/log/fuzz-trace.log" >&2
	exit 1
}
grep -a 'stat::number_of_executed_units' "$BUILD/log/fuzz-trace.log" | tail -n 1
