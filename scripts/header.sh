#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Compile what Debian builds as modules, with <linux/gomalloc_kmalloc.h> and W=1, and
# compare what the compiler says with what it says without. Prints KTAP: a test for
# each folder, which fails if an object does not compile with the header and does
# without, or has a warning more. build/header/VERSION has what was said, by object.
#
# Usage: header.sh VERSION [FOLDER]...
#        header.sh --planted
#     VERSION: 6.1, 6.12 or 7.3
#     FOLDER: of the kernel's source; if there is none, drivers/misc, those of e1000 and
#         e1000e, net/sched and fs
#     --planted: test this: a header that warns and one that is wrong have to be found
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/apt.sh"

# plant WORD LINE: a header with one line more, of which WORD has to be said
plant() {
	local dir=$BUILD/header-planted/$1
	mkdir -p "$dir"
	sed "s|^#include <linux/version.h>|&\n$2|" \
		"$ROOT/include/linux/gomalloc_kmalloc.h" >"$dir/gomalloc_kmalloc.h"
	GOMALLOC_HEADER=$dir/gomalloc_kmalloc.h "$0" 6.1 drivers/net/ethernet/intel/e1000 \
		>"$dir/ktap" || true
	grep -qE "^not ok 1 .*: [1-9][0-9]* objects, .* $3\$" "$dir/ktap"
}

if [[ $1 == --planted ]]; then
	printf 'KTAP version 1\n1..2\n'
	plant warning 'static void planted(void) {}' '[1-9][0-9]* with more, 0 that do not compile' ||
		printf 'not '
	echo 'ok 1 a warning that is the header'"'"'s is found'
	plant error '#error planted' '[1-9][0-9]* that do not compile' ||
		printf 'not '
	echo 'ok 2 so is code that does not compile with it'
	exit
fi

version=$1
shift
folders=("$@")
((${#folders[@]})) || folders=(drivers/misc drivers/net/ethernet/intel/e1000
	drivers/net/ethernet/intel/e1000e net/sched fs)
header=${GOMALLOC_HEADER:-$ROOT/include/linux/gomalloc_kmalloc.h}
tree=$CACHE/trees/linux-$version
log=$BUILD/log/header-$version
jobs=${GOMALLOC_JOBS:-$(nproc)}

# The configuration of Debian's kernel, out of its package where there is no rig of it
config() {
	case $version in
	7.3)
		apt_update
		rm -rf "$1"
		apt_fetch "$1" "$(apt_find 'linux-headers-7\.3\..*-amd64' linux-headers-amd64)"
		dpkg-deb --fsys-tarfile "$(echo "$1"/linux-headers-*.deb)" | tar -C "$1" -xf -
		cat "$1"/usr/src/linux-headers-7.3*-amd64/.config
		;;
	*) cat "$("$ROOT/scripts/kernel.sh" "stock-$version")/build/.config" ;;
	esac
}

# Its source as links, so that what is built there is not in the source of others
make_tree() {
	local source new=$tree.new
	source=$("$ROOT/scripts/kernel.sh" "source-$version")
	rm -rf "$new"
	mkdir -p "${tree%/*}"
	cp -al "$source" "$new"
	config "$new.deb" >"$new.config"
	mv "$new.config" "$new/.config"
	rm -rf "$new.deb"
	# Of no use here, and they take time
	"$new/scripts/config" --file "$new/.config" -e DEBUG_INFO_NONE \
		-d DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT -d DEBUG_INFO_BTF \
		-d MODULE_SIG -d RUST -d GCC_PLUGINS
	make -s -C "$new" CC=gcc-12 HOSTCC=gcc-12 olddefconfig
	make -s -C "$new" CC=gcc-12 HOSTCC=gcc-12 -j"$jobs" modules_prepare
	mv "$new" "$tree"
}

prepare() {
	[[ ! -d $tree ]] || return 0
	need_space 1000 "a tree of Linux $version"
	step "prepare a tree of Linux $version" "$log-tree.log" make_tree
}

# Behind all folders of the module's own, whose headers may have names that ours have
export GOMALLOC_INCLUDE=-idirafter$ROOT/include

# build FOLDER: what is no module scripts/header_cc.sh leaves out
build() {
	make -s -k -C "$tree" M="$1" CC="$ROOT/scripts/header_cc.sh" HOSTCC=gcc-12 \
		W=1 cmd_checkdoc= KBUILD_MODPOST_WARN=1 KBUILD_MODPOST_NOFINAL=1 \
		KCFLAGS="-include $header $GOMALLOC_INCLUDE" -j"$jobs" modules || true
}

# said WORD: objects of which the compiler wrapper says so
said() {
	grep -lx "$1" "$GOMALLOC_SAID"/* 2>/dev/null | wc -l || true
}

# report NUMBER FOLDER: a line of KTAP, and what is wrong
report() {
	local clean same more breaks name
	clean=$(said clean) same=$(said same) more=$(said more) breaks=$(said breaks)
	local ok="not ok"
	((more + breaks > 0 || clean + same == 0)) || ok=ok
	echo "$ok $1 $2 of Linux $version: $((clean + same + more + breaks)) objects, $same with warnings of their own, $more with more, $breaks that do not compile"
	grep -lxE 'more|breaks' "$GOMALLOC_SAID"/* 2>/dev/null | while read -r name; do
		echo "# ${name##*/}"
		sed 1d "$name" | grep -E 'warning:|error:' | head -n 5 | sed 's/^/#   /'
	done || true
}

with_lock "tree-$version" prepare
echo "KTAP version 1"
echo "1..${#folders[@]}"
number=0
for folder in "${folders[@]}"; do
	number=$((number + 1))
	export GOMALLOC_SAID=$BUILD/header/$version/${folder//\//-}
	rm -rf "$GOMALLOC_SAID"
	mkdir -p "$GOMALLOC_SAID"
	find "$tree/$folder" -name '*.o' ! -path '*/tools/*' -delete
	with_lock "tree-$version" step "compile $folder of Linux $version" \
		"$log-${folder//\//-}.log" build "$folder"
	report "$number" "$folder"
done
