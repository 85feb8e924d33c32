// SPDX-License-Identifier: GPL-2.0
/*
 * mrelease - pages and metadata of a mheap back to where they came from
 *
 * What: releases what no span uses: empty arenas first, whole blocks before
 *	others; then runs of pages in broken arenas; runs in whole blocks last.
 *	Of equal ones the highest addresses go first, so that low ones fill. And
 *	the metadata of spans that are no more. Tells the kernel how much of it
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
#include "trace.h"

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

/**
 * struct quota - how much to release
 * @keep: pages that the mheap may hold in any case
 * @most: about so many pages are enough
 * @slack: pages beyond @keep for which no whole block is broken
 */
struct quota {
	unsigned long	keep;
	size_t		most;
	unsigned long	slack;
};

/**
 * struct piece - what was taken out of a mheap
 * @arena: an arena that is empty; NULL for a run
 * @base: address of the run
 * @npages: pages of either
 * @block: it was a whole block, or the run was of one
 */
struct piece {
	struct marena	*arena;
	unsigned long	base;
	unsigned int	npages;
	bool		block;
};

/*
 * An arena that is empty: the highest of the first few that are whole blocks, or
 * of the others if there is none; or NULL
 */
static struct marena *best_empty_locked(struct mheap *h)
{
	struct marena *arena, *best = NULL;
	unsigned int n = 0;

	lockdep_assert_held(&h->lock);
	list_for_each_entry(arena, &h->empty, empty) {
		/* No more whole ones: marena_add_empty() */
		if (best && marena_is_whole(best) && !marena_is_whole(arena))
			break;
		if (!best || arena->base > best->base)
			best = arena;
		if (++n == MAX_EMPTY_LOOKS)
			break;
	}
	return best;
}

/* Where to release a run, of a mheap with as many pages beyond what it keeps */
static struct marena *best_used_locked(struct mheap *h, unsigned long beyond,
				       unsigned long slack)
{
	struct marena *arena = marena_highest_broken(&h->arenas);

	lockdep_assert_held(&h->lock);
	if (arena || beyond < slack)
		return arena;
	return marena_highest_free(&h->arenas);
}

static void take_arena_locked(struct mheap *h, struct piece *piece)
{
	lockdep_assert_held(&h->lock);
	piece->npages = marena_held(piece->arena);
	piece->block = marena_is_whole(piece->arena);
	marena_erase(&h->arenas, piece->arena);
	list_del(&piece->arena->empty);
	h->nr_arenas--;
}

static void take_run_locked(struct mheap *h, const struct quota *quota,
			    struct piece *piece)
{
	unsigned long beyond = h->held_pages - quota->keep;
	struct marena *arena = best_used_locked(h, beyond, quota->slack);
	size_t most = min(quota->most, beyond);
	unsigned int page;

	lockdep_assert_held(&h->lock);
	piece->npages = 0;
	if (!arena)
		return;
	piece->block = marena_is_whole(arena);
	piece->npages = marena_part_with_run(arena, most, &page);
	piece->base = arena->base + ((unsigned long)page << PAGE_SHIFT);
}

/* Return: false: the mheap has nothing that @quota has not left to it */
static bool take_piece(struct mheap *h, const struct quota *quota,
		       struct piece *piece)
{
	unsigned long flags;
	bool taken = false;

	raw_spin_lock_irqsave(&h->lock, flags);
	/* Of some arenas no page may be left */
	if (h->held_pages > quota->keep || (!quota->keep && h->nr_arenas)) {
		piece->arena = best_empty_locked(h);
		if (piece->arena)
			take_arena_locked(h, piece);
		else
			take_run_locked(h, quota, piece);
		ledger_add_held_locked(h, -(long)piece->npages);
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

/* The scavenger may release what is left of the block, and may be asleep */
static void note_broken(struct mheap *h)
{
	ledger_count(h->heap, LEDGER_BREAK_BLOCK, 1);
	ledger_wake_scavenger(h->heap);
}

static void give_back(struct mheap *h, const struct piece *piece)
{
	if (piece->arena) {
		trace_arena_release(h, piece->arena->base, piece->npages, true);
		ledger_count(h->heap, LEDGER_RELEASE_ARENA, 1);
		ledger_count(h->heap, LEDGER_RELEASE_BLOCK, piece->block);
		free_arena(h->heap, piece->arena);
	} else {
		trace_arena_release(h, piece->base, piece->npages, false);
		ledger_count(h->heap, LEDGER_RELEASE_RUN, 1);
		if (piece->block)
			note_broken(h);
		free_run(h->heap, piece->base, piece->npages);
	}
}

static size_t release(struct mheap *h, struct quota quota)
{
	struct piece piece;
	size_t npages = 0;

	while (quota.most && take_piece(h, &quota, &piece)) {
		npages += piece.npages;
		quota.most -= min_t(size_t, quota.most, piece.npages);
		give_back(h, &piece);
		ledger_uncharge(h->heap, piece.npages);
	}
	return npages;
}

/*
 * Release pages that no span uses while the mheap holds more than @keep, up
 * to about @most. Any context. Return: how many.
 */
size_t mrelease_pages(struct mheap *h, unsigned long keep, size_t most)
{
	return release(h, (struct quota){ .keep = keep, .most = most });
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
		ledger_count(h->heap, LEDGER_BREAK_BLOCK, marena_is_whole(arena));
		marena_lose_page(arena);
		ledger_add_held_locked(h, -1);
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
static size_t release_slowly(struct mheap *h, unsigned long keep,
			     unsigned long slack)
{
	const struct quota step = { .keep = keep, .most = SLOW_STEP,
				    .slack = slack };
	size_t npages = 0, n;

	while ((n = release(h, step))) {
		npages += n;
		cond_resched();
	}
	return npages;
}

/* Release all that no span uses. Sleeps. Return: bytes of pages. */
size_t mrelease_trim(struct mheap *h)
{
	size_t npages = release_slowly(h, 0, 0);

	free_unused(h, 0);
	return npages << PAGE_SHIFT;
}

/* Will a later step find something, even if no page is freed until then? */
static bool has_more_locked(struct mheap *h)
{
	unsigned long keep = mrelease_keep(h->used_pages);

	lockdep_assert_held(&h->lock);
	if (mrelease_has_other(h))
		return true;
	if (h->held_pages <= keep)
		return false;
	return !list_empty(&h->empty) ||
	       best_used_locked(h, h->held_pages - keep, MARENA_BLOCK);
}

/*
 * A step of the scavenger: release free pages beyond a tenth more than was in
 * use since the last step, or @all. A whole block is not broken for less than
 * another one: its huge page is worth more than a part of it. Sleeps. Return: is
 * there anything left for a later step?
 */
bool mrelease_scavenge(struct mheap *h, bool all)
{
	unsigned long keep, flags;
	bool more;

	raw_spin_lock_irqsave(&h->lock, flags);
	keep = all ? 0 : mrelease_keep(h->peak_pages);
	h->peak_pages = h->used_pages;
	raw_spin_unlock_irqrestore(&h->lock, flags);
	release_slowly(h, keep, all ? 0 : MARENA_BLOCK);
	free_unused(h, h->used_pages ? MRELEASE_MIN_UNUSED : 0);
	raw_spin_lock_irqsave(&h->lock, flags);
	mrelease_count_free_locked(h);
	more = has_more_locked(h);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return more;
}
EXPORT_SYMBOL_IF_KUNIT(mrelease_scavenge);

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
