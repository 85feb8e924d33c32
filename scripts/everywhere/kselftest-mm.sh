# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own selftests: mm.
#
# tests: mm
# shellcheck source=scripts/guest/kselftests.sh
. /gomalloc/kselftests.sh
kselftests mm
