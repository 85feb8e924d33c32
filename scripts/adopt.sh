#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Try modules of the kernel itself on gomalloc, each with its workload of
# scripts/adopt, and print a row for each. Prints KTAP, with the row in the name.
#
# Beside what try.sh reads, these lines of a workload mean something:
#
#   # source: fs/xfs          the folder of the kernel's source
#   # more: WHY               why it holds more than with kmalloc()
#   # freed: FUNCTION         of the module, whose objects the kernel frees
#   # kernels: stock-6.1      those that it is for, if not all
#
# Usage: adopt.sh [NAME]...   of scripts/adopt, all that are for RIG if none is named
# RIG is the kernel, stock-6.1 if nothing is said; stock-6.12 and drivers-7.3 will do.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/workload.sh"

rig=${RIG:-stock-6.1}
# How much more than kmalloc() a row may hold, in percent, without a line "# more: WHY"
allowed=5
names=("$@")
if ((!${#names[@]})); then
	for workload in "$ROOT"/scripts/adopt/*.sh; do
		! is_for_kernel "$rig" || names+=("$(basename "$workload" .sh)")
	done
fi

# field ROW COLUMN: of the table
field() { awk -v row="$1" -v n="$2" 'index($0, row) == 1 { split(substr($0, 25), f, /  +/); print f[n + 1]; exit }' "$table"; }

# judge: sets $why, empty if all is well
judge() {
	local freed
	why='' row=''
	[[ -s $table ]] || { why="no table, see $log"; return; }
	row=$(printf 'held %s, with kmalloc() %s: %s; instructions %s' "$(field 'memory held' 2)" \
		"$(field 'memory held' 1)" "$(field 'memory held' 3)" "$(field instructions 3)")
	grep -q '^passed .* yes .* yes' "$table" || why="did not pass, see $table"
	! grep -E '^(misuse|leak|not )' "$table" >"$log.wrong" || why="$(head -n 1 "$log.wrong")"
	# What the kernel itself frees of ours is what the row is for, or there is nothing
	freed=$(wish freed)
	if [[ $(sed -n 's/^freed by the kernel: .* in \([^ ()]*\)().*/\1/p' "$table" | sort -u) != "$freed" ]]; then
		why="what the kernel freed is not '$freed', see $table"
	fi
	if [[ ! $why && ! $(wish more) ]] &&
		awk -v r="$(field 'memory held' 3)" -v most="$((100 + allowed))" 'BEGIN { exit !(r * 100 > most) }'; then
		why="holds more, and no line of the workload says why"
	fi
}

mkdir -p "$BUILD/log"
echo "KTAP version 1"
echo "1..${#names[@]}"
n=0 rc=0
for name in "${names[@]}"; do
	n=$((n + 1))
	workload=$ROOT/scripts/adopt/$name.sh
	[[ -e $workload ]] || die "no workload $workload"
	source=$(wish source)
	table=$BUILD/try/$rig-$(basename "$source")/table
	log=$BUILD/log/adopt-$rig-$name
	rm -f "$table"
	RIG=$rig "$ROOT/scripts/try.sh" "$source" "$workload" >"$log.log" 2>&1 || true
	judge
	if [[ $why ]]; then
		echo "not ok $n $name: $why"
		rc=1
	else
		echo "ok $n $name: $row"
	fi
done
exit $rc
