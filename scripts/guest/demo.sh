#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: the demonstration. Lines with "| " are shown to the user.
set -e
show() { sed 's/^/| /'; }

echo "| Linux $(uname -r), $(nproc) CPUs"
insmod /gomalloc/gomalloc.ko
echo "| gomalloc.ko is loaded"
echo "| "
echo "| A kernel module with a heap of its own (samples/gomalloc_client.c):"
insmod /gomalloc/gomalloc_client.ko
dmesg | sed -n 's/.*gomalloc_client: //p' | show
rmmod gomalloc_client
echo "| "
echo "| A program that uses /dev/gomalloc (samples/gomalloc_user.c):"
/gomalloc/gomalloc_user >/tmp/user
show </tmp/user
echo "| "
echo "| Another that maps what it allocates (samples/gomalloc_map.c):"
/gomalloc/gomalloc_map >/tmp/map
show </tmp/map
echo "| "
echo "| What the module holds (gomalloc stats):"
/gomalloc/gomalloc stats >/tmp/stats
show </tmp/stats
rmmod gomalloc
echo "| gomalloc.ko is unloaded"
