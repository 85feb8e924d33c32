// SPDX-License-Identifier: GPL-2.0
/*
 * mlarge - objects of whole pages
 *
 * What: a span each. They are large, or small and no span of their class was
 *	to be had. A CPU keeps a few of those it freed last on the recycle
 *	stack of class 0, for requests of just as many pages; the others go
 *	to and come from the mheap.
 * Called by malloc.c and mcache.c. Calls mheap.c, recycle.c.
 * Locks: the gate of class 0, see mcache.c.
 * Owns: the spans on these stacks, which are in state LARGE and marked freed.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mheap.h"
#include "mspan.h"
#include "pagemap.h"

/* Larger ones cost their pages, and not the way to them */
#define MAX_KEPT_PAGES	(SZ_128K >> PAGE_SHIFT)

static void charge(struct mcache_class *mc, const struct mspan *span, int sign)
{
	long bytes = (long)span->npages << PAGE_SHIFT;

	mcache_charge(mcache_of(mc, span->spanclass), span->spanclass,
		      sign * bytes);
}

/* Take a span of @npages off the stack, latest first. Return: it, or NULL. */
static struct mspan *take_kept(struct mcache_class *mc, unsigned int npages)
{
	struct recycle_slot *slot;
	struct mspan *span;

	for (slot = mc->top - 1; slot->object; slot--) {
		span = pagemap_lookup(slot->object);
		if (span->npages == npages) {
			*slot = *--mc->top;
			charge(mc, span, -1);
			mcache_count(span->heap->mcaches, MCACHE_LARGE_KEPT, 1);
			return span;
		}
	}
	return NULL;
}

static struct mspan *alloc_kept(struct gomalloc_heap *heap,
				unsigned int npages, bool noscan, int nid)
{
	struct mcache_class *mc;
	struct mspan *span = NULL;

	if (npages > MAX_KEPT_PAGES)
		return NULL;
	mc = mcache_get(heap->mcaches, noscan);
	if (!mc)
		return NULL;
	if (mc->nid == nid)
		span = take_kept(mc, npages);
	mcache_put(mc);
	return span;
}

/* Return: a span of its own for one object, or NULL */
void *mcache_alloc_large(struct gomalloc_heap *heap, size_t size, bool noscan,
			 gfp_t gfp, int nid)
{
	unsigned int npages = PFN_UP(size);
	struct mspan *span = alloc_kept(heap, npages, noscan, nid);

	if (!span)
		span = mheap_alloc(heap->node[nid], noscan, npages, gfp);
	if (!span)
		return NULL;
	mspan_mark_allocated(span, 0);
	return mspan_object(span, 0);
}

/*
 * The span of some classes takes more pages in a row than the page allocator
 * promises to find, or than the limit of the heap leaves. Would an object of
 * @spc take less if it had pages of its own?
 */
bool mcache_may_be_alone(unsigned int spc)
{
	size_t span = (size_t)class_to_pages(spc >> 1) << PAGE_SHIFT;

	return get_order(class_to_size[spc >> 1]) < get_order(span);
}
EXPORT_SYMBOL_IF_KUNIT(mcache_may_be_alone);

/*
 * Return: such an object, or NULL. If @gfp says so, it is cleared to the end of
 * its pages, since a program may come to see them.
 */
void *mcache_alloc_alone(struct gomalloc_heap *heap, unsigned int spc,
			 gfp_t gfp, int nid)
{
	size_t size = class_to_size[spc >> 1];
	void *p = mcache_alloc_large(heap, size, spc & 1, gfp, nid);

	if (!p)
		return NULL;
	mcache_count(heap->mcaches, MCACHE_ALONE, 1);
	if (want_init_on_alloc(gfp))
		mcache_clear_large(p, PAGE_ALIGN(size), gfp);
	return p;
}

static bool may_keep(const struct mspan *span)
{
	return span->npages <= MAX_KEPT_PAGES &&
	       mcache_may_hold(span->heap, (size_t)span->npages << PAGE_SHIFT);
}

/* Return: false: @span is not kept at hand */
static bool keep(struct mspan *span, struct llist_head *empty)
{
	struct mcache_class *mc = mcache_get(span->heap->mcaches,
					     span->spanclass);
	bool kept;

	if (!mc)
		return false;
	kept = mc->cap && mc->nid == span->nid;
	if (kept) {
		if (mc->top == mc->end)
			mcache_release_large(mc, 1, empty);
		recycle_push(mc, (void *)span->base, span->objstate);
		charge(mc, span, 1);
	}
	mcache_put(mc);
	return kept;
}

/* Give back the oldest @n spans of a stack. The caller is in the class. */
void mcache_release_large(struct mcache_class *mc, unsigned int n,
			  struct llist_head *empty)
{
	struct recycle_slot *slot = mc->end - mc->cap, *to = slot;
	struct mspan *span;

	for (; n--; slot++) {
		span = pagemap_lookup(slot->object);
		charge(mc, span, -1);
		mcache_count(span->heap->mcaches, MCACHE_LARGE_EVICT, 1);
		__llist_add(&span->chain, empty);
	}
	while (slot < mc->top)
		*to++ = *slot++;
	mc->top = to;
}

/* Up to 4 MiB take their time */
void mcache_clear_large(void *p, size_t size, gfp_t gfp)
{
	size_t at, step = SZ_256K;

	for (at = 0; at < size; at += step) {
		memset(p + at, 0, min(step, size - at));
		if (gfpflags_allow_blocking(gfp))
			cond_resched();
	}
}

/* Free a large object that the caller has marked freed */
void mcache_free_large(struct mspan *span)
{
	struct gomalloc_heap *heap = span->heap;
	unsigned int spc = span->spanclass;
	LLIST_HEAD(empty);

	if (heap->flags & GOMALLOC_HEAP_ZERO_FREE)
		mcache_clear_large((void *)span->base,
				   (size_t)span->npages << PAGE_SHIFT,
				   GFP_ATOMIC);
	if (may_keep(span)) {
		recycle_make_stack(heap, spc);
		if (!keep(span, &empty))
			__llist_add(&span->chain, &empty);
		mcache_limit(heap, spc);
	} else {
		__llist_add(&span->chain, &empty);
	}
	mheap_free_spans(&empty);
}
