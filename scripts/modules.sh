#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules for a kernel of the cache, warnings being errors, and
# print the folder they are in.
#
# Usage: modules.sh RIG
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rig=$1
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
dir=$BUILD/modules/$rig
args=(-C "$kernel/build" "M=$dir" W=1 CC=gcc-12 GOMALLOC_TESTS=1)
# With debug information, which the kernel itself is without; gdb wants it
[[ $rig != uml-* ]] || args+=(ARCH=um KCFLAGS=-g)
[[ $rig != arm64-* ]] || args+=("${ARM64[@]}")
[[ $rig != riscv64-* ]] || args+=("${RISCV64[@]}")

# A copy of the sources for each kernel, so that their objects do not mix
mkdir -p "$dir"
for part in Kbuild include dev everywhere kunit samples bench; do
	[[ ! -e $ROOT/$part ]] || (cd "$ROOT" && cp -Rpu --parents "$part" "$dir")
done
cp -pu "$ROOT"/*.c "$dir"
for file in "$dir"/{,dev/,everywhere/,kunit/}*.c; do
	[[ $file == *.mod.c || -e $ROOT/${file#"$dir"/} ]] || rm -f "$file" "${file%.c}.o"
done

for file in "$dir"/{,include/}{,dev/,everywhere/}*.h; do
	[[ -e $ROOT/${file#"$dir"/} ]] || rm -f "$file"
done

build() {
	make -s "${args[@]}" -j"$(nproc)" modules
}

step "build modules for $rig" "$BUILD/log/modules-$rig.log" build
if grep -E 'warning:|WARNING:' "$BUILD/log/modules-$rig.log" >&2; then
	# Build it again the next time, lest the warning be forgotten
	rm -rf "$dir"
	die "the build for $rig is not clean"
fi
echo "$dir"
