/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache - the objects and spans that one CPU has cached
 *
 * Private interface of mcache.c, and the second half of the hot path that
 * allocates; the first is recycle_pop().
 */
#ifndef _GOMALLOC_MCACHE_H
#define _GOMALLOC_MCACHE_H

#include "gate.h"
#include "heap.h"
#include "mspan.h"

/*
 * An object of the window, for a caller who is in the class. Return: it, marked
 * allocated but for a tiny slot; NULL: the window is used up.
 */
static __always_inline void *mcache_next_free_fast(struct mcache_class *mc)
{
	struct mspan *span = mc->span;
	unsigned long index = mspan_take(span);

	if (unlikely(index == MSPAN_NONE))
		return NULL;
	span->objstate[index] = OBJECT_ALLOCATED;
	return mspan_object(span, index);
}

/* Has this CPU cached more than it may? */
static inline bool mcache_is_over(struct gomalloc_heap *heap)
{
	return atomic_long_read(&raw_cpu_ptr(heap->mcaches)->cached) >
	       READ_ONCE(heap->cache_bytes);
}

void mcache_init(struct mcache *cache, struct gomalloc_heap *heap, int cpu);
void mcache_set_node(struct mcache *cache, int cpu);
bool mcache_next_window(struct mcache_class *mc);
void *mcache_alloc(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp);
void *mcache_alloc_node(struct gomalloc_heap *heap, unsigned int spc,
			gfp_t gfp, int nid);
void mcache_make_stack(struct gomalloc_heap *heap, unsigned int spc);
void mcache_free_slot(struct mspan *span, unsigned int index);
void mcache_free_full(const void *p, u8 *state, struct mcache_class *mc);
void mcache_evict(struct gomalloc_heap *heap, unsigned int spc);
void mcache_drain_class(struct gomalloc_heap *heap, unsigned int spc, bool all);
void mcache_release_here(struct gomalloc_heap *heap);
void mcache_release_all(struct mcache *cache);

/* @spc has taken something that may be too much for this CPU. No gate is shut. */
static inline void mcache_limit(struct gomalloc_heap *heap, unsigned int spc)
{
	if (unlikely(mcache_is_over(heap)))
		mcache_evict(heap, spc);
}

#endif /* _GOMALLOC_MCACHE_H */
