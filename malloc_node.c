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
#include "watch.h"

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

/*
 * Any size of an online node, with the flags of a call, for @caller; ZERO_SIZE_PTR
 * for 0
 */
static void *alloc_on_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			   unsigned int flags, int nid, unsigned long caller)
{
	void *p;

	/* Nothing is packed: that has another alignment */
	flags = malloc_unpacked(heap, size, flags);
	if (nid == numa_mem_id() && size <= MAX_SMALL_SIZE) {
		p = __malloc_alloc(heap, size, gfp, flags);
		watch_alloc(heap, p, size, gfp, nid, caller);
		/* One that is guarded is of any node */
		if (ZERO_OR_NULL_PTR(p) ||
		    (!is_vmalloc_addr(p) && page_to_nid(virt_to_page(p)) == nid))
			return p;
		malloc_free_for(p, caller);
	}
	p = malloc_hooked(alloc_past_cache(heap, size, gfp, flags, nid), size, gfp);
	watch_alloc(heap, p, size, gfp, nid, caller);
	return p;
}

/* The same of @nid if that is an online node, else of the nearest */
void *malloc_alloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			unsigned int flags, int nid, unsigned long caller)
{
	if (nid < 0 || nid >= nr_node_ids || !node_online(nid))
		return malloc_alloc(heap, size, gfp, flags, caller);
	return alloc_on_node(heap, size, gfp, flags, nid, caller);
}
