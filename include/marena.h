/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of marena.c: arenas by address, and the runs of pages in them */
#ifndef _GOMALLOC_MARENA_H
#define _GOMALLOC_MARENA_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct mspan;

/* Pages of a huge page: an arena of as many is aligned to them */
#define MARENA_BLOCK	(SZ_2M >> PAGE_SHIFT)

/**
 * struct marena_subtree - what a subtree of arenas has
 * @longest: [mheap] largest &marena.longest
 * @broken: [mheap] 1: one that is &marena.broken has a free page; else 0
 */
struct marena_subtree {
	unsigned int	longest;
	unsigned int	broken;
};

/**
 * struct marena - pages of one order from the page allocator
 * @rb: in &mheap.arenas, by @base and, of those with the same, by the address of
 *	this struct
 * @empty: in &mheap.empty while no span uses a page
 * @base: [const] address of the first page
 * @pages: [const] the first page
 * @map: [const] its entries in the page map, NULL if they are in several leaves
 * @npages: [const] pages of the arena
 * @gone: pages that went back to the page allocator; they count as used
 * @nfree: pages that are here and no span uses
 * @first: no page below this one is free
 * @longest: no free run is longer; exact after a miss
 * @unaligned: lengths, as bits, of which no aligned run is free
 * @broken: 1: it is less than 2 MiB, or a page is gone; 0: it is a whole block
 * @subtree: of this arena and those below it in the tree
 * @used: a bit per page that a span uses
 *
 * All but [const] is [mheap]; see heap.h. The pages are split, so that any of them
 * can go back alone and be mapped. One that went does not come again: it may be in
 * another arena then, of any heap, which lies within this one or even begins where
 * it does.
 *
 * A whole block that is released as such is a huge page again for whoever needs
 * one.
 */
struct marena {
	struct rb_node		rb;
	struct list_head	empty;
	unsigned long		base;
	struct page		*pages;
	struct mspan		**map;
	unsigned int		npages;
	unsigned int		gone;
	unsigned int		nfree;
	unsigned int		first;
	unsigned int		longest;
	unsigned int		unaligned;
	unsigned int		broken;
	struct marena_subtree	subtree;
	unsigned long		used[];
};

/* Pages of the arena that are still here */
static inline unsigned int marena_held(const struct marena *arena)
{
	return arena->npages - arena->gone;
}

static inline bool marena_is_empty(const struct marena *arena)
{
	return arena->nfree == marena_held(arena);
}

static inline bool marena_is_whole(const struct marena *arena)
{
	return !arena->broken;
}

/* Into a list of those that are empty, in which whole blocks come first */
static inline void marena_add_empty(struct marena *arena,
				    struct list_head *empty)
{
	list_add(&arena->empty, marena_is_whole(arena) ? empty : empty->prev);
}

void marena_init(struct marena *arena, unsigned long base, unsigned int npages);
void marena_insert(struct rb_root *arenas, struct marena *arena);
void marena_erase(struct rb_root *arenas, struct marena *arena);
struct marena *marena_lowest_fit(struct rb_root *arenas, unsigned int npages);
struct marena *marena_next_fit(struct marena *arena, unsigned int npages);
struct marena *marena_highest_free(struct rb_root *arenas);
struct marena *marena_highest_broken(struct rb_root *arenas);
struct marena *marena_from(struct rb_root *arenas, unsigned long base,
			   const struct marena *at);
unsigned int marena_take_runs(struct marena *arena, unsigned int npages,
			      unsigned int align, unsigned int nr,
			      unsigned int *page);
void marena_put_run(struct marena *arena, unsigned int page,
		    unsigned int npages);
unsigned int marena_part_with_run(struct marena *arena, unsigned int most,
				  unsigned int *page);
void marena_lose_page(struct marena *arena);
bool marena_valid(const struct marena *arena);

#endif /* _GOMALLOC_MARENA_H */
