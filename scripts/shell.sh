#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# A prompt in the virtual machine, with gomalloc loaded.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rig=${RIG:-stock-6.1}
"$ROOT/scripts/deps.sh" demo
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
modules=$("$ROOT/scripts/modules.sh" "$rig")
programs=$("$ROOT/scripts/programs.sh" demo)
xz -dc "$ROOT/bench/traces/recorded.txt.xz" >"$BUILD/recorded.txt"
"$ROOT/scripts/initramfs.sh" "$BUILD/shell.cpio" "$modules/gomalloc.ko" \
	"$modules"/samples/*.ko "$modules"/bench/*.ko "$modules"/kunit/*.ko \
	"$programs"/gomalloc{,_user,_map} "$BUILD/recorded.txt"
say "Leave with 'poweroff -f', or with Ctrl-A X."
"$ROOT/scripts/qemu.sh" --interactive --append quiet "$kernel/image" \
	"$BUILD/shell.cpio" shell
