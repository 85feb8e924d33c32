#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: the memory benchmark, with its parameters as arguments.
set -e
insmod /gomalloc/gomalloc.ko
insmod /gomalloc/gomalloc_memory.ko "$@"
rmmod gomalloc_memory
rmmod gomalloc
