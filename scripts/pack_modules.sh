#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Pack modules of a kernel, with those that they need, for the root of a guest, in which
# modprobe finds them.
#
# Usage: pack_modules.sh OUT RIG FOLDER MODULE...   OUT is a tar; in FOLDER, if there is
#                      one, are modules that were built here, which take the place of
#                      those of the kernel
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$1 rig=$2 folder=$3
shift 3
release=$(cat "$("$ROOT/scripts/kernel.sh" "$rig")/release")
modules=$("$ROOT/scripts/kernel_modules.sh" "$rig")
all=$(find "$modules" -name '*.ko*')
root=$out.root
lib=$root/lib/modules/$release

# find_module NAME: its file; names have dashes in files, and none inside
find_module() { grep -E "/${1//[-_]/[-_]}\.ko" <<<"$all" | head -n 1; }

# Newer kernels have these in their library, and modules of these names no more
library=' crc32_generic crc32c_generic aes_generic sha256_generic '

is_builtin() { [[ $library == *" $1 "* ]] || grep -qE "/${1//[-_]/[-_]}\.ko" "$modules/modules.builtin"; }

# needs FILE...: files of the kernel's modules that these depend on, and those in turn
needs() {
	local file name found
	for file; do
		modinfo -F depends "$file" | tr ',' '\n' | grep . || true
	done | sort -u | while read -r name; do
		found=$(find_module "$name") || continue
		echo "$found"
		needs "$found"
	done
}

rm -rf "$root"
mkdir -p "$lib/updates" "$lib/kernel"
wanted=()
for name; do
	if ko=$(find_module "$name"); then
		wanted+=("$ko")
	else
		is_builtin "$name" || die "$rig has no module $name"
	fi
done
[[ ! $folder ]] || find "$folder" -name '*.ko' -exec cp -t "$lib/updates" {} +
shopt -s nullglob
mapfile -t files < <({
	printf '%s\n' "${wanted[@]}"
	needs "$lib"/updates/*.ko "${wanted[@]}"
} | grep . | sort -u)
for ko in "${files[@]}"; do
	# The one that was built here is in its place
	[[ -e $lib/updates/$(basename "${ko%%.ko*}").ko ]] || cp "$ko" "$lib/kernel"
done
cp "$modules"/modules.{builtin,builtin.modinfo,order} "$lib" 2>/dev/null || true
depmod -b "$root" "$release"
tar -C "$root" -cf "$out" lib
rm -rf "$root"
