#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Build tests of the kernel's own twice, for kmalloc() and, with
# <linux/gomalloc_kmalloc.h>, for gomalloc, and print the name of an archive of both for
# a guest, with an @ before it. scripts/guest/kernel_tests.sh runs them.
#
# Usage: kernel_tests.sh RIG   debug-6.1, stock-6.1, stock-6.12 or uml-7.3
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rig=$1
kernel=$("$ROOT/scripts/kernel.sh" "$rig")
version=${rig##*-}
[[ $rig != stock-* ]] || version=of-$rig
source=$("$ROOT/scripts/kernel.sh" "source-$version")
gomalloc=$("$ROOT/scripts/modules.sh" "$rig")
dir=$BUILD/kernel-tests/$rig
log=$BUILD/log/kernel-tests-$rig
args=(-C "$kernel/build" CC=gcc-12)
# What there is of a test depends on what the kernel was built with
case $rig in
debug-*)
	tests=(kasan_reports kasan/kasan_test kasan/kasan_test_module slub_kunit lkdtm test_meminit)
	args+=(CFLAGS_MODULE=-DCONFIG_KASAN_KUNIT_TEST_MODULE)
	;;
stock-*) tests=(lkdtm test_meminit) ;;
uml-*)
	tests=(fortify_kunit slub_kunit lkdtm test_meminit)
	args+=(ARCH=um)
	;;
*) die "kernel_tests.sh: RIG is debug-6.1, stock-6.1, stock-6.12 or uml-7.3" ;;
esac

# Of 7.3 some are elsewhere
first() {
	local file
	for file; do
		[[ ! -e $source/$file ]] || { echo "$source/$file" && return; }
	done
	die "no $1 in the source of Linux ${rig##*-}"
}

copy() {
	rm -rf "${dir:?}/$1"
	mkdir -p "$dir/$1"
	cp "$ROOT"/scripts/kernel_tests/{Kbuild,*.c} "$dir/$1"
	cp -RpL "$source/mm/kasan" "$dir/$1"
	cp -pL "$source"/drivers/misc/lkdtm/{core.c,heap.c,usercopy.c,fortify.c,lkdtm.h} \
		"$source/mm/slab.h" "$source/lib/test_meminit.c" "$dir/$1"
	cp -pL "$(first lib/fortify_kunit.c lib/tests/fortify_kunit.c)" \
		"$(first lib/slub_kunit.c lib/tests/slub_kunit.c)" "$dir/$1"
	# Of LKDTM what has to do with kmalloc(); another part wants more of a kernel than
	# one without LKDTM has for modules
	sed -i -E '/&(bugs|perms|refcount|stackleak|cfi|powerpc)_crashtypes,$/d
		/lkdtm_(bugs|perms)_init\(/d' "$dir/$1/core.c"
}

# compile HOW [ARG]...
compile() {
	local how=$1
	shift
	copy "$how"
	make -s "${args[@]}" M="$dir/$how" TESTS="${tests[*]}" -j"$(nproc)" "$@" modules
}

build() {
	compile kmalloc
	compile gomalloc KBUILD_EXTRA_SYMBOLS="$gomalloc/Module.symvers" \
		KCFLAGS="-include $ROOT/include/linux/gomalloc_kmalloc.h -I$ROOT/include"
}

pack() {
	local how
	rm -rf "$dir/root"
	for how in kmalloc gomalloc; do
		mkdir -p "$dir/root/kernel_tests/$how"
		find "$dir/$how" -name '*.ko' -exec cp -t "$dir/root/kernel_tests/$how" {} +
	done
	# What is to be seen of each of LKDTM's triggers
	cp "$source/tools/testing/selftests/lkdtm/tests.txt" "$dir/root/kernel_tests/lkdtm"
	awk -F'\t' -v rig="$rig" '!/^#/ && rig ~ "^(" $1 ")$"' "$ROOT/scripts/kernel_tests/differs" \
		>"$dir/root/kernel_tests/differs"
	tar -C "$dir/root" -cf "$dir/tests.tar" kernel_tests
}

step "build the kernel's tests for $rig" "$log-build.log" build
pack
echo "@$dir/tests.tar"
