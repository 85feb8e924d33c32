// SPDX-License-Identifier: GPL-2.0
/*
 * malloc_large - objects of more than is small
 *
 * What: how large they may be, and what is tried for one.
 * Locks: none of its own.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "compat.h"
#include "fail.h"
#include "malloc_large.h"
#include "mlarge.h"
#include "request.h"
#include "retry.h"

/* More than is small, or nothing */
void *malloc_alloc_large(size_t size, gfp_t gfp, struct gomalloc_heap *heap,
			 bool noscan, int nid)
{
	void *p;

	if (!size)
		return ZERO_SIZE_PTR;
	if (size > MALLOC_MAX_SIZE) {
		if (!(gfp & __GFP_NOWARN))
			pr_warn_once("%zu contiguous bytes are unavailable; use gokvmalloc()\n",
				     size);
		return NULL;
	}
	/* A stand-in has no pages */
	heap = heap->behind ?: heap;
	if (!request_may_alloc(gfp) || fail_alloc(heap, size, gfp))
		return NULL;
	p = mlarge_alloc(heap, size, noscan, gfp, nid) ?:
	    retry_large(heap, size, noscan, gfp, nid);
	if (!p)
		return NULL;
	if (want_init_on_alloc(gfp))
		mlarge_clear(p, PAGE_ALIGN(size), gfp);
	return p;
}
