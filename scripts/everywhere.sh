#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# All of the kernel on gomalloc: the runs of "check.sh everywhere", workloads for it on each
# kernel, then the instructions of a pair of kmalloc() and kfree() of 64 bytes with
# gomalloc_everywhere off, on and in drain, and what memory is held with and without.
#
# Usage: everywhere.sh          all of this; hours
#        everywhere.sh rows [NAME]...   the workloads, one table; RIGS is the kernels
#        everywhere.sh cost     the instructions
#        everywhere.sh memory   what many namespaces, files and modules make the machine hold
#        everywhere.sh --check  KTAP: on they are at most 0.65 of 6.1's and as many as 6.12's
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

read -ra rigs <<<"${RIGS:-stock-6.1 stock-6.1-rt stock-6.12 drivers-7.3 debug-ftrace-6.1}"

# bench RIG: its lines "CASE STATE INSTRUCTIONS"
bench() {
	local rig=$1 log=$BUILD/log/everywhere-cost-$1.log kernel dir state
	kernel=$("$ROOT/scripts/kernel.sh" "$rig")
	dir=$("$ROOT/scripts/modules.sh" "$rig")
	"$ROOT/scripts/initramfs.sh" "$BUILD/everywhere-$rig.cpio" "$dir/gomalloc.ko" \
		"$dir/everywhere/gomalloc_everywhere.ko" "$dir/bench/gomalloc_bench.ko"
	"$ROOT/scripts/qemu.sh" --icount --bare --log "$log" --timeout 300 \
		"$kernel/image" "$BUILD/everywhere-$rig.cpio" everywhere_cost
	for state in off on drain; do
		tr -d '\r' <"$log" |
			awk -v state=$state '/everywhere: / { inside = $NF == state } inside' |
			awk -f "$ROOT/scripts/bench.awk" -v unit=instructions |
			awk -F, -v state=$state '$4 == 64 { print $3, state, $8 }'
	done
}

# memory RIG STATE: its lines "memory POPULATION SLAB-KIB HELD-KIB"
memory() {
	local rig=$1 log=$BUILD/log/everywhere-memory-$1-$2.log kernel dir modules
	kernel=$("$ROOT/scripts/kernel.sh" "$rig")
	dir=$("$ROOT/scripts/modules.sh" "$rig")
	modules=$("$ROOT/scripts/kernel_modules.sh" "$rig")
	mkdir -p "$BUILD/everywhere-$rig"
	rm -f "$BUILD/everywhere-$rig"/*
	# koi8-ru is koi8-u and more, and does not load without it
	find "$modules" -name 'nls_*.ko*' ! -name 'nls_koi8-ru*' -exec cp {} "$BUILD/everywhere-$rig" \;
	find "$BUILD/everywhere-$rig" -name '*.xz' -exec unxz -f {} +
	"$ROOT/scripts/initramfs.sh" "$BUILD/everywhere-$rig.cpio" "$dir/gomalloc.ko" \
		"$dir/everywhere/gomalloc_everywhere.ko" "$BUILD/everywhere-$rig"/nls_*.ko
	"$ROOT/scripts/qemu.sh" --toggle --log "$log" --mem 1024 --timeout 900 \
		"$kernel/image" "$BUILD/everywhere-$rig.cpio" everywhere_memory "$2" >&2
	tr -d '\r' <"$log" | grep -a '^memory '
}

# What a row says, in one cell: how many requests were served, and how many objects live in the end
cell() {
	awk '
	/^ok / {
		for (i = 1; i <= NF; i++) {
			split($i, pair, "=")
			value[pair[1]] = pair[2]
		}
		print value["served"] " served, " (value["state"] == "off" ? "off" : value["live"] " live")
		exit
	}
	{ print /^not ok/ ? "NOT OK" : "-" }' <<<"$1"
}

# rows [NAME]...: prints a table with a line for each workload, and a column for each kernel
rows() {
	local rig dir=$BUILD/everywhere name rc=0
	mkdir -p "$dir"
	for rig in "${rigs[@]}"; do
		say "all of $rig"
		RIG=$rig "$ROOT/scripts/everywhere_row.sh" "$@" | tee "$dir/rows-$rig" >&2 || rc=1
	done
	printf '%-16s' workload
	printf ' %-24s' "${rigs[@]}"
	echo
	sed -n 's/^\(not \)\?ok [0-9]* \([^:]*\):.*/\2/p' "${rigs[@]/#/$dir/rows-}" | sort -u | while read -r name; do
		printf '%-16s' "$name"
		for rig in "${rigs[@]}"; do
			printf ' %-24s' "$(cell "$(grep " $name: " "$dir/rows-$rig")")"
		done
		echo
	done
	return $rc
}

memory_table() {
	local rig
	printf '%-12s %-12s %12s %12s %12s %8s\n' kernel population off/KiB slab/KiB held/KiB ratio
	for rig in stock-6.1 stock-6.12; do
		{
			memory "$rig" off
			memory "$rig" on
		} | awk -v rig="$rig" '
		!($2 in off) { off[$2] = $3; next }
		{ printf "%-12s %-12s %12d %12d %12d %8.2f\n", rig, $2, off[$2], $3, $4,
			($3 + $4) / off[$2] }'
	done
}

table() {
	local rig
	printf '%-12s %-10s %-8s %12s %8s\n' kernel case state instructions ratio
	for rig in stock-6.1 stock-6.12; do
		bench "$rig" | awk -v rig="$rig" '
		$2 == "off" { off[$1] = $3 }
		{ printf "%-12s %-10s %-8s %12.0f %8.2f\n", rig, $1, $2, $3, $3 / off[$1] }'
	done
}

check() {
	table | awk '
	function judge(rig, what, state, most) {
		n++
		good = ((rig, what, state) in ratio) && ratio[rig, what, state] <= most
		bad += !good
		printf "%s %d on %s %s takes %s of kmalloc'"'"'s instructions in %s, at most %s\n",
			good ? "ok" : "not ok", n, rig, what, ratio[rig, what, state], state, most
	}
	{ ratio[$1, $2, $3] = $5 }
	END {
		print "KTAP version 1"
		print "1..6"
		judge("stock-6.1", "pair", "on", 0.65)
		judge("stock-6.1", "pair", "drain", 1.25)
		judge("stock-6.1", "accounted", "on", 1.25)
		judge("stock-6.12", "pair", "on", 1)
		judge("stock-6.12", "pair", "drain", 1.25)
		judge("stock-6.12", "accounted", "on", 1.25)
		exit bad > 0
	}'
}

case ${1-} in
"")
	"$ROOT/scripts/check.sh" -everywhere
	rows
	table
	memory_table
	;;
rows) rows "${@:2}" ;;
cost) table ;;
memory) memory_table ;;
--check) check ;;
*) die "usage: everywhere.sh [rows [NAME]...|cost|memory|--check]" ;;
esac
