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
"$ROOT/scripts/initramfs.sh" "$BUILD/shell.cpio" "$modules/gomalloc.ko" \
	"$modules"/samples/*.ko "$modules"/bench/*.ko "$modules"/kunit/*.ko \
	"$programs/gomalloc_user"
say "Leave with 'poweroff -f', or with Ctrl-A X."
"$ROOT/scripts/qemu.sh" --interactive --append quiet "$kernel/image" \
	"$BUILD/shell.cpio" shell
