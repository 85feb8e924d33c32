// SPDX-License-Identifier: GPL-2.0
/*
 * mtiny - pointer-free objects of less than 16 bytes, packed into blocks
 *
 * What: a mcache fills one 16-byte slot of the tiny span class at a time with
 *	objects. A mask beside the span marks where live ones start, so each
 *	can be freed and checked alone; at 0 the slot is free.
 * Called by malloc.c and mcache.c. Calls mspan.c, mcache.c, pagemap.c.
 * Locks: the busy byte for mcache->tiny; the masks are atomic.
 * Invariant: bit 15 of a block's mask is set if and only if some mcache has
 *	it in ->tiny, or is just about to set or clear the one or the other.
 */
#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mspan.h"
#include "pagemap.h"

/* No object may start here: the bit says that the block is being filled */
#define TINY_LAST_START		(TINY_SIZE - 2)

static void *tiny_block(unsigned long tiny)
{
	return (void *)(tiny & ~(TINY_SIZE - 1UL));
}

static unsigned int tiny_offset(unsigned long tiny)
{
	return tiny & (TINY_SIZE - 1);
}

/* As the runtime aligns them: by the largest power of two in the size */
static unsigned int tiny_align(size_t size)
{
	return min(1U << __ffs(size), 8U);
}

/* Another object in the block being filled. Return: it, or NULL: no room. */
static void *add_to_block(struct mcache *mc, size_t size)
{
	unsigned int start = ALIGN(tiny_offset(mc->tiny), tiny_align(size));
	unsigned int end = start + size, index;
	void *block = tiny_block(mc->tiny);
	struct mspan *span;

	if (!mc->tiny || end > TINY_SIZE || start > TINY_LAST_START)
		return NULL;
	span = span_of(block);
	index = mspan_index(span, block);
	mspan_tiny_add(span, index, start);
	if (end <= TINY_LAST_START) {
		/* Pairs with tiny_end(): who sees this end sees the start */
		smp_store_release(&mc->tiny, (unsigned long)block | end);
	} else {
		WRITE_ONCE(mc->tiny, 0);
		mspan_tiny_drop(span, index);
	}
	return block + start;
}

/* Fill another block; one without live objects is free with that */
static void replace_block(struct mcache *mc, unsigned long tiny,
			  struct list_head *empty)
{
	unsigned long old = mc->tiny;
	struct mspan *span;
	unsigned int index;

	/* Pairs with tiny_end() */
	smp_store_release(&mc->tiny, tiny);
	if (!old)
		return;
	span = span_of(tiny_block(old));
	index = mspan_index(span, tiny_block(old));
	if (mspan_tiny_drop(span, index))
		mcache_put_slot(mc, span, index, empty);
}

void mcache_release_tiny(struct mcache *mc, struct list_head *empty)
{
	replace_block(mc, 0, empty);
}

/* A free slot at hand. Return: its span and index, or NULL */
static struct mspan *take_slot(struct mcache *mc, unsigned int *index)
{
	struct recycle *recycle = mc->recycle[TINY_SPAN_CLASS];
	struct mspan *span;
	void *object;
	int taken;

	if (recycle->nr) {
		object = recycle->slot[--recycle->nr].object;
		span = span_of(object);
		*index = mspan_index(span, object);
		return span;
	}
	span = mc->alloc[TINY_SPAN_CLASS];
	taken = mspan_take(span);
	*index = taken;
	return taken < 0 ? NULL : span;
}

/* An object in a new block, which is kept if it has more room than the old */
static void *start_block(struct mcache *mc, size_t size,
			 struct list_head *empty)
{
	unsigned int index;
	struct mspan *span = take_slot(mc, &index);
	bool keep;
	void *p;

	if (!span)
		return NULL;
	p = mspan_object(span, index);
	keep = size <= TINY_LAST_START &&
	       (!mc->tiny || size < tiny_offset(mc->tiny));
	mspan_tiny_start(span, index, keep);
	if (keep)
		replace_block(mc, (unsigned long)p | size, empty);
	return p;
}

/*
 * An object of 1 to 16 bytes of the tiny span class. Not in NMI context.
 * Return: the object, marked; or NULL.
 */
void *mcache_alloc_tiny(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
{
	struct mcache *mc = mcache_get(heap->mcaches);
	LIST_HEAD(empty);
	void *p = NULL;

	if (likely(mc)) {
		p = add_to_block(mc, size) ?: start_block(mc, size, &empty);
		mcache_put(mc);
		mheap_free_list(&empty);
	}
	/* Past the fast path an object has a block of its own */
	return p ?: mcache_alloc(heap, TINY_SPAN_CLASS, gfp);
}

/*
 * The free end of a block that some mcache fills. Return: false: none does
 * any more.
 */
static bool tiny_end(struct gomalloc_heap *heap, const void *block,
		     unsigned int *end)
{
	unsigned long tiny;
	int cpu;

	for_each_possible_cpu(cpu) {
		/* Pairs with add_to_block() and replace_block() */
		tiny = smp_load_acquire(&per_cpu_ptr(heap->mcaches, cpu)->tiny);
		if (tiny && tiny_block(tiny) == block) {
			*end = tiny_offset(tiny);
			return true;
		}
	}
	return false;
}

/*
 * Bytes that the live object at @off has to itself: to the next live one, or
 * to where the next one may yet be put, or to the end of the block.
 */
size_t mcache_tiny_usable(const struct mspan *span, unsigned int index,
			  unsigned int off)
{
	unsigned int end = TINY_SIZE;
	unsigned long mask, above = TINY_STARTS & ~(BIT(off + 1) - 1);

	if (mspan_tiny_mask(span, index) & TINY_FILLING)
		tiny_end(span->heap, mspan_object(span, index), &end);
	/* Behind tiny_end(): an object that moved the end is seen here */
	mask = mspan_tiny_mask(span, index) & above;
	if (mask)
		end = min_t(unsigned int, end, __ffs(mask));
	return end - off;
}
