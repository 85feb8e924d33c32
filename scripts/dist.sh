#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Make a tarball of what git knows, as it is in the folder, and print where it is.
# The same files give the same bytes, whatever their dates, the umask, the time
# zone: what tar would take from there is set. The date of all files is
# SOURCE_DATE_EPOCH, or that of the last commit.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

cd "$ROOT"
git rev-parse --git-dir >/dev/null 2>&1 ||
	die "make dist packs what git knows, and this is no clone; what it would make is what this was unpacked from"
version=$("$ROOT/scripts/version.sh")
name=gomalloc-$version
dist=$BUILD/dist
date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
unset XZ_OPT XZ_DEFAULTS TAR_OPTIONS
export LC_ALL=C
rm -rf "$dist"
mkdir -p "$dist/$name"
git ls-files -z | xargs -0 cp -P --parents -t "$dist/$name"
sed -i "s/#MODULE_VERSION#/$version/" "$dist/$name/dkms.conf"
# Names and no folders, which would have dates and modes, too
(cd "$dist" && find "$name" ! -type d -print0 | sort -z) |
	tar -C "$dist" --null --no-recursion -T - --format=ustar --mode=u=rwX,go=rX \
		--owner=0 --group=0 --numeric-owner --mtime="@$date" -cf - |
	xz -T1 -9 >"$dist/$name.tar.xz"
rm -rf "${dist:?}/$name"
echo "$dist/$name.tar.xz"
