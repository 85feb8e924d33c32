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
#include "mcache_make.h"
#include "mcache_release.h"
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

bool mcache_next_window(struct mcache_class *mc);
void *mcache_alloc(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp);
void *mcache_alloc_node(struct gomalloc_heap *heap, unsigned int spc,
			gfp_t gfp, int nid);
void mcache_free_slot(struct mspan *span, unsigned int index);
void mcache_free_full(const void *p, u8 *state, struct mcache_class *mc);

#endif /* _GOMALLOC_MCACHE_H */
