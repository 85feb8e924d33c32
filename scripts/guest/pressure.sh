#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: what the shrinker does when a process takes all memory. That it
# is killed fills the log; so the kernel is asked instead whether it warned.
insmod /gomalloc/gomalloc.ko scavenge_ms=0 dev_limit_mb=120 dev_total_mb=0 &&
	/gomalloc/gomalloc_pressure_test &&
	rmmod gomalloc || exit 1
# An oops is 128, a warning 512
[ $(($(cat /proc/sys/kernel/tainted) & (128 | 512))) = 0 ]
