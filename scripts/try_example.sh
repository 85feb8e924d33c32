#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# "make try" as Documentation/porting.rst has it: the table of the example driver names
# the lines of its three mistakes, and nothing else. Prints KTAP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/guest/ktap.sh"

why=$BUILD/log/try-example.log
table=$BUILD/try/stock-6.1-porting/table
rm -f "$table"
TRY=once make -s -C "$ROOT" try M=samples/porting WORKLOAD=samples/porting/workload.sh \
	>"$why" 2>&1 || true
touch "$table"

# named PATTERN TEXT: there is one such line, and that line of the source has the text
named() {
	local found line
	found=$(grep -E "$1" "$table") && [[ $(wc -l <<<"$found") == 1 ]] || return
	line=$(grep -oE 'gauge\.c:[0-9]+' <<<"$found" | head -n 1)
	sed -n "${line#*:}p" "$ROOT/samples/porting/gauge.c" | grep -qF "$2"
}
says() { grep -qE "$1" "$table"; }

plan 7
check "it passes on gomalloc" says '^passed .* yes *$'
check "the double free is named" named '^misuse: double free:' 'kfree(r->text)'
check "the leak is named" named '^leak: 20 objects, 320 bytes:' 'kmalloc(sizeof(*r)'
check "and what hangs on it" named '^leak: 20 objects, 367 bytes:' kasprintf
check "what the kernel frees is named" named '^freed by the kernel: device_release' kzalloc
check "and what to do about it" says 'kernel_kmalloc\(\)'
check "nothing else is wrong" [ "$(grep -cE '^(misuse|leak|freed)' "$table")" = 4 ]
exit "$rc"
