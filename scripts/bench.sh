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
#   host          this machine's own kernel, into which it inserts the modules
# All but the last if none is named.
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

# modules_of KERNEL: the files a guest needs
modules_of() {
	local dir
	dir=$("$ROOT/scripts/modules.sh" "$1")
	printf '%s\n' "$dir/gomalloc.ko" "$dir/bench/gomalloc_bench.ko"
}

# count RIG KERNEL MEM PARAMETERS [OPTION]...: instructions
count() {
	local rig=$1 kernel=$2 mem=$3 params=$4 dir log=$out/$1-$2.log files
	shift 4
	dir=$("$ROOT/scripts/kernel.sh" "$kernel")
	mapfile -t files < <(modules_of "$kernel")
	"$ROOT/scripts/initramfs.sh" "$out/$kernel.cpio" "${files[@]}"
	say "counting instructions on $(cat "$dir/release") ($rig): a minute or two"
	# The parameters are meant to split
	# shellcheck disable=SC2086
	"$ROOT/scripts/qemu.sh" --icount --mem "$mem" --log "$log" --timeout 1800 "$@" \
		"$dir/image" "$out/$kernel.cpio" bench $params
	rows "$rig" "$(cat "$dir/release")" instructions "$log"
}

bench_nanoseconds() {
	local dir kernel=uml-7.3 log=$out/nanoseconds.log files
	dir=$("$ROOT/scripts/kernel.sh" "$kernel")
	mapfile -t files < <(modules_of "$kernel")
	"$ROOT/scripts/initramfs.sh" "$out/uml-root/" "${files[@]}"
	say "measuring nanoseconds on $(cat "$dir/release")"
	"$ROOT/scripts/uml.sh" --bare --mem 1024 --log "$log" --timeout 1800 \
		"$dir/image" "$out/uml-root" bench rounds=9
	rows nanoseconds "$(cat "$dir/release")" ns "$log"
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
"$ROOT/scripts/bench_results.sh" clear instructions defaults heaps nanoseconds host
for rig in "${rigs[@]}"; do
	case $rig in
	instructions)
		for kernel in stock-6.1 stock-6.12 release-7.3; do
			count instructions "$kernel" 512 "" --bare
		done
		;;
	# Zeroing large objects takes long and tells nothing
	defaults)
		count defaults stock-6.1 512 \
			"cases=const+pair+batch+live+mixed+tiny+bulk loops=2000"
		;;
	heaps) count heaps stock-6.1 11000 "cases=heap_size rounds=1" --bare ;;
	nanoseconds) bench_nanoseconds ;;
	host) bench_host ;;
	*) die "bench.sh: no rig '$rig'; there are instructions defaults heaps nanoseconds host" ;;
	esac
done
"$ROOT/scripts/bench_results.sh" report
