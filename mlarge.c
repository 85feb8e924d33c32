// SPDX-License-Identifier: GPL-2.0
/*
 * mlarge - objects of whole pages
 *
 * What: a span each. They are large, or small where no span of their class is
 *	available. A CPU caches a few of those it freed last on the recycle stack
 *	of class 0, for requests of just as many pages; the others go to and
 *	come from the mheap.
 * Locks: the gate of class 0, see mcache.c.
 * Owns: the spans on these stacks, which are in state LARGE and marked freed.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "compat.h"
#include "gate.h"
#include "hook.h"
#include "mcache.h"
#include "mheap.h"
#include "mlarge.h"
#include "mspan.h"
#include "pageref.h"
#include "recycle.h"

/* Larger ones cost their pages, and not the way to them; and see may_cache() */
#define MAX_CACHED_PAGES	(SZ_512K >> PAGE_SHIFT)
static_assert(MAX_CACHED_PAGES > PFN_DOWN(MAX_SMALL_SIZE));

static struct mspan *alloc_cached(struct gomalloc_heap *heap,
				  unsigned int npages, bool noscan, int nid)
{
	struct mcache_class *mc;
	struct mspan *span = NULL;

	if (npages > MAX_CACHED_PAGES)
		return NULL;
	mc = gate_enter(heap, noscan);
	if (!mc)
		return NULL;
	if (mc->nid == nid)
		span = recycle_take_large(mc, npages);
	gate_leave(mc);
	return span;
}

/* Return: a span of its own for one object, or NULL */
void *mlarge_alloc(struct gomalloc_heap *heap, size_t size, bool noscan,
		   gfp_t gfp, int nid)
{
	unsigned int npages = PFN_UP(size);
	struct mspan *span = alloc_cached(heap, npages, noscan, nid);

	if (!span)
		span = mheap_alloc(heap->node[nid], noscan, npages, gfp);
	if (!span)
		return NULL;
	mspan_mark_allocated(span, 0);
	return mspan_object(span, 0);
}

/*
 * What others refer to is not to be used again: the mheap sees to that. A quarter of
 * the cache is half of what large objects may have of it.
 */
static bool may_cache(const struct mspan *span)
{
	return span->npages <= MAX_CACHED_PAGES &&
	       (size_t)span->npages << PAGE_SHIFT <=
	       READ_ONCE(span->heap->cache_bytes) / 4 &&
	       pageref_all_idle(virt_to_page((void *)span->base),
				span->npages);
}

/* Return: false: @span is not cached */
static bool cache_span(struct mspan *span, struct llist_head *empty)
{
	struct mcache_class *mc = gate_enter(span->heap,
					     span->spanclass);
	bool fits;

	if (!mc)
		return false;
	fits = mc->cap && mc->nid == span->nid;
	if (fits)
		recycle_put_large(mc, span, empty);
	gate_leave(mc);
	return fits;
}

/* The same when there was no stack, if that is the reason */
static bool cache_first_span(struct mspan *span, struct llist_head *empty)
{
	mcache_make_stack(span->heap, span->spanclass);
	return cache_span(span, empty);
}

/* Up to 4 MiB take their time */
void mlarge_clear(void *p, size_t size, gfp_t gfp)
{
	size_t at, step = SZ_256K;

	for (at = 0; at < size; at += step) {
		hook_zero(p + at, min(step, size - at));
		if (gfpflags_allow_blocking(gfp))
			cond_resched();
	}
}

/*
 * The same of one that is freed, but for pages to which others refer: what is in them
 * may be on its way, and is theirs
 */
void mlarge_clear_freed(const struct mspan *span)
{
	struct page *page = virt_to_page((void *)span->base);
	unsigned int i;

	for (i = 0; i < span->npages; i++) {
		if (!pageref_has_others(page + i))
			clear_page((void *)(span->base +
					    ((unsigned long)i << PAGE_SHIFT)));
	}
}

/* Free a large object that the caller has marked freed */
void mlarge_free(struct mspan *span)
{
	struct gomalloc_heap *heap = span->heap;
	unsigned int spc = span->spanclass;
	LLIST_HEAD(empty);

	if (heap->flags & GOMALLOC_HEAP_ZERO_FREE)
		mlarge_clear_freed(span);
	if (may_cache(span) &&
	    (cache_span(span, &empty) || cache_first_span(span, &empty)))
		mcache_limit(heap, spc);
	else
		__llist_add(&span->chain, &empty);
	mheap_free_spans(&empty);
}
