#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: objects of gomalloc go to the kernel's kfree(), without and with the
# probes that catch that. The kernel may warn of it in the first case.
for caught in 0 1; do
	insmod /gomalloc/gomalloc.ko catch_kfree=$caught &&
		insmod /gomalloc/gomalloc_kfree.ko caught=$caught "$@" &&
		rmmod gomalloc_kfree &&
		rmmod gomalloc || exit 1
done
