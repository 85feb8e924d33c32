#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Print where promtool is: out of Debian's package of Prometheus, which is kept in the
# cache. Nothing is installed: that package starts a server.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/apt.sh"

dir=$CACHE/promtool

unpack() {
	dpkg-deb --fsys-tarfile "$(echo "$1"/prometheus_*.deb)" |
		tar -C "$1" -xf - ./usr/bin/promtool
	mv "$1/usr/bin/promtool" "$1/promtool"
	rm -rf "${1:?}"/{usr,*.deb}
}

fetch() {
	local new=$dir.new
	[[ ! -x $dir/promtool ]] || return 0
	need_space 250 "promtool"
	apt_update
	rm -rf "$new"
	step "fetch promtool" "$BUILD/log/promtool.log" apt_fetch "$new" prometheus
	step "unpack promtool" "$BUILD/log/promtool.log" unpack "$new"
	rm -rf "$dir"
	mv "$new" "$dir"
}

with_lock promtool fetch
echo "$dir/promtool"
