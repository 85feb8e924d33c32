#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: memory allocation profiling names the lines of a driver that has
# objects of gomalloc, in /proc/allocinfo, and not lines of gomalloc.
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
on=/proc/sys/vm/mem_profiling
insmod /gomalloc/gomalloc.ko && insmod /gomalloc/gomalloc_leaky.ko || exit 1
serve() { echo "$1" >/sys/module/gomalloc_leaky/parameters/requests; }
row() { grep 'gomalloc_leaky.c:[0-9]* .*func:leaky_receive' /proc/allocinfo; }
# has BYTES CALLS
has() { row | { read -r bytes calls _ && [ "$bytes" = "$1" ] && [ "$calls" = "$2" ]; }; }
says_none_at_unload() { ! dmesg | grep 'gomalloc_leaky.*allocated at module unload'; }
lists_none() { ! row; }

plan 6
check "profiling is on" grep -q 1 $on
serve 1000
row
check "the line of the driver has what it lost" has 11200 100
echo 0 >$on
serve 1000
check "off, nothing is counted" has 11200 100
echo 1 >$on
serve 100
check "on again, it is" has 12320 110
rmmod gomalloc_leaky
check "what the heap has left is counted no more" says_none_at_unload
check "nor is the driver listed" lists_none
rmmod gomalloc || rc=1
exit $rc
