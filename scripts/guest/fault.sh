#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: a module that goes wrong as its argument says.
insmod /gomalloc/gomalloc.ko &&
	insmod /gomalloc/gomalloc_fault.ko "kind=$1" &&
	rmmod gomalloc_fault &&
	rmmod gomalloc
