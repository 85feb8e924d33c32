#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: a module of benchmarks, with its parameters as more arguments.
set -e
module=$1
shift
insmod /gomalloc/gomalloc.ko
insmod "/gomalloc/$module.ko" "$@"
rmmod "$module"
rmmod gomalloc
