#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Make the pictures of the README, in Documentation/pictures, from a run in a guest.
#
# Usage: pictures.sh [LOG]    of a run of guest/heaps.sh that there is already
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

log=${1-}
"$ROOT/scripts/deps.sh" check
if [[ ! $log ]]; then
	log=$BUILD/log/pictures.log
	xz -dc "$ROOT/bench/traces/recorded.txt.xz" >"$BUILD/recorded.txt"
	"$ROOT/scripts/boot.sh" pictures stock-6.1 heaps ""
fi
"$ROOT/scripts/pictures.py" "$log" "$ROOT/Documentation/pictures"
