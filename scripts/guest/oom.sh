#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: a heap without a limit on a machine of 64 MiB. Whoever loads the
# module is killed, which fills the log; so the kernel is asked instead whether
# it warned, and the module whether all was well.
insmod /gomalloc/gomalloc.ko || exit 1
(
	echo 1000 >/proc/self/oom_score_adj
	exec insmod /gomalloc/gomalloc_oom.ko
)
# Loaded: all its tests have passed, whatever became of the process
grep -q '^gomalloc_oom ' /proc/modules &&
	rmmod gomalloc_oom &&
	rmmod gomalloc || exit 1
# The report of the kernel says nothing of a module's pages: we do
dmesg | grep -q 'gomalloc: out of memory: heaps hold [0-9]* KiB on node 0' || exit 1
# An oops is 128, a warning 512
[ $(($(cat /proc/sys/kernel/tainted) & (128 | 512))) = 0 ]
