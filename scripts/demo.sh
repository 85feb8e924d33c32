#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot a stock Debian kernel, load gomalloc, and let a kernel module and a
# program use it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rig=${RIG:-stock-6.1}
"$ROOT/scripts/deps.sh" demo
say "getting a kernel, building gomalloc"
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
modules=$("$ROOT/scripts/modules.sh" "$rig")
programs=$("$ROOT/scripts/programs.sh" demo)
"$ROOT/scripts/initramfs.sh" "$BUILD/demo.cpio" "$modules/gomalloc.ko" \
	"$modules/samples/gomalloc_client.ko" "$programs"/gomalloc{,_user,_map}
say "booting Linux $(cat "$kernel/release") in QEMU"
"$ROOT/scripts/qemu.sh" --show '^\| ' --log "$BUILD/log/demo.log" \
	--timeout 200 --append quiet "$kernel/image" "$BUILD/demo.cpio" demo
say "done; see README.md for what to do next, and make help"
