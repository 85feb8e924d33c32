#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The unit tests in programs of this machine (host/), built with the sanitizers: those
# of one layer each, all others, and these once more as if booted with init_on_alloc=1
# init_on_free=1. Prints KTAP.
#
# Usage: host.sh [WORD]...   suites whose name contains one of these
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

step "compile unit tests for this machine" "$BUILD/log/host.log" \
	make -s -C "$ROOT/host" -j"$(nproc)" O="$BUILD/host" test
export UBSAN_OPTIONS=print_stacktrace=1
rc=0
"$BUILD/host/kunit-below" "$@" || rc=1
"$BUILD/host/kunit" "$@" || rc=1
"$BUILD/host/kunit" --init "$@" || rc=1
exit "$rc"
