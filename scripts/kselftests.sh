#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build selftests of the kernel, static, and pack them for the root of a guest:
# /kselftests/GROUP/NAME, with the lines of kselftests.txt that name them in
# /kselftests/list. They are those of Linux 6.1 for all kernels: what a program may ask
# of one it may ask of a later one.
#
# Usage: kselftests.sh OUT GROUP...   OUT is a tar
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$1
shift
source=$("$ROOT/scripts/kernel.sh" source-6.1)/tools/testing/selftests
root=$out.root
list=$(for group; do
	grep "^$group " "$ROOT/scripts/kselftests.txt" || die "kselftests.sh: no group '$group'"
done)

compile() {
	local group file more=() built=' '
	while read -r group file _; do
		# One is run in more than one way
		[[ $built != *" $group/$file "* ]] || continue
		built+="$group/$file "
		more=()
		[[ $file != vm/* ]] || more=("$source/vm/vm_util.c")
		mkdir -p "$root/kselftests/$group"
		gcc-12 -static -O1 -w -D_GNU_SOURCE "-I$source" "-I$source/futex/include" \
			-o "$root/kselftests/$group/$(basename "$file")" "$source/$file.c" "${more[@]}" \
			-lrt -lpthread -lm
	done <<<"$list"
}

rm -rf "$root"
mkdir -p "$root/kselftests"
step "compile selftests of the kernel" "$BUILD/log/kselftests.log" compile
echo "$list" >"$root/kselftests/list"
tar -C "$root" -cf "$out" kselftests
rm -rf "$root"
