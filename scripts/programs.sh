#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the programs that run in the guest, static, and print their folder.
#
# Usage: programs.sh demo|check
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

dir=$BUILD/programs
flags=(-static -O2 -Wall -Wextra -Werror -I"$BUILD/uapi")
mkdir -p "$dir" "$BUILD/uapi/linux"
cp -pu "$ROOT/include/uapi/linux/gomalloc.h" "$BUILD/uapi/linux"

# compile OUT SOURCE [FLAG]...
compile() {
	local out=$1 source=$2
	shift 2
	[[ $out -nt $source && $out -nt $BUILD/uapi/linux/gomalloc.h ]] ||
		step "compile ${source##*/}" "$BUILD/log/programs.log" \
			gcc-12 "${flags[@]}" "$@" -o "$out" "$source"
}

compile "$dir/gomalloc_user" "$ROOT/samples/gomalloc_user.c"
if [[ $1 == check ]]; then
	source=$("$ROOT/scripts/kernel.sh" source-6.1)
	for test in gomalloc_test gomalloc_limit_test gomalloc_pressure_test; do
		compile "$dir/$test" "$ROOT/selftests/$test.c" \
			-I"$source/tools/testing/selftests" -D_GNU_SOURCE \
			-Wno-sign-compare -Wno-unused-parameter -Wno-missing-field-initializers -pthread
	done
fi
echo "$dir"
