#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Install what the build and the tests need and the machine lacks, from its own
# package archive. No kernel image is installed and no configuration changed.
#
# Usage: deps.sh demo|check|bench|matrix|docs|fuzz|host|trace|deb|packages|try
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

demo=(gcc-12 libc6-dev make python3 busybox-static cpio qemu-system-x86
	xz-utils zstd kmod libelf1 git)
check=("${demo[@]}" bc bison flex libelf-dev libssl-dev pahole perl
	shellcheck sparse spin gcc-12-multilib mandoc python3-drgn gdb
	chromium)
bench=("${check[@]}" gnuplot-nox)
matrix=("${check[@]}" gcc-12-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm
	gcc-12-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-system-misc opensbi)
fuzz=(make clang libclang-rt-14-dev libc6-dev)
host=(gcc-12 libc6-dev make python3 golang-go libjemalloc2 libmimalloc2.0
	libtcmalloc-minimal4)
trace=(bpftrace trace-cmd linux-perf)
try=("${demo[@]}" binutils mmdebstrap)
deb=(git build-essential debhelper dh-dkms lintian linux-kbuild-6.1 python3-sphinx xz-utils)
packages=("${deb[@]}" mmdebstrap cpio uidmap)
docs=(git perl python3 python3-sphinx xz-utils)

installed() {
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "not root and no sudo: install ${missing[*]} and try again"
	fi
}

install() {
	export DEBIAN_FRONTEND=noninteractive
	as_root apt-get update || return
	as_root apt-get install -y --no-install-recommends "${missing[@]}"
}

case ${1-} in
demo) wanted=("${demo[@]}") ;;
check) wanted=("${check[@]}") ;;
bench) wanted=("${bench[@]}") ;;
matrix) wanted=("${matrix[@]}") ;;
docs) wanted=("${docs[@]}") ;;
fuzz) wanted=("${fuzz[@]}") ;;
host) wanted=("${host[@]}") ;;
trace) wanted=("${trace[@]}") ;;
try) wanted=("${try[@]}") ;;
deb) wanted=("${deb[@]}") ;;
packages) wanted=("${packages[@]}") ;;
*) die "usage: deps.sh demo|check|bench|matrix|docs|fuzz|host|trace|deb|packages|try" ;;
esac

command -v dpkg-query >/dev/null ||
	die "this is not Debian; install by hand: ${wanted[*]}"
missing=()
for package in "${wanted[@]}"; do
	installed "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0
say "installing Debian packages: ${missing[*]}"
step "install packages" "$BUILD/log/deps.log" install
