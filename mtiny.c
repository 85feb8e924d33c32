// SPDX-License-Identifier: GPL-2.0
/*
 * mtiny - pointer-free objects of up to 16 bytes, packed into blocks
 *
 * What: a mcache fills one 16-byte slot of the tiny span class at a time with
 *	objects. A mask beside the span marks where live ones start, so each
 *	can be freed and checked alone; at 0 the slot is free. Adding an object
 *	and freeing one is inline in mtiny.h.
 * Locks: the gate of the tiny span class for mcache->tiny; the masks and
 *	mspan->filler are atomic.
 * Invariant: bit 15 of a block's mask is set if and only if some mcache has
 *	it in ->tiny, or is just about to set or clear the one or the other. Of
 *	a span one CPU at most has a block in ->tiny, and ->filler names it.
 */
#include <linux/smp.h>
#include <linux/threads.h>

#include "compat.h"
#include "gate.h"
#include "hook.h"
#include "ledger.h"
#include "mspan.h"
#include "mtiny.h"
#include "pagemap.h"
#include "recycle.h"

/* What mspan->filler says of a CPU, which is not "none" of any */
#define FILLER(cpu)	((cpu) + 1)
static_assert(FILLER(CONFIG_NR_CPUS - 1) <= U16_MAX);

/*
 * Be the CPU that fills blocks of @span. The caller is in the tiny span class.
 * Return: false: another does.
 */
static bool claim_span(struct mspan *span)
{
	u16 me = FILLER(raw_smp_processor_id()), filler = READ_ONCE(span->filler);

	/* Of this CPU no one else writes it. The cmpxchg pairs with tiny_end(). */
	return filler == me ||
	       (!filler && compat_try_cmpxchg_u16(&span->filler, &filler, me));
}

/*
 * Stop filling a block; one without live objects is free with that. @next is the
 * span of the block to be filled next, or NULL.
 */
static void drop_block(struct mcache *cache, const struct mspan *next,
		       struct llist_head *empty)
{
	void *block = mtiny_block(cache->tiny);
	struct mspan *span;
	unsigned int index;

	/* Pairs with tiny_end() */
	smp_store_release(&cache->tiny, TINY_NONE);
	if (!block)
		return;
	span = pagemap_lookup(block);
	index = mspan_index(span, block);
	if (span != next) {
		/* Pairs with tiny_end(). Until the mask is cleared the span stays. */
		smp_store_release(&span->filler, 0);
	}
	if (mspan_clear_tiny(mspan_tiny_mask(span, index), TINY_FILLING))
		return;
	hook_free(span, block);
	recycle_put(&cache->class[TINY_SPAN_CLASS], span, index, empty);
}

/* The caller is in the tiny span class */
void mtiny_release(struct mcache *cache, struct llist_head *empty)
{
	drop_block(cache, NULL, empty);
}

/* A cached free slot. Return: its span and index, or NULL */
static struct mspan *take_slot(struct mcache_class *mc, unsigned long *index)
{
	void *object = mc->top[-1].object;
	struct mspan *span;

	if (!object)
		return mspan_take(mc->span, index) ? mc->span : NULL;
	mc->top--;
	span = pagemap_lookup(object);
	*index = mspan_index(span, object);
	return span;
}

/*
 * An object in a new block, which is filled further if it has no less room
 * than the old one and no other CPU fills one of its span. The caller is in the
 * tiny span class. Return: the object; or NULL: no slot is cached.
 */
void *mtiny_start(struct mcache *cache, size_t size,
		  struct llist_head *empty)
{
	unsigned int end = min_t(size_t, size, TINY_SIZE - 1);
	unsigned long index;
	struct mspan *span = take_slot(&cache->class[TINY_SPAN_CLASS], &index);
	u16 *mask;
	void *p;

	if (!span)
		return NULL;
	p = mspan_object(span, index);
	mask = mspan_tiny_mask(span, index);
	if (end > mspan_tiny_offset(cache->tiny) || !claim_span(span)) {
		WRITE_ONCE(*mask, 1);
		return p;
	}
	WRITE_ONCE(*mask, 1 | TINY_FILLING);
	drop_block(cache, span, empty);
	ledger_count(span->heap, LEDGER_TINY_BLOCK, 1);
	cache->tiny_masks = (unsigned long *)span->objstate;
	cache->tiny_bit = index * TINY_MASK_BITS;
	/* Pairs with tiny_end() */
	smp_store_release(&cache->tiny, (unsigned long)p | end);
	return p;
}

/*
 * The free end of a block that a mcache fills, TINY_SIZE if none does any more.
 * With a live object in it no mcache begins to fill it again: whom the span names
 * now, if not the CPU that did, has another block, and is not to be asked twice.
 */
static unsigned int tiny_end(const struct mspan *span, const void *block)
{
	/* Pairs with drop_block(): who sees it gone sees all that it put there */
	unsigned int filler = smp_load_acquire(&span->filler), end;
	unsigned long tiny;

	if (!filler)
		return TINY_SIZE;
	/* Pairs with mtiny_add(), mtiny_start() and drop_block() */
	tiny = smp_load_acquire(&gate_mcache_of(span->heap,
						filler - FILLER(0))->tiny);
	end = mspan_tiny_offset(tiny);
	return mtiny_block(tiny) == block && end <= TINY_LAST_START ? end :
								      TINY_SIZE;
}

/*
 * Bytes that the live object at @off has to itself: to the next live one, or
 * to where the next one may yet be put, or to the end of the block.
 */
size_t mtiny_usable(const struct mspan *span, unsigned int index,
		    unsigned int off)
{
	unsigned int end = TINY_SIZE, above = TINY_STARTS & ~(BIT(off + 1) - 1);
	const u16 *mask = mspan_tiny_mask(span, index);

	if (READ_ONCE(*mask) & TINY_FILLING)
		end = tiny_end(span, mspan_object(span, index));
	/* Behind tiny_end(): an object that moved the end is seen here */
	above &= READ_ONCE(*mask);
	if (above)
		end = min_t(unsigned int, end, __ffs(above));
	return end - off;
}
