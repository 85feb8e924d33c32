/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mtiny - pointer-free objects of up to 16 bytes, packed into blocks
 *
 * Private interface of mtiny.c, the masks of the blocks, and the hot paths,
 * which malloc.c inlines.
 */
#ifndef _GOMALLOC_MTINY_H
#define _GOMALLOC_MTINY_H

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#include "mcache.h"
#include "mspan.h"

/*
 * Of a slot of a tinySpanClass span: bits 0 to 14 mark the offsets at which a
 * live object starts, bit 15 says that a mcache still fills the block.
 */
#define TINY_STARTS	0x7fffU
#define TINY_FILLING	0x8000U

/* No object may start behind this: the bit says that the block is being filled */
#define TINY_LAST_START	(TINY_SIZE - 2)

/* The masks lie one after the other in a bitmap, 16 bits each */
#define TINY_MASK_BITS	16

static __always_inline u16 *mspan_tiny_mask(const struct mspan *span,
					    unsigned int index)
{
	if (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN))
		index ^= BITS_PER_LONG / TINY_MASK_BITS - 1;
	return (u16 *)span->objstate + index;
}

/* Return: what is left; or -EINVAL, nothing done: @bit is not set */
static __always_inline int tiny_clear(u16 *mask, unsigned int bit)
{
	u16 old = READ_ONCE(*mask);
	unsigned int left;

	do {
		if (unlikely(!(old & bit)))
			return -EINVAL;
		left = old ^ bit;
	} while (!try_cmpxchg(mask, &old, left));
	return left;
}

/*
 * &mcache.tiny is the address of the block and the offset of its free end.
 * An object of 15 or 16 bytes leaves no room: the offset is 15, where none may
 * start; and so it is of no block at all.
 */
#define TINY_NONE	(TINY_SIZE - 1UL)

static __always_inline void *tiny_block(unsigned long tiny)
{
	return (void *)(tiny & ~(TINY_SIZE - 1UL));
}

static __always_inline unsigned int tiny_offset(unsigned long tiny)
{
	return tiny & (TINY_SIZE - 1);
}

/* Put another object in the block being filled. Return: false: no room. */
static __always_inline bool mcache_add_tiny(struct mcache *cache, size_t size,
					    void **p)
{
	unsigned long block = cache->tiny & ~(TINY_SIZE - 1UL);
	unsigned long start = tiny_offset(cache->tiny), end;

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

/* The slot of a tiny span that @p lies in */
static __always_inline unsigned long tiny_index(const struct mspan *span,
						const void *p)
{
	return ((unsigned long)p - span->base) / TINY_SIZE;
}

/*
 * Free the object of a tiny span that starts at @p; of two frees of it only one
 * does. The caller has preemption off. Return: what is left of the block's
 * mask, which is at *@mask, 0 if the slot is free with that; -EINVAL: there is
 * no such object.
 */
static __always_inline int mcache_drop_tiny(struct mspan *span, const void *p,
					    u16 **mask)
{
	unsigned int off = tiny_offset((unsigned long)p);
	unsigned long index = tiny_index(span, p);

	if (unlikely(index >= span->nelems || off > TINY_LAST_START))
		return -EINVAL;
	*mask = mspan_tiny_mask(span, index);
	return tiny_clear(*mask, 1U << off);
}

/*
 * The block of @p had no live objects left. If it has none now, and this CPU
 * fills it, fill it from its start.
 */
static __always_inline void mcache_rewind_tiny(struct mspan *span,
					       const void *p, const u16 *mask)
{
	struct mcache_class *mc = raw_cpu_ptr(span->mclass);
	struct mcache *cache = container_of(mc, struct mcache,
					    class[TINY_SPAN_CLASS]);
	void *block = tiny_block((unsigned long)p);
	int gate = mcache_shut(mc);

	if (unlikely(gate == MCACHE_SHUT))
		return;
	/*
	 * An interrupt may have put one there, until the gate was shut. The
	 * cmpxchg of tiny_clear() is the barrier that pairs with tiny_end().
	 */
	if (tiny_block(cache->tiny) == block &&
	    READ_ONCE(*mask) == TINY_FILLING)
		WRITE_ONCE(cache->tiny, (unsigned long)block);
	mcache_open(mc, gate);
}

void *mcache_start_tiny(struct mcache *cache, size_t size,
			struct llist_head *empty);
void mcache_release_tiny(struct mcache *cache, struct llist_head *empty);
size_t mcache_tiny_usable(const struct mspan *span, unsigned int index,
			  unsigned int off);

#endif /* _GOMALLOC_MTINY_H */
