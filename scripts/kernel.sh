#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Make a kernel ready in the cache and print its folder, which holds
#
#   image    what QEMU boots, or the program of user-mode Linux
#   build    what modules are built against
#   release  its name
#
# Usage: kernel.sh RIG
#   stock-6.1   Debian's kernel, out of its package
#   stock-6.1-rt  the same with PREEMPT_RT
#   stock-6.12  the same, from backports
#   debug-6.1   built from Debian's source with every checker
#   release-7.3 built from Debian's source, configured as a distribution would
#   uml-7.3     user-mode Linux, built from Debian's source
#   kcsan-6.1   built from Debian's source, to find data races
#   arm64-4k-6.1, arm64-64k-7.3  the same for 64-bit Arm, by the size of pages
#
# GOMALLOC_REFRESH=1 looks for newer packages than those in the cache.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/apt.sh"

rig=${1-}
log=$BUILD/log
jobs=$(nproc)

# unpack DEB DIR [MEMBER]
unpack() {
	dpkg-deb --fsys-tarfile "$1" | tar -C "$2" -xf - ${3:+"$3"}
}

# The packages name each other by absolute paths under /usr/src
relocate() {
	local dir=$1 file
	for file in "$dir"/root/usr/src/linux-headers-*/Makefile; do
		sed -i "s|^include /usr/src/|include $2/root/usr/src/|" "$file"
	done
}

# fetch_stock VERSION DIR ARCH: of amd64, or rt-amd64
fetch_stock() {
	local version=$1 dir=$2 arch=$3 new=$2.new image headers deb
	apt_update
	image=$(apt_find "linux-image-${version//./\\.}\.[0-9].*-$arch" "linux-image-$arch")
	headers=$(apt_find "linux-headers-${version//./\\.}\.[0-9].*-$arch" "linux-headers-$arch")
	[[ -n $image && ${image#linux-image-} == "${headers#linux-headers-}" ]] ||
		die "no package of Linux $version with its headers in the archive (image '$image', headers '$headers')"
	rm -rf "$new"
	mkdir -p "$new/root"
	local common=${headers%-"$arch"}-common kbuild
	[[ $arch == amd64 ]] || common+=-${arch%-amd64}
	kbuild=$(apt-cache "${apt_options[@]}" depends "$headers" |
		awk '$2 ~ /^linux-kbuild-/ { print $2; exit }')
	step "fetch $image" "$log/fetch-$version.log" \
		apt_fetch "$new/deb" "$image" "$headers" "$common" "$kbuild"
	for deb in "$new"/deb/linux-{headers,kbuild}-*.deb; do
		unpack "$deb" "$new/root"
	done
	unpack "$(echo "$new"/deb/linux-image-*.deb)" "$new/root" \
		"./boot/vmlinuz-${image#linux-image-}"
	ln -s "root/boot/vmlinuz-${image#linux-image-}" "$new/image"
	ln -s "root/usr/src/$headers" "$new/build"
	echo "${image#linux-image-}" >"$new/release"
	relocate "$new" "$dir"
	rm -rf "$new/deb" "$dir"
	mv "$new" "$dir"
}

# The unpacked source of a version, in the cache
fetch_source() {
	local version=$1 dir=$CACHE/source/linux-$1 new=$CACHE/source/linux-$1.new
	[[ ! -d $dir ]] || return 0
	need_space 3000 "the source of Linux $version"
	apt_update
	rm -rf "$new"
	mkdir -p "$new"
	step "fetch linux-source-$version" "$log/source-$version.log" \
		apt_fetch "$new" "linux-source-$version"
	step "unpack linux-source-$version" "$log/source-$version.log" \
		unpack_source "$version" "$new"
	mv "$new/linux-source-$version" "$dir"
	rm -rf "$new"
}

unpack_source() {
	dpkg-deb --fsys-tarfile "$(echo "$2"/*.deb)" |
		tar -xOf - "./usr/src/linux-source-$1.tar.xz" | tar -C "$2" -xJf -
}

# Each line of the fragments must survive: a lost checker finds nothing
configure() {
	local source=$1 out=$2 names=$3 line missing=0
	local -a fragments
	read -ra fragments < <(fragments_of "$names")
	shift 3
	make -s -C "$source" O="$out" "$@" allnoconfig
	"$source/scripts/kconfig/merge_config.sh" -m -O "$out" \
		"$out/.config" "${fragments[@]}"
	make -s -C "$source" O="$out" "$@" olddefconfig
	while read -r line; do
		grep -qxF -- "$line" "$out/.config" && continue
		echo "not taken: $line"
		missing=1
	done < <(grep -h '^CONFIG_' "${fragments[@]}")
	return $missing
}

# build_source NAMES VERSION DIR IMAGE TARGETS MAKEARGS...
build_source() {
	local names=$1 version=$2 dir=$3 image=$4 targets=$5
	local source=$CACHE/source/linux-$version out=$dir/out
	shift 5
	fetch_source "$version"
	need_space 1000 "kernel $rig"
	say "building kernel $rig, once: about five minutes"
	# In its place from the start: newer kernels remember where that was
	rm -rf "$dir"
	mkdir -p "$out"
	step "configure $rig" "$log/configure-$rig.log" \
		configure "$source" "$out" "$names" "$@"
	# The list of targets is meant to split
	# shellcheck disable=SC2086
	step "build $rig" "$log/build-$rig.log" \
		make -s -C "$source" O="$out" -j"$jobs" CC=gcc-12 HOSTCC=gcc-12 "$@" $targets
	make -s -C "$source" O="$out" "$@" kernelrelease >"$dir/release"
	# Object files of the kernel are of no more use
	find "$dir/out" -name '*.[oa]' ! -path '*/scripts/*' ! -path '*/tools/*' -delete
	ln -s "out/$image" "$dir/image"
	ln -s out "$dir/build"
}

# fragments_of NAMES: their files, in one line
fragments_of() {
	local name
	for name in $1; do
		printf '%s ' "$ROOT/scripts/kernels/$name.config"
	done
	echo
}

# What the build depends on beside the version
key_of() {
	local -a fragments
	read -ra fragments < <(fragments_of "$1")
	cat "${fragments[@]}" | sha256sum | cut -c1-12
}

ready() {
	[[ -e $1/image && -e $1/build/Makefile && -s $1/release ]]
}

make_ready() {
	case $rig in
	stock-*-rt)
		need_space 400 "kernel $rig"
		version=${rig#stock-}
		fetch_stock "${version%-rt}" "$dir" rt-amd64
		;;
	stock-*)
		need_space 400 "kernel $rig"
		fetch_stock "${rig#stock-}" "$dir" amd64
		;;
	debug-6.1)
		build_source debug 6.1 "$dir" arch/x86/boot/bzImage "bzImage modules"
		;;
	release-7.3)
		build_source release 7.3 "$dir" arch/x86/boot/bzImage "bzImage modules"
		;;
	uml-7.3)
		build_source uml 7.3 "$dir" linux "linux modules" ARCH=um
		;;
	kcsan-6.1)
		build_source kcsan 6.1 "$dir" arch/x86/boot/bzImage "bzImage modules"
		;;
	arm64-*)
		build_source "arm64 ${rig%-*}" "${rig##*-}" "$dir" \
			arch/arm64/boot/Image "Image modules" "${ARM64[@]}"
		;;
	esac
}

make_ready_once() {
	ready "$dir" || make_ready
}

case $rig in
stock-6.1 | stock-6.1-rt | stock-6.12) dir=$CACHE/kernels/$rig ;;
debug-6.1) dir=$CACHE/kernels/$rig-$(key_of debug) ;;
release-7.3) dir=$CACHE/kernels/$rig-$(key_of release) ;;
uml-7.3) dir=$CACHE/kernels/$rig-$(key_of uml) ;;
kcsan-6.1) dir=$CACHE/kernels/$rig-$(key_of kcsan) ;;
arm64-4k-6.1 | arm64-64k-7.3) dir=$CACHE/kernels/$rig-$(key_of "arm64 ${rig%-*}") ;;
source-*) with_lock source fetch_source "${rig#source-}"
	echo "$CACHE/source/linux-${rig#source-}"
	exit ;;
*) die "no kernel '$rig'; there are stock-6.1 stock-6.1-rt stock-6.12 debug-6.1 release-7.3 uml-7.3 kcsan-6.1 arm64-4k-6.1 arm64-64k-7.3" ;;
esac
[[ -z ${GOMALLOC_REFRESH-} ]] || rm -rf "$dir" "$APT_DIR/updated"
with_lock "$rig" make_ready_once
echo "$dir"
