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
args=(-s LDFLAGS=-static)
if [[ $machine == "$(uname -m)" ]]; then
	args+=(CC=gcc-12 M32=1)
else
	dir+=-$machine
	args+=("CC=$machine-linux-gnu-gcc-12")
fi

step "compile tools" "$BUILD/log/programs.log" make -C "$ROOT/tools" "${args[@]}" \
	O="$dir" "$dir"/gomalloc{,_user,_map}
if [[ $1 == check ]]; then
	source=$("$ROOT/scripts/kernel.sh" source-6.1)
	step "compile tests" "$BUILD/log/programs.log" make -C "$ROOT/selftests" \
		"${args[@]}" -j"$(nproc)" KSRC="$source" OUTPUT="$dir" all
fi
echo "$dir"
