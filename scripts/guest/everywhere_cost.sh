#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: what a pair of kmalloc() and kfree() costs while gomalloc_everywhere is off,
# on, and in drain, when all requests are the kernel's, but each free is looked at.
set -e
here=/sys/kernel/gomalloc_everywhere

bench() {
	echo "everywhere: $1"
	insmod /gomalloc/gomalloc_bench.ko cases=pair+accounted loops=5000 rounds=5
	rmmod gomalloc_bench
}

insmod /gomalloc/gomalloc.ko
insmod /gomalloc/gomalloc_everywhere.ko
bench off
for state in on drain; do
	echo "$state" >"$here/state"
	bench "$state"
done
