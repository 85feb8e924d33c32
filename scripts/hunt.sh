#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The last command of the leak hunt in Documentation/debugging.rst: the places that
# the guest has found in its list of leaks are lines of the driver's source, and the
# first of them is where what is lost was allocated. Prints KTAP.
#
# Usage: hunt.sh RIG LOG
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/guest/ktap.sh"

rig=$1 log=$2
module=$BUILD/modules/$rig/samples/gomalloc_leaky.ko
source=$ROOT/samples/gomalloc_leaky.c

# line_of PLACE: the text of that line
line_of() {
	local nr
	nr=$(gdb -batch -ex "info line *$1 - 1" "$module" 2>/dev/null |
		sed -n 's/^Line \([0-9]*\) of .*/\1/p')
	[[ ! $nr ]] || sed -n "${nr}p" "$source"
}

allocates() {
	grep -q gomalloc_heap_alloc <<<"$(line_of "$1")"
}

receives() {
	grep -q leaky_receive <<<"$(line_of "$1")"
}

mapfile -t places < <(tr -d '\r' <"$log" | sed -n 's/^hunted //p')
plan 2
check "the line that allocates is found: ${places[0]-none}" allocates "${places[0]-none}"
check "and the one that has it allocated: ${places[1]-none}" receives "${places[1]-none}"
exit "$rc"
