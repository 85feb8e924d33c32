#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Print the version, which is that of the module: MODULE_VERSION() is the only
# place that has it. What else needs it is made with what this prints.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

version=$(sed -n 's/^MODULE_VERSION("\([0-9.]*\)");$/\1/p' "$ROOT/gomalloc_kmod.c")
[[ $version ]] || die "gomalloc_kmod.c has no MODULE_VERSION()"
echo "$version"
