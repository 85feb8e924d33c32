#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Print the files that let bpftrace, trace-cmd and perf run in a guest of this
# machine's kind: Debian's programs, their libraries, and our scripts for bpftrace.
#
# Usage: listeners.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/deps.sh" trace
programs=()
for program in bpftrace trace-cmd perf; do
	programs+=("$(command -v "$program")") || die "no $program; run scripts/deps.sh trace"
done
{
	printf '%s\n' "${programs[@]}" "$ROOT"/tools/bpftrace/*.bt
	# The loader itself is named without an arrow
	ldd "${programs[@]}" | awk '$2 == "=>" { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }'
} | sort -u
