// SPDX-License-Identifier: GPL-2.0
/*
 * mheap - pages of one heap on one node: arenas, and runs of pages in them
 *
 * What: cuts spans out of arenas, lowest address first, and takes them back.
 * Locks: mheap->lock, raw, irq-safe, innermost. Protects the tree, each arena
 *	in it, the unused metadata, the counters. Not held across alloc_pages*():
 *	a heap that grows does so without it and enters the arena whole.
 * Owns: its arenas, and the metadata of spans that are no more. A span in use
 *	belongs to whoever allocated it.
 * Invariant: the pages of all spans = used_pages = held_pages minus the free
 *	pages of all arenas.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nodemask.h>

#include "compat.h"
#include "context.h"
#include "hook.h"
#include "ledger.h"
#include "marena.h"
#include "mgrow.h"
#include "mheap.h"
#include "mrelease.h"
#include "mspan.h"
#include "mwalk.h"
#include "pagemap.h"
#include "pageref.h"
#include "redzone.h"
#include "report.h"
#include "tag.h"
#include "trace.h"

/*
 * Arenas that a search has tried in vain, for a run that is not aligned or a promise
 * that is out of date, before it looks for what will do in any case; after as many
 * again the lock is dropped
 */
#define MAX_MISSES	4

/* Pages not in use by which the kernel's count may be wrong for a while */
#define MAX_COUNT_ERROR	((long)(SZ_4M >> PAGE_SHIFT))

/* Spans that are freed in one go, with the lock held */
#define FREE_BATCH	16

/* Flags that mean the object, not the arena its span is cut from */
#define NOT_FOR_PAGES	(__GFP_ZERO | __GFP_COMP | __GFP_ACCOUNT | \
			 __GFP_RECLAIMABLE | __GFP_MOVABLE)

struct mcentral emptymcentral __ro_after_init;
EXPORT_SYMBOL_IF_KUNIT(emptymcentral);

/* Take the lock for a span, and count that */
#define mheap_lock(h, flags)						\
do {									\
	raw_spin_lock_irqsave(&(h)->lock, flags);			\
	ledger_count((h)->heap, LEDGER_LOCKS, 1);		\
} while (0)

/*
 * === spans ===
 */

/* As kmalloc() promises: by the largest power of two in the size, in pages */
static unsigned int run_align(unsigned int spc, unsigned int npages)
{
	unsigned int size = class_to_size[spc >> 1];

	/* Those of most classes are of no whole pages */
	if (size % PAGE_SIZE)
		return 1;
	if (size)
		npages = size / PAGE_SIZE;
	return npages & -npages;
}

/* Count @nr spans of @npages each, which @arena gave */
static void count_spans_locked(struct mheap *h, struct marena *arena,
			       unsigned int npages, unsigned int nr)
{
	lockdep_assert_held(&h->lock);
	if (arena->nfree + nr * npages == marena_held(arena))
		list_del_init(&arena->empty);
	h->used_pages += nr * npages;
	h->peak_pages = max(h->peak_pages, h->used_pages);
	h->nr_spans += nr;
}

/* The kernel knows how many pages it could have, if not exactly at any time */
static void note_free_locked(struct mheap *h)
{
	long nfree = h->held_pages - h->used_pages;

	lockdep_assert_held(&h->lock);
	/* In either direction */
	if (unlikely((unsigned long)(nfree - h->counted_pages +
				     MAX_COUNT_ERROR) > 2 * MAX_COUNT_ERROR))
		mrelease_count_free_locked(h);
}

static void set_run(struct mspan *span, const struct mheap *h,
		    struct marena *arena, unsigned int page)
{
	span->arena = arena;
	span->nid = h->nid;
	span->base = arena->base + ((unsigned long)page << PAGE_SHIFT);
}

/**
 * struct search - for runs of pages, one after the other
 * @npages: length of each
 * @align: the number of its first page is a multiple of this
 * @want: length to look for in the tree; at first @npages
 * @arena: where to go on, NULL for the lowest
 * @misses: arenas tried in vain since the lock was taken
 */
struct search {
	unsigned int	npages;
	unsigned int	align;
	unsigned int	want;
	unsigned int	misses;
	struct marena	*arena;
};

/*
 * Try arenas from s->arena on, until @most were tried in vain. Return: how many
 * runs in a row one gave.
 */
static unsigned int try_arenas_locked(struct mheap *h, struct search *s,
				      unsigned int most, unsigned int nr,
				      unsigned int *page)
{
	unsigned int found;

	lockdep_assert_held(&h->lock);
	for (; s->arena && s->misses < most; s->misses++) {
		found = marena_take_runs(s->arena, s->npages, s->align, nr,
					 page);
		if (found) {
			count_spans_locked(h, s->arena, s->npages, found);
			return found;
		}
		s->arena = marena_next_fit(s->arena, s->want);
	}
	return 0;
}

/*
 * Take up to @nr runs in a row, lowest address first, from s->arena and *@page
 * on. Not many arenas are tried before the lock has to be dropped. Return: their
 * number; 0: there is no such run; -EAGAIN.
 */
static int mheap_alloc_span_locked(struct mheap *h, struct search *s,
				   unsigned int nr, unsigned int *page)
{
	unsigned int found;

	lockdep_assert_held(&h->lock);
	if (!s->arena)
		s->arena = marena_lowest_fit(&h->arenas, s->want);
	found = try_arenas_locked(h, s, MAX_MISSES, nr, page);
	if (found || !s->arena)
		return found;
	/* This long, it has an aligned part; so each miss corrects an arena */
	s->want = s->npages + s->align - 1;
	s->arena = marena_lowest_fit(&h->arenas, s->want);
	found = try_arenas_locked(h, s, 2 * MAX_MISSES, nr, page);
	if (found || !s->arena)
		return found;
	s->arena = NULL;
	return -EAGAIN;
}

/*
 * Enter @arena and cut the first span out of it in one go, so that no other
 * CPU can take the pages that this one asked for. The page allocator may have
 * gone to another node: then that node's mheap gets the arena.
 */
static void enter_arena(struct mheap *h, struct marena *arena,
			struct mspan *span, unsigned int npages)
{
	int nid = page_to_nid(virt_to_page((void *)arena->base));
	struct mheap *home = h->heap->node[nid];
	unsigned long flags;
	unsigned int page;

	ledger_count(h->heap, LEDGER_GROW_ELSEWHERE, home != h);
	raw_spin_lock_irqsave(&home->lock, flags);
	mgrow_insert_arena_locked(home, arena);
	marena_take_runs(arena, npages, 1, 1, &page);
	count_spans_locked(home, arena, npages, 1);
	set_run(span, home, arena, page);
	mrelease_count_free_locked(home);
	raw_spin_unlock_irqrestore(&home->lock, flags);
}

static bool alloc_run(struct mheap *h, struct mspan *span, unsigned int npages,
		      unsigned int align)
{
	struct search s = { .npages = npages, .align = align, .want = npages };
	unsigned long flags;
	unsigned int page;
	int found;

	do {
		s.misses = 0;
		mheap_lock(h, flags);
		found = mheap_alloc_span_locked(h, &s, 1, &page);
		if (found == 1)
			set_run(span, h, s.arena, page);
		raw_spin_unlock_irqrestore(&h->lock, flags);
	} while (found == -EAGAIN);
	return found;
}

/*
 * A run that another node has already: this one is full, or not for the caller,
 * and each span would get an arena there
 */
static bool alloc_run_elsewhere(struct mheap *h, struct mspan *span,
				unsigned int npages, unsigned int align)
{
	struct mheap *other;
	unsigned int nid;

	for_each_mheap(other, h->heap, nid) {
		if (other != h && alloc_run(other, span, npages, align))
			return true;
	}
	return false;
}

static unsigned int count_unused(const struct llist_head *unused,
				 unsigned int most)
{
	const struct llist_node *node = unused->first;
	unsigned int n;

	for (n = 0; node && n < most; n++)
		node = node->next;
	return n;
}

/*
 * Return: a chain of up to @nr spans, as far as there are metadata and runs for
 * them that are found without many a miss
 */
static struct mspan *take_spans(struct mheap *h, unsigned int tier,
				unsigned int npages, unsigned int align,
				unsigned int nr)
{
	struct search s = { .npages = npages, .align = align, .want = npages };
	struct llist_head *unused = &h->unused[tier];
	struct mspan *first = NULL, **link = &first, *span;
	unsigned long flags;
	unsigned int page, taken = 0;
	int found, i;

	mheap_lock(h, flags);
	for (nr = count_unused(unused, nr); nr; nr -= found) {
		found = mheap_alloc_span_locked(h, &s, nr, &page);
		if (found <= 0)
			break;
		h->nr_unused -= found;
		taken += found;
		for (i = 0; i < found; i++, page += npages) {
			span = llist_entry(unused->first, struct mspan, chain);
			unused->first = span->chain.next;
			set_run(span, h, s.arena, page);
			*link = span;
			link = &span->next;
		}
	}
	note_free_locked(h);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	ledger_count(h->heap, LEDGER_METADATA_REUSED, taken);
	*link = NULL;
	return first;
}

/* A span, with all the force that @gfp allows; or NULL */
static struct mspan *take_span(struct mheap *h, unsigned int spc,
			       unsigned int npages, unsigned int align,
			       gfp_t gfp)
{
	struct marena *arena;
	struct mspan *span;

	if (!context_may_alloc())
		return NULL;
	/* There is the fallback to whole pages */
	if (mspan_may_use_pages(spc))
		gfp |= __GFP_NOWARN;
	span = mspan_create(h->heap, spc, gfp & MGROW_META_GFP);
	ledger_count(h->heap, LEDGER_METADATA_NEW, !!span);
	if (!span || alloc_run(h, span, npages, align))
		return span;
	arena = mgrow_light(h, npages, gfp | __GFP_THISNODE);
	if (!arena && num_online_nodes() > 1 && !(gfp & __GFP_THISNODE)) {
		if (alloc_run_elsewhere(h, span, npages, align))
			return span;
		arena = mgrow_light(h, npages, gfp);
	}
	arena = arena ?: mgrow_hard(h, npages, gfp);
	if (!arena) {
		mspan_destroy(h->heap, span);
		return NULL;
	}
	enter_arena(h, arena, span, npages);
	mrelease_excess(h);
	return span;
}

/* Where it begins in its arena */
static __always_inline unsigned int first_page(const struct mspan *span)
{
	return (span->base - span->arena->base) >> PAGE_SHIFT;
}

/* Enter @to for the pages of @span, whose first in its arena is @page */
static __always_inline void map_span(const struct mspan *span,
				     unsigned int page, struct mspan *to)
{
	struct marena *arena = span->arena;

	if (likely(arena->map))
		pagemap_fill(arena->map + page, span->npages, to);
	else
		pagemap_set(span->base, span->npages, to);
}

/* What &mspan.debug is of a span that is made now */
static __always_inline u8 debug_now(const struct gomalloc_heap *heap)
{
	/* It comes and goes; a span made earlier or later does not matter */
	return (data_race(heap->flags) & HEAP_DEBUG_SPANS) >> HEAP_DEBUG_SHIFT;
}

/* What is special about the spans of some heaps */
static void harden_span(struct mspan *span, u8 debug)
{
	unsigned int flags = span->heap->flags;

	span->random = !!(flags & GOMALLOC_HEAP_RANDOM);
	span->debug = debug;
	if (flags & HEAP_HARDENS_FREES || debug)
		span->fast_nelems = 0;
}

/* Everything about the span but its state, then publish it */
static void make_span(struct gomalloc_heap *heap, struct mspan *span,
		      unsigned int spc, unsigned int npages)
{
	struct mheap *h = heap->node[span->nid];
	u8 debug = debug_now(heap);

	/* Often it was the same a moment ago; then little is to be done */
	if (span->mcaches == heap->mcaches && span->spanclass == spc &&
	    span->npages == npages && span->debug == debug) {
		mspan_reinit(span);
	} else {
		span->heap = heap;
		span->mcaches = heap->mcaches;
		mspan_init(span, spc, span->base, npages);
		harden_span(span, debug);
	}
	/* A late freer of an earlier life takes the lock of what it reads here */
	WRITE_ONCE(span->central, spc >> 1 ? mheap_central(h, spc) : NULL);
	WRITE_ONCE(span->state, spc >> 1 ? MSPAN_OWNED : MSPAN_LARGE);
	hook_make_span(span);
	if (unlikely(debug))
		redzone_make_span(span);
	map_span(span, first_page(span), span);
}

/*
 * Return: a span of @npages with all its objects free, owned by the caller,
 * on @h's node if there is memory; in a chain with up to @nr - 1 others if
 * those take no growth. Or NULL.
 */
struct mspan *mheap_alloc_chain(struct mheap *h, unsigned int spc,
				unsigned int npages, unsigned int nr, gfp_t gfp)
{
	unsigned int align = run_align(spc, npages);
	struct mspan *first, *span;

	first = take_spans(h, mspan_tier(h->heap, spc), npages, align, nr);
	if (!first) {
		first = take_span(h, spc, npages, align,
				  mgrow_gfp(gfp) & ~NOT_FOR_PAGES);
		if (!first)
			return NULL;
		first->next = NULL;
	}
	for (span = first; span; span = span->next)
		make_span(h->heap, span, spc, npages);
	return first;
}

struct mspan *mheap_alloc(struct mheap *h, unsigned int spc,
			  unsigned int npages, gfp_t gfp)
{
	return mheap_alloc_chain(h, spc, npages, 1, gfp);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_alloc);

/*
 * Free pages are in the place of @span, whose first in its arena is @page. Return:
 * false: others refer to one, or dropped it, and not all is entered. Two pages at a
 * time, for this is a good part of what a free of one costs.
 */
static __always_inline bool unmap_span(const struct mspan *span,
				       unsigned int page)
{
	struct mspan **entry = span->arena->map + page;
	struct page *p = span->arena->pages + page;
	unsigned int n = span->npages;

	if (unlikely(!span->arena->map) || n > PAGEMAP_FEW) {
		map_span(span, page, &pagemap_free_page);
		return pageref_all_idle(p, n);
	}
	for (; n > 1; n -= 2, entry += 2, p += 2) {
		WRITE_ONCE(entry[0], &pagemap_free_page);
		WRITE_ONCE(entry[1], &pagemap_free_page);
		if (!pageref_is_idle(p) || !pageref_is_idle(p + 1))
			return false;
	}
	if (!n)
		return true;
	WRITE_ONCE(*entry, &pagemap_free_page);
	return pageref_is_idle(p);
}

static noinline void settle_span_locked(struct mheap *h, struct mspan *span)
{
	unsigned int puts = mrelease_settle_run_locked(h, span->arena,
						       first_page(span),
						       span->npages);

	lockdep_assert_held(&h->lock);
	if (!puts)
		return;
	h->lost.puts += puts;
	h->lost.spc = span->spanclass;
	h->lost.base = span->base;
}

static void free_span_locked(struct mheap *h, struct mspan *span)
{
	struct marena *arena = span->arena;
	unsigned int page = first_page(span);

	lockdep_assert_held(&h->lock);
	WRITE_ONCE(span->state, MSPAN_FREE);
	if (likely(unmap_span(span, page)))
		marena_put_run(arena, page, span->npages);
	else
		settle_span_locked(h, span);
	h->used_pages -= span->npages;
	h->nr_spans--;
	if (marena_is_empty(arena))
		marena_add_empty(arena, &h->empty);
	__llist_add(&span->chain, &h->unused[span->tier]);
	h->nr_unused++;
}

/* Of a list that has one */
static struct mspan *first_span(struct llist_head *spans)
{
	return llist_entry(spans->first, struct mspan, chain);
}

static noinline void report_lost(struct mheap *h)
{
	struct lost_refs lost;
	unsigned long flags;

	raw_spin_lock_irqsave(&h->lock, flags);
	lost = h->lost;
	h->lost.puts = 0;
	raw_spin_unlock_irqrestore(&h->lock, flags);
	if (lost.puts)
		report_lost_refs(h->heap, &lost);
}

/* There is something to be released, or to be reported */
static void note_surplus(struct mheap *h)
{
	ledger_wake_scavenger(h->heap);
	if (unlikely(READ_ONCE(h->lost.puts)))
		report_lost(h);
}

/* A function, so that nothing of this is loaded while nobody listens */
static noinline void tell_release(const struct mspan *span)
{
	trace_span_release(span->heap, span->nid, span->spanclass, span->base,
			   span->npages);
}

/* Take back those of the first few spans of a list that are of one mheap */
static void free_batch(struct llist_head *spans)
{
	struct mspan *span = first_span(spans);
	struct gomalloc_heap *heap = span->heap;
	struct mheap *h = heap->node[span->nid];
	unsigned int n = 0;
	unsigned long flags;
	bool surplus;

	mheap_lock(h, flags);
	do {
		spans->first = span->chain.next;
		if (trace_span_release_enabled())
			tell_release(span);
		free_span_locked(h, span);
		if (!spans->first)
			break;
		span = first_span(spans);
	} while (++n < FREE_BATCH && span->heap == heap &&
		 span->nid == h->nid);
	note_free_locked(h);
	surplus = mrelease_has_surplus(h);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	if (surplus)
		note_surplus(h);
}

/* The rest of mheap_free_spans() */
void mheap_free_listed(struct llist_head *spans)
{
	tag_lose_spans(spans);
	while (spans->first)
		free_batch(spans);
}

/* The same for one */
void mheap_free(struct mspan *span)
{
	LLIST_HEAD(spans);

	__llist_add(&span->chain, &spans);
	mheap_free_spans(&spans);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_free);

/*
 * === the mheap itself ===
 */

void mheap_init(struct mheap *h, struct gomalloc_heap *heap, int nid)
{
	unsigned int tier, spc;

	raw_spin_lock_init(&h->lock);
	h->arenas = RB_ROOT;
	INIT_LIST_HEAD(&h->empty);
	for (tier = 0; tier < MSPAN_TIERS; tier++)
		init_llist_head(&h->unused[tier]);
	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		h->central[spc] = &emptymcentral;
	h->heap = heap;
	h->nid = nid;
}

/* The heap is no longer in use; what its spans hold is lost to its users */
void mheap_destroy(struct mheap *h)
{
	struct mwalk walk = {};
	struct mspan *span;
	unsigned long flags;

	for (;;) {
		raw_spin_lock_irqsave(&h->lock, flags);
		span = mwalk_next_span_locked(h, &walk);
		raw_spin_unlock_irqrestore(&h->lock, flags);
		if (!span)
			break;
		hook_lose_span(span);
		mheap_free(span);
		cond_resched();
	}
	mrelease_trim(h);
}
