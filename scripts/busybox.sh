#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Print where the busybox of a machine is: this one's, or out of the package for
# another, which is kept in the cache.
#
# Usage: busybox.sh x86_64|aarch64|riscv64
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# The newest package may have it elsewhere
program() {
	find "$dir" -name busybox -type f -perm -u+x 2>/dev/null
}

# fetch ARCH [SUITE]
fetch() {
	local arch=$1 deb=$dir.deb
	[[ -z $(program) ]] || return 0
	# Lists of its own: few need those of another machine
	CACHE=$CACHE/$arch
	. "$ROOT/scripts/apt.sh"
	# Read by write_sources()
	# shellcheck disable=SC2034
	local apt_suite=${2-}
	apt_options+=(-o "APT::Architectures=$arch" -o "APT::Architecture=$arch")
	apt_update
	rm -rf "$dir" "$deb"
	step "fetch busybox for $arch" "$BUILD/log/busybox.log" \
		apt_fetch "$deb" "busybox-static:$arch"
	mkdir -p "$dir"
	dpkg-deb -x "$deb"/busybox-static_*.deb "$dir"
	rm -rf "$deb"
}

# another ARCH [SUITE]
another() {
	dir=$CACHE/busybox-$1
	with_lock busybox fetch "$@"
	program
}

case $1 in
"$(uname -m)")
	command -v busybox || die "no busybox; run scripts/deps.sh demo"
	;;
aarch64) another arm64 ;;
# Debian 12 is not for this one
riscv64) another riscv64 trixie ;;
*) die "no busybox for $1" ;;
esac
