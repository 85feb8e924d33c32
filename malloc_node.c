// SPDX-License-Identifier: GPL-2.0
/*
 * malloc_node - objects of a NUMA node
 *
 * What: past this CPU's mcache where that has none of the node.
 * Locks: none of its own.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "compat.h"
#include "fail.h"
#include "hook.h"
#include "malloc.h"
#include "malloc_node.h"
#include "mcache.h"
#include "retry.h"

static void *alloc_small(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			 int nid)
{
	unsigned int class = malloc_class(size, true);
	void *p;

	if (!malloc_may_alloc(gfp) || fail_alloc(heap, class_to_size[class], gfp))
		return NULL;
	p = mcache_alloc_node(heap, class << 1, gfp, nid) ?:
	    retry_small(heap, class << 1, gfp, nid);
	return p && want_init_on_alloc(gfp) ?
	       hook_zero(p, class_to_size[class]) : p;
}

static void *alloc_past_cache(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			      int nid)
{
	if (unlikely(size - 1 >= MAX_SMALL_SIZE))
		return malloc_alloc_large(size, gfp, heap, false, nid);
	return alloc_small(heap, size, gfp, nid);
}

/* A scan object of any size of an online node; ZERO_SIZE_PTR for 0 */
void *malloc_alloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			int nid)
{
	void *p;

	if (nid == numa_mem_id() && size <= MAX_SMALL_SIZE) {
		p = malloc_alloc(heap, size, gfp, 0);
		if (ZERO_OR_NULL_PTR(p) || page_to_nid(virt_to_page(p)) == nid)
			return p;
		gofree(p);
	}
	return malloc_hooked(alloc_past_cache(heap, hook_size(heap, size), gfp,
					      nid), size, gfp);
}
