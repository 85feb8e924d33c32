#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The stress module for long: random operations of all sizes in all contexts on
# the debug kernel, four CPUs on two nodes, with every page accounted for.
#
# Usage: soak.sh OPERATIONS
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

ops=${1:-10000000}
rig=${RIG:-debug-6.1}
"$ROOT/scripts/deps.sh" check
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
modules=$("$ROOT/scripts/modules.sh" "$rig")
"$ROOT/scripts/initramfs.sh" "$BUILD/soak.cpio" "$modules/gomalloc.ko" \
	"$modules/kunit/gomalloc_stress.ko"
"$ROOT/scripts/qemu.sh" --smp "${CPUS:-4}" --numa --mem 1024 --quiet --timeout 7200 \
	--log "$BUILD/log/soak.log" "$kernel/image" "$BUILD/soak.cpio" \
	stress "ops=$ops"
tr -d '\r' <"$BUILD/log/soak.log" | sed 's/^\[[ 0-9.]*\] //' |
	grep -E '^gomalloc_(stress|memory)' | tail -n 8
