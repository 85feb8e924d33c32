// SPDX-License-Identifier: GPL-2.0
/*
 * kvmalloc - memory that need not be contiguous
 *
 * What: the choice between what the page allocator has in one piece and pages that
 *	are mapped, of any heap; gokvmalloc(), gomalloc_heap_kvmalloc().
 * Locks: none of its own.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/nodemask.h>

#include "compat.h"
#include "kvmalloc.h"
#include "malloc.h"
#include "malloc_node.h"
#include "mvmap.h"
#include "request.h"
#include "retry.h"
#include "watch.h"

static_assert(GOMALLOC_NO_NODE == NUMA_NO_NODE);

static void *alloc_mapped(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			  int node)
{
	unsigned int waits = RETRY_RCU_WAITS;
	void *p;

	if (gfp & GFP_UNSERVED)
		return request_refuse_gfp(gfp);
	/* As vmalloc(): nobody is killed for what cannot be */
	if (size > INT_MAX || PFN_UP(size) > totalram_pages())
		return NULL;
	do {
		p = mvmap_alloc(heap, size, gfp & ~__GFP_NOFAIL, node);
	} while (!p && (retry_wait_rcu(heap, gfp, &waits) || retry_again(gfp)));
	return p ?: retry_failed(heap, size, gfp);
}

/*
 * Of @node, which may be NUMA_NO_NODE, while there is memory; @flags as of a call.
 * Return: the object, for @caller, or NULL. Sleeps, if @gfp allows it.
 */
void *kvmalloc_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
		     unsigned int flags, int node, unsigned long caller)
{
	gfp_t light = (gfp | __GFP_NORETRY | __GFP_NOWARN) & ~__GFP_NOFAIL;
	void *p = NULL;

	if (size <= PAGE_SIZE)
		return malloc_alloc_node(heap, size, gfp, flags, node, caller);
	if (size <= MALLOC_MAX_SIZE)
		p = malloc_alloc_node(heap, size, light, flags, node, caller);
	if (p || !gfpflags_allow_blocking(gfp))
		return p;
	p = alloc_mapped(heap, size, gfp, node);
	watch_alloc(heap, p, size, gfp, node, caller);
	return p;
}

/**
 * gokvmalloc_node() - gokvmalloc() of a NUMA node
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gokvmalloc()
 * @node: the node, or NUMA_NO_NODE for the nearest
 *
 * Context: as gokvmalloc().
 * Return: as gokvmalloc(); of @node if that has memory.
 */
void *gokvmalloc_node(size_t size, gfp_t gfp, int node)
{
	if (node < 0 || node >= nr_node_ids || !node_online(node))
		node = NUMA_NO_NODE;
	return kvmalloc_alloc(gomalloc_default_heap, size, gfp, 0, node,
			      _RET_IP_);
}
EXPORT_SYMBOL_GPL(gokvmalloc_node);

/**
 * gomalloc_heap_kvmalloc() - gokvmalloc() from a heap
 * @heap: the heap
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gokvmalloc()
 * @flags: as for gomalloc_heap_alloc()
 *
 * Context: as gokvmalloc().
 * Return: as gokvmalloc(); NULL also if the heap is at its limit.
 */
void *gomalloc_heap_kvmalloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			     unsigned int flags)
{
	return kvmalloc_alloc(heap, size, gfp, flags, NUMA_NO_NODE, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_kvmalloc);
