#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the strays that are reported where gomalloc stands in the place of kmalloc()
# (everywhere.sh), without it: the kernel crashes, or hands out what is in use.
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh

crashes() { dmesg | grep -q 'kernel BUG at\|Oops\|BUG: unable\|general protection'; }

# So that there is somebody left to say it
sysctl -q -w kernel.panic_on_oops=0
plan 1
check "the kernel's own kmalloc() does not survive the strays" \
	eval '! insmod /gomalloc/gomalloc_strays.ko 2>/tmp/out || crashes'
exit $rc
