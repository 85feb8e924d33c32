// SPDX-License-Identifier: GPL-2.0
/*
 * mwalk - the spans of a mheap, one after the other
 *
 * What: walks over all spans in use, for those who count or free them, or over all
 *	pages of the arenas, and checks that arenas and their pages add up.
 * Locks: mheap->lock, see mheap.c; may be dropped between two spans.
 * Invariant: a span that is there all the time is met once; changes nothing.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>

#include "compat.h"
#include "marena.h"
#include "mspan.h"
#include "mwalk.h"
#include "pagemap.h"

/* The arena that is next in a walk; or NULL */
static struct marena *walk_arena_locked(struct mheap *h,
					struct mwalk *walk)
{
	struct marena *arena;

	lockdep_assert_held(&h->lock);
	arena = marena_from(&h->arenas, walk->base, walk->arena);
	if (arena && arena != walk->arena) {
		walk->base = arena->base;
		walk->arena = arena;
		walk->page = 0;
	}
	return arena;
}

/* The span that begins at @page of @arena, which uses it; or NULL */
static struct mspan *span_at(const struct marena *arena, unsigned int page)
{
	struct mspan *span = span_of((void *)(arena->base +
					      ((unsigned long)page << PAGE_SHIFT)));

	/* Not yet entered, see make_span(); or the page went, to whomever */
	return span && span->arena == arena ? span : NULL;
}

/*
 * The page behind it. A span that came meanwhile may begin before the page that a
 * walk has come to.
 */
static unsigned int end_of(const struct marena *arena, const struct mspan *span)
{
	return ((span->base - arena->base) >> PAGE_SHIFT) + span->npages;
}

/* Whatever comes after the arena */
static void leave_arena(struct mwalk *walk)
{
	walk->arena++;
	walk->page = 0;
}

struct mspan *mwalk_next_span_locked(struct mheap *h, struct mwalk *walk)
{
	struct marena *arena;
	struct mspan *span;

	lockdep_assert_held(&h->lock);
	while ((arena = walk_arena_locked(h, walk))) {
		walk->page = find_next_bit(arena->used, arena->npages,
					   walk->page);
		if (walk->page >= arena->npages) {
			leave_arena(walk);
			continue;
		}
		span = span_at(arena, walk->page);
		walk->page = span ? end_of(arena, span) : walk->page + 1;
		if (span)
			return span;
	}
	return NULL;
}

bool mwalk_next_run_locked(struct mheap *h, struct mwalk *walk,
			   struct mwalk_run *run)
{
	struct marena *arena;
	unsigned int end;

	lockdep_assert_held(&h->lock);
	while ((arena = walk_arena_locked(h, walk)) && walk->page >= arena->npages)
		leave_arena(walk);
	if (!arena)
		return false;
	run->arena = arena;
	run->page = walk->page;
	run->free = !test_bit(walk->page, arena->used);
	run->span = run->free ? NULL : span_at(arena, walk->page);
	if (run->free)
		end = find_next_bit(arena->used, arena->npages, walk->page);
	else
		end = run->span ? end_of(arena, run->span) : walk->page + 1;
	run->npages = end - walk->page;
	walk->page = end;
	return true;
}

bool mwalk_valid(struct mheap *h)
{
	unsigned long held = 0, nfree = 0, flags;
	struct marena *arena;
	struct rb_node *node;
	bool valid = true;

	raw_spin_lock_irqsave(&h->lock, flags);
	for (node = rb_first(&h->arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct marena, rb);
		valid &= marena_valid(arena);
		held += marena_held(arena);
		nfree += arena->nfree;
	}
	valid &= held == h->held_pages && held - nfree == h->used_pages;
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return valid;
}
EXPORT_SYMBOL_IF_KUNIT(mwalk_valid);
