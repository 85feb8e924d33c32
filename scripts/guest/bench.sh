#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: the benchmark, with its parameters as arguments.
set -e
insmod /gomalloc/gomalloc.ko
insmod /gomalloc/gomalloc_bench.ko "$@"
rmmod gomalloc_bench
rmmod gomalloc
