// SPDX-License-Identifier: GPL-2.0
/*
 * mtiny - pointer-free objects of less than 16 bytes, packed into blocks
 *
 * What: a mcache fills one 16-byte slot of the tiny span class at a time with
 *	objects. A mask beside the span marks where live ones start, so each
 *	can be freed and checked alone; at 0 the slot is free.
 * Called by malloc.c and mcache.c. Calls mspan.c, mcache.c, pagemap.c.
 * Locks: the gate of the tiny span class for mcache->tiny; the masks are
 *	atomic.
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
static void *add_to_block(struct mcache *cache, size_t size)
{
	unsigned int start = ALIGN(tiny_offset(cache->tiny), tiny_align(size));
	unsigned int end = start + size, index;
	void *block = tiny_block(cache->tiny);
	struct mspan *span;

	if (!cache->tiny || end > TINY_SIZE || start > TINY_LAST_START)
		return NULL;
	span = pagemap_lookup(block);
	index = mspan_index(span, block);
	mspan_tiny_add(span, index, start);
	if (end <= TINY_LAST_START) {
		/* Pairs with tiny_end(): who sees this end sees the start */
		smp_store_release(&cache->tiny, (unsigned long)block | end);
	} else {
		WRITE_ONCE(cache->tiny, 0);
		mspan_tiny_drop(span, index);
	}
	return block + start;
}

/* Fill another block; one without live objects is free with that */
static void replace_block(struct mcache *cache, unsigned long tiny,
			  struct llist_head *empty)
{
	unsigned long old = cache->tiny;
	struct mspan *span;
	unsigned int index;

	/* Pairs with tiny_end() */
	smp_store_release(&cache->tiny, tiny);
	if (!old)
		return;
	span = span_of(tiny_block(old));
	index = mspan_index(span, tiny_block(old));
	if (mspan_tiny_drop(span, index))
		recycle_put(&cache->class[TINY_SPAN_CLASS], span, index, empty);
}

/* The caller is in the tiny span class */
void mcache_release_tiny(struct mcache *cache, struct llist_head *empty)
{
	replace_block(cache, 0, empty);
}

/* A free slot at hand. Return: its span and index, or NULL */
static struct mspan *take_slot(struct mcache_class *mc, unsigned int *index)
{
	void *object = mc->top[-1].object;
	struct mspan *span;
	unsigned long taken;

	if (object) {
		mc->top--;
		span = pagemap_lookup(object);
		*index = mspan_index(span, object);
		return span;
	}
	span = mc->span;
	taken = mspan_take(span);
	*index = taken;
	return taken == MSPAN_NONE ? NULL : span;
}

/* An object in a new block, which is kept if it has more room than the old */
static void *start_block(struct mcache *cache, size_t size,
			 struct llist_head *empty)
{
	unsigned int index;
	struct mspan *span = take_slot(&cache->class[TINY_SPAN_CLASS], &index);
	bool keep;
	void *p;

	if (!span)
		return NULL;
	p = mspan_object(span, index);
	keep = size <= TINY_LAST_START &&
	       (!cache->tiny || size < tiny_offset(cache->tiny));
	mspan_tiny_start(span, index, keep);
	if (keep)
		replace_block(cache, (unsigned long)p | size, empty);
	return p;
}

/*
 * An object of 1 to 16 bytes of the tiny span class. Not in NMI context.
 * Return: the object, marked; or NULL.
 */
void *mcache_alloc_tiny(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
{
	struct mcache_class *mc = mcache_get(heap->mcaches, TINY_SPAN_CLASS);
	struct mcache *cache;
	LLIST_HEAD(empty);
	void *p = NULL;

	if (likely(mc)) {
		cache = container_of(mc, struct mcache, class[TINY_SPAN_CLASS]);
		p = add_to_block(cache, size);
		if (!p)
			p = start_block(cache, size, &empty);
		mcache_put(mc);
		if (unlikely(!llist_empty(&empty)))
			mheap_free_spans(&empty);
	}
	/* Past the fast path an object has a block of its own */
	return p ?: mcache_alloc(heap, TINY_SPAN_CLASS, gfp);
}

/* A block without live objects that this CPU fills: fill it from its start */
static void rewind_block(struct mspan *span, const void *block)
{
	struct mcache_class *mc = raw_cpu_ptr(span->mclass);
	struct mcache *cache = container_of(mc, struct mcache,
					    class[TINY_SPAN_CLASS]);

	if (mcache_shut(mc) != MCACHE_SHUT) {
		/* Pairs with tiny_end(); nobody has an object here */
		if (tiny_block(cache->tiny) == block)
			smp_store_release(&cache->tiny, (unsigned long)block);
		mcache_open(mc, mc->nid);
	}
}

/*
 * Free the object of a tiny span that starts at @p. The caller has preemption
 * off. Return: false: there is no such object.
 */
bool mcache_free_tiny(struct mspan *span, const void *p)
{
	unsigned int index = mspan_index(span, p);
	unsigned int off = tiny_offset((unsigned long)p);
	long left;

	if (unlikely(index >= span->nelems))
		return false;
	left = mspan_tiny_free(span, index, off);
	if (unlikely(left < 0))
		return false;
	if (!left)
		mcache_free_slot(span, index);
	else if (left == TINY_FILLING)
		rewind_block(span, p - off);
	return true;
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
