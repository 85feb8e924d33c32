// SPDX-License-Identifier: GPL-2.0
/*
 * mrelease - pages and metadata of a mheap back to where they came from
 *
 * What: releases what no span uses: whole arenas first, then runs of pages in
 *	others, the highest addresses first, so that low ones fill; and the
 *	metadata of spans that are no more. Tells the kernel how much of it
 *	there is.
 * Locks: mheap->lock, see mheap.c; not held while pages are freed.
 * Owns: pages that were taken out of an arena, and arenas out of the tree.
 * Invariant: a page is foreign in the page map before it is freed, and
 *	uncharged after that. One that others refer to is not used again.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "ledger.h"
#include "marena.h"
#include "meta.h"
#include "mrelease.h"
#include "mspan.h"
#include "pagemap.h"
#include "pageref.h"
#include "report.h"

/* Empty arenas of which the highest is chosen, with the lock held */
#define MAX_EMPTY_LOOKS	64

/* Part of what is in use that a heap which grows may have in runs of no use */
#define EXCESS_PART	32
#define MIN_EXCESS	(SZ_2M >> PAGE_SHIFT)

/* Pages that are released until others have a turn: by whoever grows, or waits */
#define EXCESS_STEP	(GOMALLOC_MAX_SIZE >> PAGE_SHIFT)
#define SLOW_STEP	(SZ_256K >> PAGE_SHIFT)

/*
 * === what there is to release ===
 */

/* Tell the kernel how many pages it could have */
void mrelease_count_free_locked(struct mheap *h)
{
	long nfree = h->held_pages - h->used_pages;
	long delta = nfree - h->counted_pages;

	lockdep_assert_held(&h->lock);
	if (!delta)
		return;
	h->counted_pages = nfree;
	mod_node_page_state(NODE_DATA(h->nid), NR_KERNEL_MISC_RECLAIMABLE,
			    delta);
}

/*
 * === pages ===
 */

/* What was taken out of a mheap: an arena that is empty, or else a run */
struct piece {
	struct marena	*arena;
	unsigned long	base;
	unsigned int	npages;
};

/* The highest arena that is empty, of the first few; or NULL */
static struct marena *highest_empty_locked(struct mheap *h)
{
	struct marena *arena, *highest = NULL;
	unsigned int n = 0;

	lockdep_assert_held(&h->lock);
	list_for_each_entry(arena, &h->empty, empty) {
		if (!highest || arena->base > highest->base)
			highest = arena;
		if (++n == MAX_EMPTY_LOOKS)
			break;
	}
	return highest;
}

static void take_arena_locked(struct mheap *h, struct piece *piece)
{
	lockdep_assert_held(&h->lock);
	piece->npages = marena_held(piece->arena);
	marena_erase(&h->arenas, piece->arena);
	list_del(&piece->arena->empty);
	h->nr_arenas--;
}

static void take_run_locked(struct mheap *h, unsigned int most,
			    struct piece *piece)
{
	struct marena *arena = marena_highest_free(&h->arenas);
	unsigned int page;

	lockdep_assert_held(&h->lock);
	piece->npages = 0;
	if (!arena)
		return;
	piece->npages = marena_part_with_run(arena, most, &page);
	piece->base = arena->base + ((unsigned long)page << PAGE_SHIFT);
}

/* Return: false: the mheap has no free page, or not more than @keep in all */
static bool take_piece(struct mheap *h, unsigned long keep, size_t most,
		       struct piece *piece)
{
	unsigned long flags;
	bool taken = false;

	raw_spin_lock_irqsave(&h->lock, flags);
	/* Of some arenas no page may be left */
	if (h->held_pages > keep || (!keep && h->nr_arenas)) {
		piece->arena = highest_empty_locked(h);
		if (piece->arena)
			take_arena_locked(h, piece);
		else
			take_run_locked(h, min(most, h->held_pages - keep),
					piece);
		h->held_pages -= piece->npages;
		mrelease_count_free_locked(h);
		taken = piece->arena || piece->npages;
	}
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return taken;
}

/* Pages that no one finds any more */
void mrelease_free_pages(struct gomalloc_heap *heap, unsigned long base,
			 unsigned int npages)
{
	struct lost_refs lost = { .base = base };

	pageref_release(virt_to_page((void *)base), npages, &lost.puts);
	if (unlikely(lost.puts))
		report_lost_refs(heap, &lost);
}

static void free_run(struct gomalloc_heap *heap, unsigned long base,
		     unsigned int npages)
{
	pagemap_set(base, npages, &pagemap_foreign_page);
	mrelease_free_pages(heap, base, npages);
}

/* The pages that are still here are those that are marked free */
static void free_arena(struct gomalloc_heap *heap, struct marena *arena)
{
	unsigned int start, end = 0;

	while ((start = find_next_zero_bit(arena->used, arena->npages, end)) <
	       arena->npages) {
		end = find_next_bit(arena->used, arena->npages, start);
		free_run(heap, arena->base + ((unsigned long)start << PAGE_SHIFT),
			 end - start);
	}
	meta_free(heap, meta_arena_kind(arena->npages), arena);
}

static void give_back(struct mheap *h, const struct piece *piece)
{
	if (piece->arena) {
		ledger_count(h->heap, LEDGER_RELEASE_ARENA, 1);
		free_arena(h->heap, piece->arena);
	} else {
		ledger_count(h->heap, LEDGER_RELEASE_RUN, 1);
		free_run(h->heap, piece->base, piece->npages);
	}
}

/*
 * Release pages that no span uses while the mheap holds more than @keep, up
 * to about @most. Any context. Return: how many.
 */
size_t mrelease_pages(struct mheap *h, unsigned long keep, size_t most)
{
	struct piece piece;
	size_t npages = 0;

	while (npages < most && take_piece(h, keep, most - npages, &piece)) {
		npages += piece.npages;
		give_back(h, &piece);
		ledger_uncharge(h->heap, piece.npages);
	}
	return npages;
}
EXPORT_SYMBOL_IF_KUNIT(mrelease_pages);

/*
 * Put back a run with pages whose counts are not as they were: those that others
 * refer to are given up. Return: references that others dropped and had not.
 */
unsigned int mrelease_settle_run_locked(struct mheap *h, struct marena *arena,
					unsigned int page, unsigned int npages)
{
	unsigned long base = arena->base + ((unsigned long)page << PAGE_SHIFT);
	unsigned int puts = 0;

	lockdep_assert_held(&h->lock);
	for (; npages; npages--, page++, base += PAGE_SIZE) {
		/* Before they may free it, and another arena gets it */
		pagemap_set(base, 1, &pagemap_foreign_page);
		if (pageref_settle(arena->pages + page, &puts)) {
			pagemap_set(base, 1, &pagemap_free_page);
			marena_put_run(arena, page, 1);
			continue;
		}
		marena_lose_page(arena);
		h->held_pages--;
		ledger_uncharge(h->heap, 1);
		ledger_count(h->heap, LEDGER_GIVE_UP, 1);
	}
	return puts;
}

/*
 * The mheap grows although it has free pages, in runs that are too short. Let
 * these not become many, or what a heap takes would depend on how well its
 * objects happen to fit. Any context.
 */
void mrelease_excess(struct mheap *h)
{
	unsigned long used = READ_ONCE(h->used_pages);
	unsigned long keep = used + max(used / EXCESS_PART, MIN_EXCESS);

	if (READ_ONCE(h->held_pages) > keep)
		mrelease_pages(h, keep, EXCESS_STEP);
}

/*
 * === metadata ===
 */

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
		ledger_count(h->heap, LEDGER_METADATA_FREED, 1);
		mspan_destroy(h->heap, span);
		cond_resched();
	}
}

/* Free span metadata beyond a few. Sleeps. */
void mrelease_metadata(struct mheap *h)
{
	free_unused(h, MRELEASE_MIN_UNUSED);
}

/*
 * === both ===
 */

/* Release down to @keep pages, in steps that give way. Sleeps. */
static size_t release_slowly(struct mheap *h, unsigned long keep)
{
	size_t npages = 0, n;

	while ((n = mrelease_pages(h, keep, SLOW_STEP))) {
		npages += n;
		cond_resched();
	}
	return npages;
}

/* Release all that no span uses. Sleeps. Return: bytes of pages. */
size_t mrelease_trim(struct mheap *h)
{
	size_t npages = release_slowly(h, 0);

	free_unused(h, 0);
	return npages << PAGE_SHIFT;
}

/*
 * A step of the scavenger: release free pages beyond a tenth more than was in
 * use since the last step, or @all. Sleeps. Return: is there anything left?
 */
bool mrelease_scavenge(struct mheap *h, bool all)
{
	unsigned long keep, flags;
	bool surplus;

	raw_spin_lock_irqsave(&h->lock, flags);
	keep = h->peak_pages + h->peak_pages / 10;
	h->peak_pages = h->used_pages;
	raw_spin_unlock_irqrestore(&h->lock, flags);
	release_slowly(h, all ? 0 : keep);
	free_unused(h, h->used_pages ? MRELEASE_MIN_UNUSED : 0);
	raw_spin_lock_irqsave(&h->lock, flags);
	mrelease_count_free_locked(h);
	surplus = mrelease_has_surplus(h);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return surplus;
}

/*
 * === all nodes ===
 */

/* The next mheap of a heap from *@nid on, see for_each_mheap(); or NULL */
struct mheap *mrelease_next_mheap(struct gomalloc_heap *heap,
				  unsigned int *nid)
{
	struct mheap *h = NULL;

	while (!h && *nid < heap->nr_nodes)
		h = heap->node[(*nid)++];
	return h;
}

/* Release about @npages free pages; any context. Return: how many. */
size_t mrelease_heap(struct gomalloc_heap *heap, size_t npages)
{
	struct mheap *h;
	size_t done = 0;
	unsigned int i;

	for_each_mheap(h, heap, i) {
		if (done < npages)
			done += mrelease_pages(h, 0, npages - done);
	}
	return done;
}
