// SPDX-License-Identifier: GPL-2.0
/*
 * mgrow - arenas from and to the page allocator
 *
 * What: gets a mheap an arena when it has no run of pages, and gives back what
 *	it does not use: empty arenas, structs of spans that are no more.
 * Called by mheap.c and scavenge.c. Calls marena.c, pagemap.c, heap.c for the
 *	limit and the memory of a struct mspan, and the page allocator.
 * Locks: mheap->lock, see mheap.c; not held across the page allocator, nor
 *	while an arena is taken to pieces.
 * Owns: an arena before it is entered and after it is taken out.
 * Invariant: what is charged to the heap is what its mheaps hold, and what is
 *	on its way.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "heap.h"
#include "marena.h"
#include "mheap.h"
#include "pagemap.h"

/* Blocks of up to 2 MiB; larger only for an object that needs it */
#define GROW_ORDER_MAX	(21 - PAGE_SHIFT)

/* Structs of spans that are kept at least */
#define MIN_UNUSED	64

/*
 * === growing ===
 */

/* Enter a new arena, so that the next one is asked to be larger */
void mheap_insert_arena_locked(struct mheap *h, struct marena *arena)
{
	lockdep_assert_held(&h->lock);
	marena_insert(&h->arenas, arena);
	list_add(&arena->empty, &h->empty);
	h->nr_arenas++;
	h->held_pages += arena->npages;
	h->grows++;
	if (h->grow_order < GROW_ORDER_MAX)
		WRITE_ONCE(h->grow_order, h->grow_order + 1);
}

static void erase_arena_locked(struct mheap *h, struct marena *arena)
{
	lockdep_assert_held(&h->lock);
	marena_erase(&h->arenas, arena);
	list_del(&arena->empty);
	h->nr_arenas--;
	h->held_pages -= arena->npages;
}

static void free_arena_pages(unsigned long base, unsigned int npages)
{
	struct page *page = virt_to_page((void *)base);
	unsigned int i;

	for (i = 0; i < npages; i++)
		__free_page(page + i);
}

/* Nobody but the caller knows the arena any more */
static void release_arena(struct gomalloc_heap *heap, struct marena *arena)
{
	pagemap_set(arena->base, arena->npages, &pagemap_foreign_page);
	free_arena_pages(arena->base, arena->npages);
	heap_uncharge(heap, arena->npages);
	kfree(arena);
}

/* Return: a block of 1 << @order pages with its records, or NULL */
static struct marena *mheap_sys_alloc(struct mheap *h, unsigned int order,
				      gfp_t gfp)
{
	unsigned int npages = 1U << order;
	struct marena *arena;
	struct page *page;

	if (!heap_charge(h->heap, npages))
		return NULL;
	arena = kzalloc(struct_size(arena, used, BITS_TO_LONGS(npages)),
			gfp & MHEAP_META_GFP);
	if (!arena)
		goto err_uncharge;
	page = alloc_pages_node(h->nid, gfp | heap_page_gfp(h->heap), order);
	if (!page)
		goto err_free_arena;
	split_page(page, order);
	marena_init(arena, (unsigned long)page_address(page), npages);
	if (pagemap_reserve(arena->base, npages, gfp & MHEAP_META_GFP))
		goto err_free_pages;
	pagemap_set(arena->base, npages, &pagemap_free_page);
	arena->map = pagemap_entries(arena->base, npages);
	return arena;

err_free_pages:
	free_arena_pages(arena->base, npages);
err_free_arena:
	kfree(arena);
err_uncharge:
	heap_uncharge(h->heap, npages);
	return NULL;
}

/*
 * Get an arena for @npages: a large one if this node has it for the asking, in
 * the end one that just does, with all the force that the caller allows.
 */
struct marena *mheap_grow(struct mheap *h, unsigned int npages, gfp_t gfp)
{
	unsigned int need = get_order((size_t)npages << PAGE_SHIFT);
	gfp_t light = (gfp | __GFP_NOWARN | __GFP_NORETRY | __GFP_THISNODE) &
		      ~(__GFP_DIRECT_RECLAIM | __GFP_RETRY_MAYFAIL);
	unsigned int order = clamp_t(unsigned int, READ_ONCE(h->grow_order),
				     need, GOMALLOC_MAX_ORDER);
	struct marena *arena;

	for (; order > need; order--) {
		arena = mheap_sys_alloc(h, order, light);
		if (arena)
			return arena;
	}
	/* Empty arenas of the wrong size may stand between us and the limit */
	if (heap_over_limit(h->heap, 1U << need))
		heap_release_empty(h->heap, 1U << need);
	return mheap_sys_alloc(h, need, gfp);
}

/*
 * === giving back ===
 */

/* Is there something that a scavenger might give back? */
bool mheap_has_surplus(const struct mheap *h)
{
	return !list_empty(&h->empty) || h->nr_unused > MIN_UNUSED;
}

/* Return: the arena that has been empty for longest, out of the tree; or NULL */
static struct marena *take_empty_arena(struct mheap *h, unsigned long keep)
{
	struct marena *arena = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&h->lock, flags);
	if (!list_empty(&h->empty) && h->held_pages > keep) {
		arena = list_last_entry(&h->empty, struct marena, empty);
		erase_arena_locked(h, arena);
	}
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return arena;
}

/*
 * Give back the arenas without spans while the heap holds more than @keep
 * pages of this node, up to @most pages. Return: pages.
 */
size_t mheap_release_empty(struct mheap *h, unsigned long keep, size_t most)
{
	struct marena *arena;
	size_t npages = 0;

	while (npages < most && (arena = take_empty_arena(h, keep))) {
		npages += arena->npages;
		release_arena(h->heap, arena);
	}
	return npages;
}

static struct mspan *take_unused(struct mheap *h, unsigned int keep)
{
	struct mspan *span = NULL;
	unsigned long flags;
	unsigned int tier;

	raw_spin_lock_irqsave(&h->lock, flags);
	for (tier = 0; h->nr_unused > keep && tier < MSPAN_TIERS; tier++) {
		if (!h->unused[tier].first)
			continue;
		span = llist_entry(h->unused[tier].first, struct mspan, chain);
		h->unused[tier].first = span->chain.next;
		h->nr_unused--;
		break;
	}
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return span;
}

static void free_unused(struct mheap *h, unsigned int keep)
{
	struct mspan *span;

	while ((span = take_unused(h, keep))) {
		heap_free_mspan(h->heap, span);
		cond_resched();
	}
}

/* Give back all that no span uses. Sleeps. Return: bytes of pages. */
size_t mheap_trim(struct mheap *h)
{
	size_t npages = 0, n;

	while ((n = mheap_release_empty(h, 0, 1))) {
		npages += n;
		cond_resched();
	}
	free_unused(h, 0);
	return npages << PAGE_SHIFT;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_trim);

/*
 * A step of the scavenger: give back empty arenas beyond a tenth more than was
 * in use since the last step. Sleeps. Return: is there anything left?
 */
bool mheap_scavenge(struct mheap *h)
{
	unsigned long keep, flags;
	bool surplus;

	raw_spin_lock_irqsave(&h->lock, flags);
	keep = h->peak_pages + h->peak_pages / 10;
	h->peak_pages = h->used_pages;
	raw_spin_unlock_irqrestore(&h->lock, flags);
	while (mheap_release_empty(h, keep, 1))
		cond_resched();
	free_unused(h, MIN_UNUSED);
	raw_spin_lock_irqsave(&h->lock, flags);
	surplus = mheap_has_surplus(h);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return surplus;
}
