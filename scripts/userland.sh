#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Pack programs of Debian, with their libraries, for the root of a guest. They come
# from a folder in the cache that Debian's packages are unpacked to, and not from this
# machine.
#
# Usage: userland.sh OUT PACKAGES PROGRAM...   OUT is a tar; packages by commas
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/apt.sh"

out=$1 packages=$2
shift 2
dir=$CACHE/userland-$(sha256sum <<<"$packages" | cut -c1-12)

# Nothing of it is run here but the loader, to ask for libraries
unpack() {
	local code
	# shellcheck disable=SC1091
	code=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mmdebstrap --variant=extract --include="$packages" "$code" "$dir.new" \
		"deb $(archive_of "$code") $code main"
	mv "$dir.new" "$dir"
}

fetch() {
	[[ ! -d $dir ]] || return 0
	need_space 700 "the programs of $packages"
	rm -rf "$dir.new"
	step "unpack $packages" "$BUILD/log/userland.log" unpack
}

# The loader of that folder names the libraries, without a program being run
libraries() {
	local lib=$dir/usr/lib/x86_64-linux-gnu
	"$dir/lib64/ld-linux-x86-64.so.2" --library-path "$dir/lib/x86_64-linux-gnu:$lib" \
		--list "$1" | grep -oE "$dir/[^ ]+\.so[^ :]*"
}

# find_program NAME: its file
find_program() {
	local folder
	for folder in usr/sbin usr/bin sbin bin; do
		[[ ! -x $dir/$folder/$1 ]] || { echo "$dir/$folder/$1"; return; }
	done
	die "$1 is in none of $packages"
}

"$ROOT/scripts/deps.sh" try
with_lock userland fetch
files=()
for program; do
	files+=("$(find_program "$program")")
done
mapfile -t found < <(for file in "${files[@]}"; do libraries "$file"; done | sort -u)
# What the C library loads by itself when a thread is to end
[[ ! -e $dir/lib/x86_64-linux-gnu/libgcc_s.so.1 ]] || files+=("$dir/lib/x86_64-linux-gnu/libgcc_s.so.1")
# As they are named within the folder
files+=("${found[@]}" "$dir/lib64/ld-linux-x86-64.so.2")
mkdir -p "$(dirname "$out")"
# The guest's own /bin and /sbin are busybox's
tar -C "$dir" --dereference --transform 's,^s\?bin/,usr/&,' -cf "$out" "${files[@]#"$dir"/}"
