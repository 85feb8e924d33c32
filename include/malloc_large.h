/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of malloc_large.c: objects of more than is small */
#ifndef _GOMALLOC_MALLOC_LARGE_H
#define _GOMALLOC_MALLOC_LARGE_H

#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "compat.h"
#include "heap.h"

/* What the page allocator of this kernel can give in one piece */
#define MALLOC_MAX_SIZE \
	min_t(size_t, GOMALLOC_MAX_SIZE, PAGE_SIZE << GOMALLOC_MAX_ORDER)

void *malloc_alloc_large(size_t size, gfp_t gfp, struct gomalloc_heap *heap,
			 bool noscan, int nid);

#endif /* _GOMALLOC_MALLOC_LARGE_H */
