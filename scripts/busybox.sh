#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Print where the busybox of a machine is: this one's, or out of the package for
# another, which is kept in the cache.
#
# Usage: busybox.sh x86_64|aarch64
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

fetch() {
	local dir=$CACHE/busybox-arm64 deb=$CACHE/busybox-arm64.deb
	[[ ! -x $dir/bin/busybox ]] || return 0
	# Lists of its own: few need those of another machine
	CACHE=$CACHE/arm64
	. "$ROOT/scripts/apt.sh"
	apt_options+=(-o "APT::Architectures::=amd64" -o "APT::Architectures::=arm64")
	apt_update
	rm -rf "$dir" "$deb"
	step "fetch busybox for arm64" "$BUILD/log/busybox.log" \
		apt_fetch "$deb" busybox-static:arm64
	mkdir -p "$dir"
	dpkg-deb -x "$deb"/busybox-static_*.deb "$dir"
	rm -rf "$deb"
}

case $1 in
"$(uname -m)")
	command -v busybox || die "no busybox; run scripts/deps.sh demo"
	;;
aarch64)
	with_lock busybox fetch
	echo "$CACHE/busybox-arm64/bin/busybox"
	;;
*) die "no busybox for $1" ;;
esac
