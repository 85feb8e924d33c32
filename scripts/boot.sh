#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot a rig, with all modules and programs there are for it, and run one of the
# scripts of scripts/guest in it. What is missing is built first. Exits with 2
# if that did not succeed, 1 if the run was no good.
#
# GOMALLOC_EXTRA is a file that the guest gets, too.
#
# Usage: boot.sh NAME RIG SCRIPT ARGS [OPTION]...   options of qemu.sh or uml.sh;
#                                   the console goes to build/log/NAME.log
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

name=$1 rig=$2 script=$3 args=$4
shift 4
kernel=$("$ROOT/scripts/kernel.sh" "$rig") || exit 2
dir=$("$ROOT/scripts/modules.sh" "$rig") || exit 2
log=$BUILD/log/$name.log
run=qemu.sh root=$BUILD/$rig.cpio
# Of KASAN all reports, not the first one alone
case $rig in
uml-*) run=uml.sh root=$BUILD/uml-root/ ;;
arm64-*) set -- --arm64 --quiet --mem 1024 --append kasan_multi_shot "$@" ;;
riscv64-*) set -- --riscv64 --quiet --mem 1024 "$@" ;;
debug-*) set -- --quiet --mem 1024 --append kasan_multi_shot "$@" ;;
kcsan-*) set -- --mem 1024 "$@" ;;
esac
machine=$(uname -m)
[[ $rig != arm64-* ]] || machine=aarch64
[[ $rig != riscv64-* ]] || machine=riscv64
programs=$("$ROOT/scripts/programs.sh" check "$machine") || exit 2
files=("$dir/gomalloc.ko" "$dir"/*/*.ko "$programs"/gomalloc{,_fuzz,_*_test*,_test*})
[[ -z ${GOMALLOC_EXTRA-} ]] || files+=("$GOMALLOC_EXTRA")
[[ ! -e $BUILD/recorded.txt ]] || files+=("$BUILD/recorded.txt")
# Of which the debuggers need the types
export GOMALLOC_KO=$dir/gomalloc.ko
[[ $script != trace ]] || files+=("$ROOT/Documentation/tracing.rst")
# A root of its own, which is large
if [[ $script == trace && $args != tracefs ]]; then
	listeners=$("$ROOT/scripts/listeners.sh") || exit 2
	mapfile -t -O "${#files[@]}" files <<<"$listeners"
	root=$BUILD/$rig-trace.cpio
	set -- --mem 2048 "$@"
fi
BUSYBOX=$("$ROOT/scripts/busybox.sh" "$machine") || exit 2
export BUSYBOX
"$ROOT/scripts/initramfs.sh" "$root" "${files[@]}" || exit 2
# Arguments are meant to split
# shellcheck disable=SC2086
"$ROOT/scripts/$run" --log "$log" "$@" "$kernel/image" "${root%/}" "$script" $args
