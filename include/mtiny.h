/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mtiny - pointer-free objects of up to 16 bytes, packed into blocks
 *
 * Private interface of mtiny.c, and the hot paths, which malloc.c inlines.
 */
#ifndef _GOMALLOC_MTINY_H
#define _GOMALLOC_MTINY_H

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/minmax.h>

#include "gate.h"
#include "heap.h"
#include "mspan.h"

/*
 * &mcache.tiny is the address of the block and the offset of its free end.
 * An object of 15 or 16 bytes leaves no room: the offset is 15, where none may
 * start; and so it is of no block at all.
 */
#define TINY_NONE	(TINY_SIZE - 1UL)

static __always_inline void *mtiny_block(unsigned long tiny)
{
	return (void *)(tiny & ~(TINY_SIZE - 1UL));
}

/* Put another object in the block being filled. Return: false: no room. */
static __always_inline bool mtiny_add(struct mcache *cache, size_t size,
				      void **p)
{
	unsigned long block = cache->tiny & ~(TINY_SIZE - 1UL);
	unsigned long start = mspan_tiny_offset(cache->tiny), end;

	/* As the runtime aligns: by the largest power of two in the size */
	start = ALIGN(start, size & -size);
	end = start + size;
	if (unlikely(end > TINY_SIZE || start > TINY_LAST_START))
		return false;
	set_bit(cache->tiny_bit + start, cache->tiny_masks);
	/* Pairs with tiny_end(): who sees this end sees the start */
	smp_wmb();
	WRITE_ONCE(cache->tiny, block | min(end, TINY_NONE));
	*p = (void *)(block | start);
	return true;
}

/*
 * The block of @p had no live objects left. If it has none now, and this CPU
 * fills it, fill it from its start. If another does, the span may be gone, so it
 * is not looked at: @mcaches is what it had while there was an object.
 */
static __always_inline void mtiny_rewind(struct mcache_slot __percpu *mcaches,
					 const void *p, const u16 *mask)
{
	struct mcache *cache = raw_cpu_read(mcaches->cache);
	struct mcache_class *mc = &cache->class[TINY_SPAN_CLASS];
	void *block = mtiny_block((unsigned long)p);
	int gate = gate_shut(mc);

	if (unlikely(gate == GATE_SHUT))
		return;
	/*
	 * An interrupt may have put one there, until the gate was shut. The
	 * cmpxchg of mspan_clear_tiny() is the barrier that pairs with tiny_end().
	 */
	if (likely(mtiny_block(cache->tiny) == block &&
		   READ_ONCE(*mask) == TINY_FILLING))
		WRITE_ONCE(cache->tiny, (unsigned long)block);
	gate_open(mc, gate);
}

void *mtiny_start(struct mcache *cache, size_t size,
		  struct llist_head *empty);
void mtiny_release(struct mcache *cache, struct llist_head *empty);
size_t mtiny_usable(const struct mspan *span, unsigned int index,
		    unsigned int off);

#endif /* _GOMALLOC_MTINY_H */
