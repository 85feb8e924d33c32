#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Our allocator as a program's (host/bench), beside those of glibc, tcmalloc, jemalloc,
# mimalloc, and of the Go runtime: what an object costs in time, in interleaved rounds,
# and in memory. Wants a machine that does nothing else, and says what it did. The
# figures of all rounds are in build/host/bench.csv.
#
# Usage: host-bench.sh [ROUNDS]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rounds=${1:-9}
dir=$BUILD/host
csv=$dir/bench.csv
declare -A library=(
	[glibc]=''
	[tcmalloc]=libtcmalloc_minimal.so.4
	[jemalloc]=libjemalloc.so.2
	[mimalloc]=libmimalloc.so.2
)
allocators=(gomalloc glibc tcmalloc jemalloc mimalloc)

# bench ALLOCATOR [ARGUMENT]...: its lines
bench() {
	if [[ $1 == gomalloc ]]; then
		"$dir/bench" "$@"
	else
		BENCH_NAME=$1 LD_PRELOAD=${library[$1]} "$dir/bench" malloc "${@:2}"
	fi
}

"$ROOT/scripts/deps.sh" host
step "compile" "$BUILD/log/host.log" make -s -C "$ROOT/host" -j"$(nproc)" O="$dir"
step "compile the program in Go" "$BUILD/log/host-go.log" \
	env CGO_ENABLED=0 GOCACHE="$dir/go-cache" GO111MODULE=off \
	go build -o "$dir/bench-go" "$ROOT/host/bench/go/main.go"
say "load of this machine before: $(cut -d' ' -f1-3 /proc/loadavg); it should be near 0"
: >"$csv"
for ((round = 1; round <= rounds; round++)); do
	say "  round $round of $rounds"
	for allocator in "${allocators[@]}"; do
		bench "$allocator" >>"$csv"
	done
	"$dir/bench-go" >>"$csv"
	# Nobody is always the first
	allocators=("${allocators[@]:1}" "${allocators[0]}")
done
say "  memory"
for name in spike sparse fill_free larson mstress sh8; do
	for allocator in gomalloc glibc tcmalloc jemalloc mimalloc; do
		bench "$allocator" --memory "$name" >>"$csv"
	done
done
"$ROOT/scripts/host_bench.py" "$csv"
