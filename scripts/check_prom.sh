#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Is what a guest printed for Prometheus what promtool takes? Prints KTAP.
#
# Usage: check_prom.sh LOG    whose lines "prom: ..." are those of guest/command.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/guest/ktap.sh
. "$ROOT/scripts/guest/ktap.sh"

promtool=$("$ROOT/scripts/promtool.sh")
text=$BUILD/log/check_prom.txt
why=$BUILD/log/check_prom.out
sed -nE 's/^(\[[ 0-9.]*\] )?prom: //p' "$1" | tr -d '\r' >"$text"

takes() { "$promtool" check metrics <"$text" >"$why" 2>&1; }
# With a name that is not quoted as it should be
refuses() { ! sed 's/name="client"/name="cli"ent"/' "$text" | "$promtool" check metrics >"$why" 2>&1; }
# counts PATTERN LEAST: so many lines have that
counts() {
	grep -cE "$1" "$text" >"$why" || true
	(($(<"$why") >= $2))
}

plan 6
check "promtool takes it" takes
check "and not what is broken" refuses
check "each heap is told" counts '^gomalloc_held_bytes\{id="[0-9]+",name="[^"]+",owner="[^"]+"\} [0-9]+$' 3
check "what only grows is a counter" counts '^# TYPE gomalloc_[a-z_]+_total counter$' 8
check "classes are told" counts '^gomalloc_class_objects\{.*name="client",.*,class="[0-9]+",size="[0-9]+"\} [0-9]+$' 5
check "and nodes" counts '^gomalloc_node_held_bytes\{node="0"\} [1-9]' 1
exit "$rc"
