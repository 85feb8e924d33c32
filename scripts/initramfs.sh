#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Pack a root file system for the guest: busybox, our init, and the files that
# are named; of one with an @ before it, an archive, what is in it.
#
# Usage: initramfs.sh OUT FILE...   a cpio archive, or with OUT ending in /
#                                   the folder itself, for user-mode Linux
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$1
shift
files=() archives=()
for file; do
	if [[ $file == @* ]]; then
		archives+=("${file#@}")
	else
		files+=("$file")
	fi
done
if [[ $out == */ ]]; then
	root=${out%/}
else
	root=$(mktemp -d)
	trap 'rm -rf "$root"' EXIT
fi

# BUSYBOX is that of another machine; it has the applets of this one's
here=$(command -v busybox) || die "no busybox; run scripts/deps.sh demo"
busybox=${BUSYBOX:-$here}
mkdir -p "$root"/{bin,dev,proc,sys,tmp,gomalloc}
chmod 755 "$root"
rm -f "$root"/gomalloc/*
cp "$busybox" "$root/bin/busybox"
for applet in $("$here" --list); do
	[[ $applet == busybox ]] || ln -sf busybox "$root/bin/$applet"
done
ln -sfn bin "$root/sbin"
cp "$ROOT"/scripts/guest/init "$root/init"
cp "$ROOT"/scripts/guest/*.sh "${files[@]}" "$root/gomalloc"
for file in "${archives[@]}"; do
	tar -C "$root" -xf "$file"
done
chmod +x "$root/init"
[[ $out == */ ]] && exit
mkdir -p "$(dirname "$out")"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$out"
