// SPDX-License-Identifier: GPL-2.0
/*
 * ported_more - the second file of gomalloc_ported
 *
 * It has the heap of the first.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "ported_private.h"

void (*const ported_more_pointer)(const void *p) = kfree;

void *ported_more_alloc(size_t size)
{
	return kzalloc(size, GFP_KERNEL);
}

void ported_more_free(void *p)
{
	kfree(p);
}
