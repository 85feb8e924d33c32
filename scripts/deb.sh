#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Make Debian packages of the tarball that dist.sh makes, in build/deb, source
# included, and let lintian look at them: an error of it is one of this script.
# Nothing is installed but what they are made with, and no signature is asked for.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/deps.sh" deb
version=$("$ROOT/scripts/version.sh")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
tarball=$("$ROOT/scripts/dist.sh")
deb=$BUILD/deb
source=$deb/gomalloc-$version
rm -rf "$deb"
mkdir -p "$deb"
cp "$tarball" "$deb/gomalloc_$version.orig.tar.xz"
tar -C "$deb" -xJf "$tarball"

# The only entry: what changed is in CHANGELOG.md, which is installed, too
cat >"$source/debian/changelog" <<END
gomalloc ($version-1) unstable; urgency=medium

  * Packages of gomalloc $version; what changed is in its CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' "$source/debian/control")  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END

build() {
	cd "$source"
	# As on a machine of its own, not with what make was told here
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u O -u PREFIX -u DESTDIR -u CC -u CFLAGS -u LDFLAGS \
		dpkg-buildpackage --no-sign
}

# Fails at an error; what else it says is in the log
look() {
	lintian --fail-on error --suppress-tags initial-upload-closes-no-bugs \
		"$deb"/*.changes
}

step "build packages" "$BUILD/log/deb.log" build
rm -rf "$source"
step "lintian" "$BUILD/log/lintian.log" look
echo "$deb"/*.deb
