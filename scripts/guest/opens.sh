#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: what descriptors cost, and who is charged for it.
insmod /gomalloc/gomalloc.ko scavenge_ms=0 dev_total_mb=0 dev_max_open=0 dev_max_open_user=0 &&
	/gomalloc/gomalloc_opens_test &&
	rmmod gomalloc
