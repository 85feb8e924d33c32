#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the programs that run in the guest, static, and print their folder.
#
# Usage: programs.sh demo|check [x86_64|aarch64]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

machine=${2:-$(uname -m)}
dir=$BUILD/programs
cc=gcc-12
if [[ $machine != "$(uname -m)" ]]; then
	dir+=-$machine
	cc=$machine-linux-gnu-gcc-12
fi
flags=(-static -O2 -Wall -Wextra -Werror -I"$BUILD/uapi")
mkdir -p "$dir" "$BUILD/uapi/linux"
cp -pu "$ROOT/include/uapi/linux/gomalloc.h" "$BUILD/uapi/linux"

# compile OUT SOURCE [FLAG]...
compile() {
	local out=$1 source=$2
	shift 2
	[[ $out -nt $source && $out -nt $ROOT/selftests/device.h &&
		$out -nt $BUILD/uapi/linux/gomalloc.h ]] ||
		step "compile ${source##*/}" "$BUILD/log/programs.log" \
			"$cc" "${flags[@]}" -o "$out" "$source" "$@"
}

step "compile tools" "$BUILD/log/programs.log" make -C "$ROOT/tools" CC="$cc" \
	O="$dir/tools" LDFLAGS=-static "$dir/tools/gomalloc" "$dir/tools/libgomalloc.a"
ln -f "$dir/tools/gomalloc" "$dir/gomalloc"
compile "$dir/gomalloc_user" "$ROOT/samples/gomalloc_user.c"
compile "$dir/gomalloc_map" "$ROOT/samples/gomalloc_map.c" -I"$ROOT/tools/lib" \
	"$dir/tools/libgomalloc.a"
if [[ $1 == check ]]; then
	source=$("$ROOT/scripts/kernel.sh" source-6.1)
	harness=(-I"$source/tools/testing/selftests" -D_GNU_SOURCE -Wno-sign-compare
		-Wno-unused-parameter -Wno-missing-field-initializers -pthread)
	for test in "$ROOT"/selftests/*_test.c; do
		name=$(basename "$test" .c)
		compile "$dir/$name" "$test" "${harness[@]}"
		[[ $cc == gcc-12 ]] || continue
		compile "$dir/${name}32" "$test" "${harness[@]}" -m32 -Wno-pointer-to-int-cast \
			-idirafter "/usr/include/$(gcc-12 -print-multiarch)"
	done
fi
echo "$dir"
