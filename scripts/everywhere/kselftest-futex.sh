# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own selftests: futex.
#
# tests: futex
# shellcheck source=scripts/guest/kselftests.sh
. /gomalloc/kselftests.sh
kselftests futex
