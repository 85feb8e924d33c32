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
 * An object of the window, for a caller who is in the class; marked allocated but
 * for a tiny slot. @state_bits: as for recycle_pop(). Return: false: the window is
 * used up. Not NULL for that, which the compiler cannot tell from an object.
 */
static __always_inline bool mcache_next_free_fast(struct mcache_class *mc, void **p,
						  bool state_bits)
{
	struct mspan *span = mc->span;
	unsigned long index;

	if (unlikely(!mspan_take(span, &index)))
		return false;
	if (state_bits)
		set_bit(index, mspan_state_word(span, 0));
	else
		span->objstate[index] = OBJECT_ALLOCATED;
	*p = mspan_object(span, index);
	return true;
}

bool mcache_next_window(struct mcache_class *mc);
void *mcache_alloc(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp);
void *mcache_alloc_node(struct gomalloc_heap *heap, unsigned int spc,
			gfp_t gfp, int nid);
void mcache_free_slot(struct mspan *span, unsigned int index);
void mcache_free_full(const void *p, u8 *state, struct mcache_class *mc);

#endif /* _GOMALLOC_MCACHE_H */
