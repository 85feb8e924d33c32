#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Count the instructions of the hot paths on a stock kernel: QEMU advances guest
# time by one nanosecond per instruction, so each run gives the same figures.
#
# Usage: instructions.sh            print them
#        instructions.sh --check    KTAP: none is over the record by more than 3 %
#        instructions.sh --record   make these the record
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rig=stock-6.1
counted=const+pair+batch+live+mixed+tiny+bulk+large_pair+hardened
# On one CPU these are the same each time; those that want two are left out
counted+=+larson+mstress+fill_free+xmalloc+sh6bench+skb+dentry
record=$ROOT/bench/instructions.txt
log=$BUILD/log/bench-$rig.log
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
dir=$("$ROOT/scripts/modules.sh" "$rig")
"$ROOT/scripts/initramfs.sh" "$BUILD/bench.cpio" "$dir/gomalloc.ko" \
	"$dir/bench/gomalloc_bench.ko"
"$ROOT/scripts/qemu.sh" --icount --bare --log "$log" --timeout 900 \
	"$kernel/image" "$BUILD/bench.cpio" bench gomalloc_bench \
	"cases=$counted" loops=5000 rounds=5

# case size gomalloc kmalloc
figures() {
	awk -f "$ROOT/scripts/bench.awk" -v unit=instructions "$log" |
		awk -F, '{ print $3, $4, $7, $8 }'
}

case ${1-} in
--record)
	{
		echo "# Instructions per operation on Linux 6.1, without the cost of the loop."
		echo "# scripts/instructions.sh --record writes this; --check allows 3 % more,"
		echo "# and more where the search for pages has a part: it depends on where the"
		echo "# machine had its memory, and so on the size of the files it booted with."
		echo "# case size gomalloc kmalloc"
		figures
	} >"$record"
	;;
--check)
	awk '
	# Measured over builds: 11 % between two of them, and 3.5 %
	function allowed(name, size) {
		if (name ~ /^large/ && size > 131072) return 1.15
		if (name == "batch" && size >= 8192) return 1.06
		# 1.2 % between two builds of the same code: which object is pushed out is by chance
		if (name == "hard_quarantine") return 1.04
		# Measured over runs, as all that mixes sizes and ages: 4 % between two
		if (name ~ /^(larson|mstress|fill_free|xmalloc|sh6bench|skb|dentry)$/) return 1.06
		return 1.03
	}
	NR == FNR {
		if (!/^#/) limit[$1 " " $2] = $3 * allowed($1, $2)
		next
	}
	{
		n++
		ok = ($1 " " $2) in limit && $3 <= limit[$1 " " $2]
		if (!ok) bad = 1
		out[n] = sprintf("%s %d %s of %d bytes takes %.1f instructions (kmalloc %.1f), at most %.1f",
			ok ? "ok" : "not ok", n, $1, $2, $3, $4, limit[$1 " " $2])
	}
	END {
		print "KTAP version 1"
		print "1.." n
		for (i = 1; i <= n; i++) print out[i]
		exit bad || !n
	}' "$record" <(figures)
	;;
"")
	printf '%-12s %6s %10s %10s %7s\n' case size gomalloc kmalloc ratio
	figures | awk '{ printf "%-12s %6d %10.1f %10.1f %7.2f\n", $1, $2, $3, $4, $3 / $4 }'
	;;
*) die "usage: instructions.sh [--check|--record]" ;;
esac
