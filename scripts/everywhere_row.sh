#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Workloads for a kernel, all of whose kmalloc() is put on gomalloc under them: those of
# scripts/everywhere, and those that scripts/adopt has for single modules. Prints KTAP, with
# what was served and what still lives in the end in the name of each.
#
# Beside what try.sh reads, these lines of a workload mean something:
#
#   # kernels: stock-6.1      those that it is for, if not all; stock-6.1-rt is as this
#   # machine: --smp 4 --dimm     options of qemu.sh
#   # tests: futex timers     the kernel's own selftests that it runs
#
# Usage: everywhere_row.sh [NAME]...   of those that are for RIG; all if none is named
# RIG is the kernel, stock-6.1 if nothing is said.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/workload.sh"

rig=${RIG:-stock-6.1}
"$ROOT/scripts/deps.sh" try
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
modules=$("$ROOT/scripts/modules.sh" "$rig")

# Of the debug kernel, which has few modules, those of scripts/adopt that it can run
debug_adopted=' btrfs ext4 overlayfs vxlan wireguard '

# Those of modules that are patched for gomalloc are no others without it
is_for() {
	[[ ! $(wish patch) ]] || return 1
	if [[ $rig == debug-* && $workload == */adopt/* ]]; then
		[[ $debug_adopted == *" $(basename "$workload" .sh) "* ]]
	else
		is_for_kernel "$rig"
	fi
}

# The modules that it is about
subjects() {
	local named
	named=$(wish under-test)
	[[ $named || ! $(wish source) ]] || named=$(basename "$(wish source)")
	# A folder of the source has not always the name of its module
	case $named in
	overlayfs) named=overlay ;;
	esac
	echo "$named"
}

# pack DIR: the root of its guest
pack() {
	local dir=$1 files=()
	rm -rf "$dir"
	mkdir -p "$dir"
	# Words are meant to split
	# shellcheck disable=SC2046
	"$ROOT/scripts/pack_modules.sh" "$dir/modules.tar" "$rig" "" $(wish modules) $(subjects)
	files+=("@$dir/modules.tar")
	pack_programs "$dir/programs.tar"
	[[ ! -e $dir/programs.tar ]] || files+=("@$dir/programs.tar")
	if [[ $(wish tests) ]]; then
		# shellcheck disable=SC2046
		"$ROOT/scripts/kselftests.sh" "$dir/tests.tar" $(wish tests)
		files+=("@$dir/tests.tar")
	fi
	wish modules | tr ' ' '\n' | grep . >"$dir/modules" || true
	cp "$(work_of)" "$dir/workload.sh"
	"$ROOT/scripts/initramfs.sh" "$dir/root.cpio" "$modules/gomalloc.ko" \
		"$modules/everywhere/gomalloc_everywhere.ko" "$dir/modules" "$dir/workload.sh" "${files[@]}"
}

# run DIR: its console is in $log
run() {
	local memory machine=() quiet=()
	memory=$(wish memory)
	read -ra machine <<<"$(wish machine)"
	[[ $rig != debug-* ]] || quiet=(--quiet --append kasan_multi_shot)
	# shellcheck disable=SC2046
	"$ROOT/scripts/qemu.sh" --toggle --log "$log" --expect 'leak: heap everywhere' --timeout 2400 \
		--mem "${memory:-1024}" --devices "$(wish devices)" "${quiet[@]}" "${machine[@]}" \
		"$kernel/image" "$1/root.cpio" everywhere_row $(subjects) 2>"$log.verdict"
}

# Why it is no good: what the guest says, or else what the verdict on its log does
reason() {
	{
		tr -d '\r' <"$log" | grep -a '^not ok' ||
			tail -n 1 "$log.verdict" | sed 's/^gomalloc: //'
	} | head -n 1
}

# Only that: see below
if [[ ${1-} == --pack ]]; then
	workload=$2
	pack "$3"
	exit
fi

workloads=()
for workload in "$ROOT"/scripts/{everywhere,adopt}/*.sh; do
	[[ ! $* || " $* " == *" $(basename "$workload" .sh) "* ]] || continue
	! is_for || workloads+=("$workload")
done
mkdir -p "$BUILD/log"
echo "KTAP version 1"
echo "1..${#workloads[@]}"
n=0 rc=0
for workload in "${workloads[@]}"; do
	n=$((n + 1))
	name=$(basename "$workload" .sh)
	dir=$BUILD/everywhere/$rig-$name
	log=$BUILD/log/everywhere-$rig-$name.log
	: >"$log"
	# In a shell of its own, which ends where something is missing
	if "$0" --pack "$workload" "$dir" 2>"$log.verdict" >&2 && run "$dir"; then
		echo "ok $n $name: $(tr -d '\r' <"$log" | sed -n 's/^row: //p' | tail -n 1)"
	else
		echo "not ok $n $name: $(reason); see $log"
		rc=1
	fi
	# The root of a guest is large
	rm -rf "$dir"
done
exit $rc
