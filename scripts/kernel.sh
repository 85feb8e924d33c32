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
#   debug-ftrace-6.1  the same with functions that can be replaced, and modules for
#               scripts/everywhere_row.sh
#   release-7.3 built from Debian's source, configured as a distribution would
#   drivers-7.3 the same with modules for scripts/adopt.sh
#   uml-7.3     user-mode Linux, built from Debian's source and patches of ours
#   uml-profiled-7.3  the same with memory allocation profiling
#   kcsan-6.1   built from Debian's source, to find data races
#   arm64-4k-6.1, arm64-16k-7.3, arm64-64k-7.3  the same for 64-bit Arm, by the
#               size of pages
#   arm64-tags-6.1  the same with tagged pointers and at a random place
#   riscv64-6.1 the same for 64-bit RISC-V
#   source-6.12 the newest source of that version alone
#   source-of-stock-6.12  that which the kernel was made of
#
# What is built takes scripts/kernels/NAME.config and, if there are any, the patches
# NAME-*.patch there.
#
# GOMALLOC_REFRESH=1 looks for newer packages than those in the cache.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/apt.sh"

rig=${1-}
log=$BUILD/log

# unpack DEB DIR [MEMBER]
unpack() {
	dpkg-deb --fsys-tarfile "$1" | tar -C "$2" -xf - ${3:+"$3"}
}

# fetch_stock ARCH: of amd64, or rt-amd64
fetch_stock() {
	local arch=$1 new=$dir.new image headers deb
	need_space 400 "kernel $rig"
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
	# The packages name each other by absolute paths under /usr/src
	sed -i "s|^include /usr/src/|include $dir/root/usr/src/|" \
		"$new"/root/usr/src/linux-headers-*/Makefile
	rm -rf "$new/deb" "$dir"
	mv "$new" "$dir"
}

# The unpacked source of the version, in the cache
fetch_source() {
	local new=$source.new package=linux-source-$version${debian:+=$debian}
	[[ ! -d $source ]] || return 0
	need_space 3000 "the source of Linux $version"
	apt_update
	rm -rf "$new"
	mkdir -p "$new"
	step "fetch $package" "$log/source-$version.log" apt_fetch "$new" "$package"
	step "unpack linux-source-$version" "$log/source-$version.log" \
		unpack_source "$new"
	mv "$new/linux-source-$version" "$source"
	rm -rf "$new"
}

# The version of the package that a stock kernel is from, if the newest source is another
other_version() {
	local release debian
	release=$(cat "$("$0" "$1")/release")
	debian=$(apt-cache "${apt_options[@]}" show "linux-image-$release" | sed -n 's/^Version: //p' | head -n 1)
	[[ $debian ]] || die "the archive does not know linux-image-$release any more; GOMALLOC_REFRESH=1 scripts/kernel.sh $1"
	[[ ${debian%%-*} == "$(make -s -C "$source" kernelversion)" ]] || echo "$debian"
}

unpack_source() {
	dpkg-deb --fsys-tarfile "$(echo "$1"/*.deb)" |
		tar -xOf - "./usr/src/linux-source-$version.tar.xz" | tar -C "$1" -xJf -
}

# Each line of the fragments must survive: a lost checker finds nothing
configure() {
	local line missing=0
	"${make[@]}" allnoconfig
	"$source/scripts/kconfig/merge_config.sh" -m -O "$out" \
		"$out/.config" "${fragments[@]}"
	"${make[@]}" olddefconfig
	while read -r line; do
		grep -qxF -- "$line" "$out/.config" && continue
		echo "not taken: $line"
		missing=1
	done < <(grep -h '^CONFIG_' "${fragments[@]}")
	return $missing
}

# A tree of links to the source, in which the patches replace what they change:
# other kernels are built from that source, and know nothing of them
patch_source() {
	cp -al "$1" "$source"
	# As if it were in no repository, of which it would be the root then
	for patch in "${patches[@]}"; do
		GIT_CEILING_DIRECTORIES=$dir git -C "$source" apply "$patch"
	done
}

# build_source IMAGE TARGET [MAKEARG]...: the image, and modules to build against
build_source() {
	local image=$1 target=$2 out=$dir/out
	fetch_source
	need_space 1000 "kernel $rig"
	say "building kernel $rig, once: about five minutes"
	# In its place from the start: newer kernels remember where that was
	rm -rf "$dir"
	mkdir -p "$out"
	if ((${#patches[@]})); then
		local pristine=$source source=$dir/source
		step "patch $rig" "$log/patch-$rig.log" patch_source "$pristine"
	fi
	local make=(make -s -C "$source" O="$out" "${@:3}")
	step "configure $rig" "$log/configure-$rig.log" configure
	step "build $rig" "$log/build-$rig.log" \
		"${make[@]}" -j"$(nproc)" CC=gcc-12 HOSTCC=gcc-12 "${@:3}" "$target" modules
	"${make[@]}" kernelrelease >"$dir/release"
	# Object files of the kernel are of no more use
	find "$out" -name '*.[oa]' ! -path '*/scripts/*' ! -path '*/tools/*' -delete
	ln -s "out/$image" "$dir/image"
	ln -s out "$dir/build"
}

make_ready() {
	[[ ! -e $dir/image || ! -e $dir/build/Makefile || ! -s $dir/release ]] || return 0
	case $rig in
	stock-*-rt) fetch_stock rt-amd64 ;;
	stock-*) fetch_stock amd64 ;;
	uml-*) build_source linux linux ARCH=um ;;
	arm64-*) build_source arch/arm64/boot/Image Image "${ARM64[@]}" ;;
	riscv64-*) build_source arch/riscv/boot/Image Image "${RISCV64[@]}" ;;
	*) build_source arch/x86/boot/bzImage bzImage ;;
	esac
}

version=${rig##*-}
fragments=("$ROOT/scripts/kernels/${rig%-*}.config")
case $rig in
stock-6.1 | stock-6.12 | debug-6.1 | release-7.3 | uml-7.3 | kcsan-6.1 | riscv64-6.1 | source-*) ;;
drivers-7.3) fragments=("$ROOT/scripts/kernels/release.config" "${fragments[@]}") ;;
debug-ftrace-6.1) fragments=("$ROOT/scripts/kernels/debug.config" "${fragments[@]}") ;;
uml-profiled-7.3) fragments=("$ROOT/scripts/kernels/uml.config" "${fragments[@]}") ;;
stock-6.1-rt) version=6.1 ;;
arm64-4k-6.1 | arm64-16k-7.3 | arm64-64k-7.3 | arm64-tags-6.1) fragments=("$ROOT/scripts/kernels/arm64.config" "${fragments[@]}") ;;
*) die "no kernel '$rig'; there are stock-6.1 stock-6.1-rt stock-6.12 debug-6.1 debug-ftrace-6.1 release-7.3 drivers-7.3 uml-7.3 uml-profiled-7.3 kcsan-6.1 arm64-4k-6.1 arm64-16k-7.3 arm64-64k-7.3 arm64-tags-6.1 riscv64-6.1" ;;
esac
shopt -s nullglob
patches=("$ROOT/scripts/kernels/${rig%%-*}"-*.patch)
shopt -u nullglob
source=$CACHE/source/linux-$version
dir=$CACHE/kernels/$rig
debian=
case $rig in
source-*)
	with_lock source fetch_source
	if [[ $rig == source-of-* ]]; then
		debian=$(other_version "${rig#source-of-}")
		source+=${debian:+-$debian}
		with_lock source fetch_source
	fi
	echo "$source"
	exit
	;;
stock-*) ;;
# What is built depends on its configuration and its patches, too
*) dir+=-$(cat "${fragments[@]}" "${patches[@]}" | sha256sum | cut -c1-12) ;;
esac
[[ -z ${GOMALLOC_REFRESH-} ]] || rm -rf "$dir" "$APT_DIR/updated"
# Who has another configuration need not wait for the build of this one
with_lock "${dir##*/}" make_ready
echo "$dir"
