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
#include "request.h"
#include "retry.h"

static void *alloc_small(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp,
			 int nid)
{
	size_t size = class_to_size[spc >> 1];
	void *p;

	if (!request_may_alloc(gfp) || fail_alloc(heap, size, gfp))
		return NULL;
	p = mcache_alloc_node(heap, spc, gfp, nid) ?:
	    retry_small(heap, spc, gfp, nid);
	return p && want_init_on_alloc(gfp) ? hook_zero(p, size) : p;
}

static void *alloc_past_cache(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			      unsigned int flags, int nid)
{
	bool noscan = flags & GOMALLOC_NOSCAN, dma = malloc_wants_lines(heap, flags);
	size_t room = hook_size(heap, size);

	if (unlikely(room - 1 >= MAX_SMALL_SIZE))
		return malloc_alloc_large(room, gfp, heap, noscan, nid);
	return alloc_small(heap, malloc_class(room, dma) << 1 | noscan, gfp, nid);
}

/* Any size of an online node, with the flags of a call; ZERO_SIZE_PTR for 0 */
void *malloc_alloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			unsigned int flags, int nid)
{
	void *p;

	/* Nothing is packed: that has another alignment */
	if (size <= TINY_SIZE && !malloc_wants_lines(heap, flags))
		flags &= ~GOMALLOC_NOSCAN;
	if (nid == numa_mem_id() && size <= MAX_SMALL_SIZE) {
		p = malloc_alloc(heap, size, gfp, flags);
		if (ZERO_OR_NULL_PTR(p) || page_to_nid(virt_to_page(p)) == nid)
			return p;
		gofree(p);
	}
	return malloc_hooked(alloc_past_cache(heap, size, gfp, flags, nid), size, gfp);
}
