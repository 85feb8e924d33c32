#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build a module twice, for kmalloc() and, with <linux/gomalloc_kmalloc.h>, for gomalloc;
# load both in the virtual machine, have each do its work, and print a table: did it
# pass, what it held, what is wrong with it.
#
# A workload is a script for the guest's shell, run while the module is loaded, with
# busybox; lines in it say what else the guest has to have:
#
#   # packages: xfsprogs e2fsprogs    of Debian, whose programs it uses
#   # programs: mkfs.xfs              these
#   # modules: loop crc32c_generic    of the kernel, loaded before
#   # under-test: xfs                 which of the modules built are loaded; all if none
#   # memory: 1024                    MiB of the machine
#   # devices: WORDS                  more for QEMU's command line
#   # patch: FILE                     beside it, for the module that is built for gomalloc
#   # caught: no                      what the kernel frees of gomalloc's is not caught
#   # as: FILE                        beside it, whose work it does; it has no other
#
# Usage: try.sh MODULE [WORKLOAD]   MODULE is a folder with a Kbuild or Makefile, or one
#                                   of the kernel's source, as fs/xfs
# RIG is the kernel, stock-6.1 if nothing is said; TRY=once leaves out the runs that
# count instructions, TRY_TIMEOUT is how many seconds a run may take. The table is in build/try/NAME/table, too.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/workload.sh"

(($#)) || die "try.sh: which module? make try M=FOLDER, one with a Kbuild, or M=fs/xfs"
module=$1 workload=${2-} rig=${RIG:-stock-6.1}
[[ $rig == stock-* || $rig == drivers-* ]] ||
	die "try.sh: RIG is stock-6.1, stock-6.12 or drivers-7.3: the others have no modules of the kernel"
[[ ! $workload || -e $workload ]] || die "try.sh: no workload $workload"
"$ROOT/scripts/deps.sh" try
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
name=$(basename "$module")
dir=$BUILD/try/$rig-$name
log=$BUILD/log/try-$rig-$name
header=$ROOT/include/linux/gomalloc_kmalloc.h

# Of the kernel's own tree, or of the reader
source_folder() {
	local tree source=source-${rig#*-}
	[[ $rig != stock-* ]] || source=source-of-$rig
	if [[ -d $module ]]; then
		echo "$module"
		return
	fi
	tree=$("$ROOT/scripts/kernel.sh" "$source")
	[[ -d $tree/$module ]] || die "no folder $module, here or in the source of Linux ${rig#*-}"
	echo "$tree/$module"
}

# In the kernel's tree a folder is named from its root
copy() {
	rm -rf "${dir:?}/$1"
	mkdir -p "$dir/$1"
	cp -RpL "$source/." "$dir/$1"
	# shellcheck disable=SC2016
	find "$dir/$1" \( -name Makefile -o -name Kbuild \) -exec \
		sed -i 's,\$(srctree)/\$(src),$(src),g' {} +
}

# Headers of folders beside it, which it names from its own
copy_beside() {
	local path
	{ grep -hoE '^#include "\.\./[^"]+"' "$source"/*.[ch] || true; } | cut -d'"' -f2 | sort -u |
		while read -r path; do
			[[ -e $source/$path ]] || continue
			mkdir -p "$dir/$1/$(dirname "$path")"
			cp "$source/$path" "$dir/$1/$path"
		done
}

# What is under test, and no more, if the workload says what that is
targets() {
	local named
	read -ra named <<<"$(wish under-test)"
	if ((${#named[@]})); then
		printf '%s.ko\n' "${named[@]}"
	else
		echo modules
	fi
}

# compile HOW [ARG]...
compile() {
	local how=$1 what
	shift
	mapfile -t what < <(targets)
	copy "$how"
	copy_beside "$how"
	[[ $how == kmalloc ]] || patch_source
	make -s -C "$kernel/build" M="$dir/$how" CC=gcc-12 -j"$(nproc)" "$@" "${what[@]}"
}

# The modules under test, those first that others need
in_order() {
	local ko named
	named=$(wish under-test)
	(
		cd "$dir/kmalloc"
		find . -name '*.ko' | while read -r ko; do
			ko=$(basename "$ko" .ko)
			[[ ! $named || " $named " == *" $ko "* ]] || continue
			printf '%s\n' "$ko $ko"
			modinfo -F depends "$(find . -name "$ko.ko")" | tr ',' '\n' |
				while read -r needed; do
					# Names have dashes in files, and none inside
					[[ ! -e $(find . -name "${needed//_/[-_]}.ko") ]] || printf '%s\n' "$needed $ko"
				done
		done
	) | tr - _ | tsort
}

# pack HOW: modules for the guest, in which modprobe finds them
pack() {
	[[ $1 == kmalloc ]] || cp "$gomalloc/gomalloc.ko" "$dir/$1"
	# Words are meant to split
	# shellcheck disable=SC2046
	"$ROOT/scripts/pack_modules.sh" "$dir/modules-$1.tar" "$rig" "$dir/$1" $(wish modules)
}

# For gomalloc alone
patch_source() {
	local patch
	patch=$(wish patch)
	[[ $patch ]] || return 0
	patch=$(realpath "$(dirname "$workload")/$patch")
	# As if it were in no repository
	GIT_CEILING_DIRECTORIES=$dir git -C "$dir/gomalloc" apply "$patch"
}

build_all() {
	compile kmalloc
	compile gomalloc KBUILD_EXTRA_SYMBOLS="$gomalloc/Module.symvers" \
		KCFLAGS="-include $header -idirafter$ROOT/include"
}

# run NAME HOW OPTION...: one boot
run() {
	local name=$1 how=$2
	shift 2
	if "$ROOT/scripts/qemu.sh" --log "$log-$name.log" --expect 'leak: heap' \
		--timeout "${TRY_TIMEOUT:-900}" --mem "$memory" --devices "$(wish devices)" "$@" "$kernel/image" "$dir/$how.cpio" \
		try "$how${watch-}" "${order[@]}" 2>"$log-$name.verdict"; then
		echo yes >"$log-$name.passed"
	else
		echo no >"$log-$name.passed"
	fi
}

source=$(source_folder)
gomalloc=$("$ROOT/scripts/modules.sh" "$rig")
memory=$(wish memory)
memory=${memory:-1024}
mkdir -p "$dir"
step "build $module for $rig, twice" "$log-build.log" build_all
mapfile -t order < <(in_order)
((${#order[@]})) || die "$module built no module for $rig; see $log-build.log"
extra=()
pack_programs "$dir/programs.tar"
[[ ! $(wish programs) ]] || extra+=("@$dir/programs.tar")
caught=+caught
[[ $(wish caught) != no ]] || caught=
wish modules | tr ' ' '\n' >"$dir/modules"
[[ ! $workload ]] || cp "$(work_of)" "$dir/workload.sh"
for how in kmalloc gomalloc; do
	pack "$how"
	"$ROOT/scripts/initramfs.sh" "$dir/$how.cpio" "@$dir/modules-$how.tar" "${extra[@]}" \
		"$dir/modules" ${workload:+"$dir/workload.sh"}
	watch=$caught+tracked run "$how" "$how" --smp 2
	say "  $how: passed: $(cat "$log-$how.passed")"
	[[ ${TRY-} != once ]] || continue
	# Who counts instructions counts those of gomalloc, and not of who watches it,
	# unless its work would end without
	watch=
	! grep -q 'gomalloc: kfree() of an object' "$log-$how.log" || watch=$caught
	run "$how-count" "$how" --icount --bare
done
"$ROOT/scripts/try_report.py" "$log" "$dir/gomalloc" "$module" "${order[@]}" | tee "$dir/table"
[[ $(cat "$log-gomalloc.passed") == yes ]]
