# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own selftests: net.
#
# kernels: stock-6.1 stock-6.12
# tests: net
# modules: tun
# shellcheck source=scripts/guest/kselftests.sh
. /gomalloc/kselftests.sh
kselftests net
