#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Print the folder of the modules that a kernel has, for a guest to load some of them:
# those of a stock kernel's package, fetched once and kept in the cache, or those that
# were built with it.
#
# Usage: kernel_modules.sh RIG   stock-6.1, stock-6.12 or drivers-7.3
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/apt.sh"

rig=$1
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
if [[ $rig != stock-* ]]; then
	readlink -f "$kernel/build"
	exit
fi
release=$(cat "$kernel/release")
dir=$CACHE/modules/$release

unpack() {
	local new=$dir.new
	rm -rf "$new"
	mkdir -p "$new"
	apt_fetch "$new/deb" "linux-image-$release"
	dpkg-deb --fsys-tarfile "$(echo "$new"/deb/*.deb)" |
		tar -C "$new" -xf - --wildcards './lib/modules/*' './usr/lib/modules/*' 2>/dev/null || true
	rm -rf "$new/deb"
	[[ ! -d $new/usr/lib/modules ]] || mv "$new/usr/lib" "$new/lib"
	[[ -d $new/lib/modules/$release/kernel ]] || die "linux-image-$release has no modules"
	mv "$new/lib/modules/$release" "$dir"
	rm -rf "$new"
}

fetch() {
	[[ ! -d $dir/kernel ]] || return 0
	need_space 600 "the modules of $release"
	apt_update
	step "fetch the modules of $release" "$BUILD/log/modules-of-$release.log" unpack
}

with_lock "modules-$release" fetch
echo "$dir"
