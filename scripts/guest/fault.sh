#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: a module that goes wrong as its argument says.
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
leaks_clear
panic=0
[ "$1" != panic ] || panic=1
insmod /gomalloc/gomalloc.ko "panic_on_misuse=$panic" &&
	insmod /gomalloc/gomalloc_fault.ko "kind=$1" &&
	rmmod gomalloc_fault &&
	rmmod gomalloc || exit 1
leaks_found
