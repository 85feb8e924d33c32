#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: a prompt.
insmod /gomalloc/gomalloc.ko
cd /gomalloc || exit
echo "gomalloc is loaded. Try: gomalloc classes, gomalloc top, gomalloc run recorded.txt,"
echo "gomalloc_user, gomalloc_map, insmod gomalloc_client.ko, dmesg"
export PATH="$PATH:/gomalloc"
setsid cttyhack sh
