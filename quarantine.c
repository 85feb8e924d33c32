// SPDX-License-Identifier: GPL-2.0
/*
 * quarantine - freed objects that wait before they are used again
 *
 * What: for heaps that were made so: zeroes objects that are freed, and
 *	quarantines small ones for a while, in which they must not be written to.
 * Locks: none. An entry of a quarantine belongs to whoever took it out.
 * Owns: the objects in quarantine, which are marked freed, and its memory.
 * Invariant: an object leaves the quarantine when the CPU that put it there
 *	has put there as many others as the heap was made with, or when the
 *	heap releases what it can.
 */
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "compat.h"
#include "hook.h"
#include "mcache.h"
#include "mspan.h"
#include "pagemap.h"
#include "quarantine.h"
#include "report.h"

/*
 * === quarantine ===
 */

/* Free an object for good; it must not have been written to meanwhile */
static void release(struct gomalloc_heap *heap, void *p)
{
	const void *at = NULL;
	struct mspan *span;

	preempt_disable();
	span = pagemap_lookup(p);
	preempt_enable();
	if (heap->flags & GOMALLOC_HEAP_ZERO_FREE)
		at = hook_find_other(p, 0, span->elemsize);
	if (unlikely(at))
		report_written(span, p, at - p);
	mcache_free_slot(span, mspan_index(span, p));
}

/*
 * Put an object in quarantine, in place of the oldest one. Return: that, or
 * NULL. The xchg is a full barrier and pairs with that of others who take the
 * object out: what was done to it comes before what they do.
 */
static void *exchange(struct gomalloc_heap *heap, void *p)
{
	struct mcache *cache = gate_mcache_here(heap);
	/* The CPU may be another one by now: its entries are as good */
	unsigned int at = atomic_inc_return(&cache->quarantined);

	return xchg(&cache->quarantine[at % heap->quarantine], p);
}

/* Free a small object that the caller has marked freed. Any context but NMI. */
void quarantine_free(struct mspan *span, unsigned int index)
{
	struct gomalloc_heap *heap = span->heap;
	void *p = mspan_object(span, index);

	if (heap->flags & GOMALLOC_HEAP_ZERO_FREE)
		hook_zero(p, span->elemsize);
	if (!heap->quarantine) {
		mcache_free_slot(span, index);
		return;
	}
	p = exchange(heap, p);
	if (p)
		release(heap, p);
}

/* Free all that a CPU has in quarantine. Any context but NMI. */
void quarantine_flush(struct mcache *cache)
{
	struct gomalloc_heap *heap = cache->heap;
	unsigned int i;
	void *p;

	for (i = 0; i < heap->quarantine; i++) {
		/* Pairs with the xchg of exchange() */
		p = xchg(&cache->quarantine[i], NULL);
		if (p)
			release(heap, p);
	}
}

/* Objects that a CPU has in quarantine, in a heap at rest */
unsigned int quarantine_count(const struct mcache *cache)
{
	unsigned int i, n = 0;

	for (i = 0; i < cache->heap->quarantine; i++)
		n += !!READ_ONCE(cache->quarantine[i]);
	return n;
}

/*
 * === setup ===
 */

/* Return: 0, or -EINVAL */
int quarantine_init(struct gomalloc_heap *heap,
		    const struct gomalloc_heap_params *params)
{
	if (params->quarantine > GOMALLOC_MAX_QUARANTINE)
		return -EINVAL;
	heap->quarantine = params->quarantine;
	if (heap->quarantine)
		heap->flags |= HEAP_QUARANTINE;
	if (heap->flags & GOMALLOC_HEAP_RANDOM) {
		/* A stack would hand out again what was freed last */
		heap->flags |= GOMALLOC_HEAP_NO_RECYCLE;
		get_random_bytes(&heap->key, sizeof(heap->key));
	}
	return 0;
}

/* Return: 0, or -ENOMEM */
int quarantine_init_cpu(struct mcache *cache, gfp_t gfp)
{
	struct gomalloc_heap *heap = cache->heap;

	cache->quarantine = kvcalloc(heap->quarantine, sizeof(void *), gfp);
	if (!cache->quarantine)
		return -ENOMEM;
	hook_ignore(cache->quarantine);
	return 0;
}

void quarantine_exit_cpu(struct mcache *cache)
{
	kvfree(cache->quarantine);
}
