#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Print where herd7 is: out of the package of a newer Debian, which is kept in the
# cache together with the C library that it wants. Nothing is installed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

dir=$CACHE/herd7

# A program that runs herd7 by the C library beside it
write_program() {
	local new=$1 ld
	ld=$(cd "$new" && echo root/usr/lib/*/ld-linux-*.so.*)
	[[ -x $new/$ld ]] || die "no dynamic linker in the packages of herd7"
	cat >"$new/herd7" <<END
#!/bin/sh
exec "$dir/$ld" --library-path "$dir/${ld%/*}" "$dir/root/usr/bin/herd7" \\
	-set-libdir "$dir/root/usr/share/herdtools7/herd" "\$@"
END
	chmod +x "$new/herd7"
}

unpack() {
	local new=$1 deb
	mkdir -p "$new/root"
	dpkg-deb --fsys-tarfile "$(echo "$new"/deb/herdtools7_*.deb)" |
		tar -C "$new/root" -xf - ./usr/bin/herd7 ./usr/share/herdtools7/herd
	for deb in "$new"/deb/lib*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$new/root" -xf - ./usr/lib
	done
	rm -rf "$new/deb"
}

fetch() {
	local new=$dir.new
	[[ ! -x $dir/herd7 ]] || return 0
	need_space 300 "herd7"
	# Lists of its own: no one else needs those of that Debian
	CACHE=$CACHE/forky
	. "$ROOT/scripts/apt.sh"
	# Read by write_sources()
	# shellcheck disable=SC2034
	local apt_suite=forky
	apt_update
	rm -rf "$new"
	step "fetch herd7" "$BUILD/log/herd.log" \
		apt_fetch "$new/deb" herdtools7 libc6 libgmp10
	step "unpack herd7" "$BUILD/log/herd.log" unpack "$new"
	write_program "$new"
	rm -rf "$dir"
	mv "$new" "$dir"
}

with_lock herd fetch
echo "$dir/herd7"
