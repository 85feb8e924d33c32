#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: a prompt.
insmod /gomalloc/gomalloc.ko
cd /gomalloc || exit
echo "gomalloc is loaded. Try: ./gomalloc_user, insmod gomalloc_client.ko, dmesg"
setsid cttyhack sh
