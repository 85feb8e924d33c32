/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of malloc.c: gomalloc() and gofree(), for any heap */
#ifndef _GOMALLOC_MALLOC_H
#define _GOMALLOC_MALLOC_H

#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "compat.h"
#include "heap.h"

/* What the page allocator of this kernel can give in one piece */
#define MALLOC_MAX_SIZE \
	min_t(size_t, GOMALLOC_MAX_SIZE, PAGE_SIZE << GOMALLOC_MAX_ORDER)

/* Zones that a heap has no pages of */
#define GFP_UNSERVED	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM)

extern struct gomalloc_sys gomalloc_sys;
extern struct gomalloc_heap *gomalloc_default_heap;

void *malloc_refuse_gfp(gfp_t gfp);
void *malloc_alloc(struct gomalloc_heap *heap, size_t size, bool noscan,
		   gfp_t gfp);
void malloc_free(const void *p, unsigned long caller);
void *malloc_alloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			int nid);

#endif /* _GOMALLOC_MALLOC_H */
