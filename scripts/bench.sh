#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the benchmark beside kmalloc and make a report of it:
# build/bench/results.csv, report.html, and a table.
#
# Usage: bench.sh [RIG]...   these rigs, of
#   instructions  counted in QEMU on Debian's 6.1 and 6.12 and on a 7.3
#                 configured like a distribution's, without mitigations
#   defaults      the same on 6.1 as Debian boots it
#   heaps         what the size of a heap costs, up to 8 GiB
#   nanoseconds   user-mode Linux 7.3 on two real CPUs
#   memory        what objects cost in pages on 6.1: replays the traces that
#                 bench/memory.c describes, or those of them that TRACES names
#   host          this machine's own kernel, into which it inserts the modules
# All but the last two if none is named. The rows of others stay.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$BUILD/bench
results=$out/results.csv
rigs=("$@")
((${#rigs[@]})) || rigs=(instructions defaults heaps nanoseconds)

# rows RIG KERNEL UNIT LOG
rows() {
	awk -f "$ROOT/scripts/bench.awk" -v rig="$1" -v kernel="$2" -v unit="$3" \
		"$4" >>"$results"
}

# guest RIG KERNEL UNIT MODULE PARAMETERS [OPTION]...: boot it, with $files
guest() {
	local rig=$1 kernel=$2 unit=$3 module=$4 params=$5 dir modules log=$out/$1-$2.log
	local run=qemu.sh root=$out/$2.cpio
	shift 5
	[[ $kernel != uml-* ]] || run=uml.sh root=$out/uml-root/
	dir=$("$ROOT/scripts/kernel.sh" "$kernel")
	modules=$("$ROOT/scripts/modules.sh" "$kernel")
	"$ROOT/scripts/initramfs.sh" "$root" "$modules/gomalloc.ko" "$modules/bench/$module.ko" \
		"${files[@]}"
	say "measuring $unit on $(cat "$dir/release") ($rig): a minute or two"
	# The parameters are meant to split
	# shellcheck disable=SC2086
	"$ROOT/scripts/$run" --log "$log" --timeout 1800 "$@" \
		"$dir/image" "${root%/}" bench "$module" $params
	rows "$rig" "$(cat "$dir/release")" "$unit" "$log"
}

# count RIG KERNEL PARAMETERS OPTION...: instructions
count() {
	guest "$1" "$2" instructions gomalloc_bench "$3" --icount "${@:4}"
}

bench_host() {
	local answer
	((EUID == 0)) || die "RIG=host inserts modules: run it as root"
	[[ -t 0 ]] || die "RIG=host asks before it inserts modules: run it in a terminal"
	read -rp "Insert gomalloc and gomalloc_bench into this running kernel, $(uname -r)? [y/N] " answer
	[[ $answer == [yY]* ]] || die "nothing was done"
	step "build modules for this kernel" "$out/host-build.log" \
		make -C "$ROOT" modules GOMALLOC_TESTS=1
	insmod "$ROOT/gomalloc.ko"
	insmod "$ROOT/bench/gomalloc_bench.ko" rounds=9 || {
		rmmod gomalloc
		die "the benchmark was not inserted; see dmesg"
	}
	dmesg | grep gomalloc_bench: >"$out/host.log"
	rmmod gomalloc_bench gomalloc
	rows host "$(uname -r)" ns "$out/host.log"
}

"$ROOT/scripts/deps.sh" bench
mkdir -p "$out"
[[ -s $results ]] || echo rig,kernel,case,size,cpus,unit,gomalloc,kmalloc,ratio >"$results"
for rig in "${rigs[@]}"; do
	sed -i "/^$rig,/d" "$results"
	files=()
	case $rig in
	instructions)
		for kernel in stock-6.1 stock-6.12 release-7.3; do
			count instructions "$kernel" "" --bare
		done
		;;
	# Zeroing large objects takes long and tells nothing
	defaults) count defaults stock-6.1 "cases=const+pair+batch+live+mixed+tiny+bulk loops=2000" ;;
	heaps) count heaps stock-6.1 "cases=heap_size rounds=1" --bare --mem 11000 ;;
	nanoseconds) guest nanoseconds uml-7.3 ns gomalloc_bench rounds=9 --bare --mem 1024 ;;
	memory)
		files=("$ROOT"/bench/traces/*.txt "$out/recorded.txt")
		xz -dc "$ROOT/bench/traces/recorded.txt.xz" >"$out/recorded.txt"
		guest memory stock-6.1 pages gomalloc_memory "${TRACES:+traces=${TRACES// /+}}" \
			--bare --mem 2000
		;;
	host) bench_host ;;
	*) die "bench.sh: no rig '$rig'; there are instructions defaults heaps nanoseconds memory host" ;;
	esac
done
"$ROOT/scripts/bench_report.py" "$results" "$out/report.html"
say "the figures are in $results, the plots in $out/report.html"
