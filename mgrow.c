// SPDX-License-Identifier: GPL-2.0
/*
 * mgrow - arenas from the page allocator
 *
 * What: gets a mheap an arena when it has no run of pages.
 * Locks: mheap->lock, see mheap.c; not held across the page allocator.
 * Owns: an arena before it is entered.
 * Invariant: what is charged to the heap is what its mheaps hold, and what is
 *	on its way.
 */
#include <linux/kasan.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "compat.h"
#include "hook.h"
#include "ledger.h"
#include "marena.h"
#include "meta.h"
#include "mgrow.h"
#include "mrelease.h"
#include "pagemap.h"
#include "pageref.h"
#include "trace.h"

/* Arenas of 64 KiB to 2 MiB; larger only for an object that needs it */
#define GROW_ORDER_MIN	(PAGE_SHIFT < 16 ? 16 - PAGE_SHIFT : 0)
#define GROW_ORDER_MAX	(21 - PAGE_SHIFT)

/* The kernel warns of __GFP_NOFAIL for larger blocks */
#define NOFAIL_ORDER	1

/* An arena is at most such a part of what is in use, if the request allows it */
#define GROW_PART	16

/* The order obtained, where one that suits the heap was unavailable */
static void count_grow(struct mheap *h, unsigned int order, bool smaller)
{
	unsigned int n = order - min_t(unsigned int, order, GROW_ORDER_MIN);

	BUILD_BUG_ON(LEDGER_GROW_4M - LEDGER_GROW_64K != 6);
	ledger_count(h->heap, min(LEDGER_GROW_64K + n, LEDGER_GROW_4M + 0U), 1);
	ledger_count(h->heap, LEDGER_GROW_SMALLER, smaller);
}

void mgrow_insert_arena_locked(struct mheap *h, struct marena *arena)
{
	lockdep_assert_held(&h->lock);
	marena_insert(&h->arenas, arena);
	marena_add_empty(arena, &h->empty);
	h->nr_arenas++;
	ledger_add_held_locked(h, arena->npages);
	h->grows++;
}

/* The kernel warns of a node that went since it was chosen: look as late as can be */
static struct page *alloc_pages_of(struct mheap *h, unsigned int order,
				   gfp_t gfp)
{
	if (gfp & __GFP_THISNODE && !node_online(h->nid))
		return NULL;
	return alloc_pages_node(h->nid, gfp | ledger_page_gfp(h->heap), order);
}

/* A memory cgroup is charged above its limit for such a request */
static bool may_pass_cgroup_limit(const struct gomalloc_heap *heap, gfp_t gfp)
{
	return heap->flags & GOMALLOC_HEAP_ACCOUNT && gfp & __GFP_HIGH;
}

/*
 * Where a whole block would pass the limit of the heap, or might pass that of its
 * cgroup, only @npages of it. Return: pages, or 0.
 */
static unsigned int charge_block(struct gomalloc_heap *heap, unsigned int order,
				 unsigned int npages, gfp_t gfp)
{
	if (!may_pass_cgroup_limit(heap, gfp) &&
	    ledger_charge(heap, 1UL << order))
		return 1U << order;
	return ledger_charge(heap, npages) ? npages : 0;
}

/* A block of which the first @npages are ours, and the others nobody's */
static void split_block(struct page *page, unsigned int order,
			unsigned int npages)
{
	unsigned int i;

	split_page(page, order);
	pageref_take(page, npages);
	for (i = npages; i < 1U << order; i++)
		__free_page(page + i);
}

/*
 * Return: an arena of 1 << @order pages with its metadata, or at a limit of as few as
 * @need; or NULL
 */
static struct marena *sys_alloc(struct mheap *h, unsigned int order,
				unsigned int need, gfp_t gfp)
{
	gfp_t meta = (gfp & MGROW_META_GFP) | ledger_page_gfp(h->heap);
	unsigned int npages = charge_block(h->heap, order, need, gfp);
	struct marena *arena;
	struct page *page;
	void *base;

	if (!npages)
		return NULL;
	arena = meta_alloc(h->heap, meta_arena_kind(npages), meta | __GFP_ZERO);
	if (!arena)
		goto err_uncharge;
	page = alloc_pages_of(h, order, gfp);
	if (!page)
		goto err_free_arena;
	split_block(page, order, npages);
	/* Without the tag that KASAN gave these pages: an address is compared */
	base = kasan_reset_tag(page_address(page));
	marena_init(arena, (unsigned long)base, npages);
	arena->pages = page;
	if (pagemap_reserve(arena->base, npages, meta))
		goto err_free_pages;
	hook_take_pages(page, arena->base, npages);
	pagemap_set(arena->base, npages, &pagemap_free_page);
	arena->map = pagemap_entries(arena->base, npages);
	trace_heap_grow(h, arena->base, npages);
	return arena;

err_free_pages:
	mrelease_free_pages(h->heap, arena->base, npages);
err_free_arena:
	meta_free(h->heap, meta_arena_kind(npages), arena);
err_uncharge:
	ledger_uncharge(h->heap, npages);
	return NULL;
}

/* The order of an arena that suits the size of the heap */
static unsigned int suitable_order(struct mheap *h, unsigned int need)
{
	unsigned long npages = READ_ONCE(h->used_pages) / GROW_PART;
	unsigned int order = npages ? ilog2(npages) : 0;

	order = clamp_t(unsigned int, order, GROW_ORDER_MIN,
			GROW_ORDER_MAX);
	return clamp_t(unsigned int, order, need, GOMALLOC_MAX_ORDER);
}

/*
 * For an attempt whose failure costs nothing, as another one follows: it neither
 * takes from the reserves nor reclaims, wakes kswapd or charges a cgroup above its
 * limit
 */
static gfp_t light_gfp(gfp_t gfp)
{
	return (gfp | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN) &
	       ~(__GFP_RECLAIM | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL |
		 __GFP_HIGH | __GFP_MEMALLOC | COMPAT_GFP_ATOMIC);
}

/* Of the largest order from @order down to @need that there is. Return: it, or NULL. */
static struct marena *alloc_order(struct mheap *h, unsigned int order,
				  unsigned int need, unsigned int npages,
				  gfp_t gfp)
{
	struct marena *arena;
	unsigned int try;

	for (try = order + 1; try-- > need;) {
		arena = sys_alloc(h, try, try == need ? npages : 1U << try,
				  gfp);
		if (arena) {
			count_grow(h, try, try < order);
			return arena;
		}
	}
	return NULL;
}

/*
 * Get an arena for @npages without effort: of the order that suits the heap, or
 * less, down to what just does. Return: it, or NULL.
 */
struct marena *mgrow_light(struct mheap *h, unsigned int npages, gfp_t gfp)
{
	unsigned int need = get_order((size_t)npages << PAGE_SHIFT);
	unsigned int order = suitable_order(h, need);

	/* A task that reclaims may take the reserves, so let it be what just does */
	if (current->flags & PF_MEMALLOC)
		return NULL;
	if (ledger_over_soft_limit(h->heap, 1U << need)) {
		mrelease_heap(h->heap, 1U << need);
		ledger_wake_scavenger(h->heap);
		order = need;
	}
	return alloc_order(h, order, need, npages, light_gfp(gfp));
}

/*
 * The same for what must not fail. A memory cgroup is charged above its limit for
 * it, as it is for kmalloc(): with __GFP_HIGH, and without another look at what
 * could be reclaimed, so that it does for blocks of any order. What the machine
 * does not have is waited for where the page allocator promises it.
 */
static struct marena *mgrow_nofail(struct mheap *h, unsigned int npages,
				   gfp_t gfp)
{
	unsigned int need = get_order((size_t)npages << PAGE_SHIFT);
	struct marena *arena = NULL;

	if (h->heap->flags & GOMALLOC_HEAP_ACCOUNT)
		arena = alloc_order(h, suitable_order(h, need), need, npages,
				    light_gfp(gfp) | __GFP_HIGH);
	if (!arena && need <= NOFAIL_ORDER)
		arena = alloc_order(h, need, need, npages, gfp);
	return arena;
}

/* The same of what just does, with all the force that the caller allows */
struct marena *mgrow_hard(struct mheap *h, unsigned int npages, gfp_t gfp)
{
	unsigned int need = get_order((size_t)npages << PAGE_SHIFT);
	struct marena *arena = sys_alloc(h, need, npages, gfp & ~__GFP_NOFAIL);

	if (arena)
		count_grow(h, need, need < suitable_order(h, need));
	else if (gfp & __GFP_NOFAIL)
		arena = mgrow_nofail(h, npages, gfp);
	if (!arena)
		ledger_count(h->heap, LEDGER_GROW_FAILED, 1);
	return arena;
}
