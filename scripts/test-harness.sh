#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The test of the tests: a module that oopses, warns, hangs, leaks an object or
# reports a failure must make the run a failure, and one that does not must
# not. Prints KTAP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rig=stock-6.1
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
dir=$("$ROOT/scripts/modules.sh" "$rig")
cpio=$BUILD/harness.cpio
"$ROOT/scripts/initramfs.sh" "$cpio" "$dir/gomalloc.ko" "$dir/kunit/gomalloc_fault.ko"

# Is the run of a module that goes wrong in this way called good?
good() {
	local kind=$1 log=$BUILD/log/harness-$1.log
	"$ROOT/scripts/qemu.sh" --log "$log" --smp 1 --mem 256 --timeout 25 \
		"$kernel/image" "$cpio" fault "$kind" 2>"$log.verdict" || return 1
	[[ $(awk -f "$ROOT/scripts/ktap.awk" "$log") == "1 0 0" ]]
}

kinds=(none oops warn hang leak fail)
n=0 rc=0
echo "KTAP version 1"
echo "1..${#kinds[@]}"
for kind in "${kinds[@]}"; do
	n=$((n + 1))
	verdict=bad
	good "$kind" && verdict=good
	wanted=bad
	[[ $kind == none ]] && wanted=good
	if [[ $verdict == "$wanted" ]]; then
		echo "ok $n a run with fault '$kind' is called $verdict"
	else
		echo "not ok $n a run with fault '$kind' is called $verdict"
		rc=1
	fi
done
exit $rc
