#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# What objects cost in pages, beside kmalloc in the same boot of Debian's 6.1:
# replays the traces that bench/memory.c describes. The rows join those of
# bench.sh in build/bench/results.csv and the report.
#
# Usage: bench_memory.sh [TRACE]...   these traces; all if none is named
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$BUILD/bench
log=$out/memory.log
params=$(IFS=+ && echo "$*")

"$ROOT/scripts/deps.sh" bench
kernel=$("$ROOT/scripts/kernel.sh" stock-6.1)
dir=$("$ROOT/scripts/modules.sh" stock-6.1)
mkdir -p "$out"
xz -dc "$ROOT/bench/traces/recorded.txt.xz" >"$out/recorded.txt"
"$ROOT/scripts/initramfs.sh" "$out/memory.cpio" "$dir/gomalloc.ko" \
	"$dir/bench/gomalloc_memory.ko" "$ROOT"/bench/traces/*.txt "$out/recorded.txt"
say "replaying traces on $(cat "$kernel/release"): a minute or two"
"$ROOT/scripts/qemu.sh" --bare --mem 2000 --timeout 1200 --log "$log" \
	"$kernel/image" "$out/memory.cpio" memory-bench ${params:+"traces=$params"}
"$ROOT/scripts/bench_results.sh" clear memory
awk -f "$ROOT/scripts/bench.awk" -v rig=memory -v kernel="$(cat "$kernel/release")" \
	-v unit=pages "$log" >>"$out/results.csv"
"$ROOT/scripts/bench_results.sh" report
