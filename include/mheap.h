/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheap - pages of one heap on one node: arenas, and runs of pages in them
 *
 * Private interface of mheap.c.
 */
#ifndef _GOMALLOC_MHEAP_H
#define _GOMALLOC_MHEAP_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "mcentral.h"
#include "mspan.h"

struct marena;

/**
 * struct mheap - the pages of a heap on one node
 * @lock: protects the fields down to @grows; taken inside a mcentral's lock
 * @arenas: tree of &struct marena by address
 * @empty: those of them that no span uses
 * @nr_arenas: number of arenas
 * @held_pages: pages in them
 * @used_pages: pages that spans use
 * @peak_pages: the most of them since the scavenger came by
 * @nr_spans: spans, large ones included
 * @unused: structs of spans that are no more, by tier; a freer may still look
 *	at them, as at those in the caches they came from
 * @nr_unused: their number
 * @counted_pages: of those not used, how many the kernel was told it could have
 * @grows: blocks ever taken
 * @heap: the heap; constant
 * @nid: the node; constant
 * @central: the spans with a free object, by span class
 */
struct mheap {
	raw_spinlock_t		lock;
	struct rb_root		arenas;
	struct list_head	empty;
	unsigned int		nr_arenas;
	unsigned long		held_pages;
	unsigned long		used_pages;
	unsigned long		peak_pages;
	unsigned long		nr_spans;
	struct llist_head	unused[MSPAN_TIERS];
	unsigned long		nr_unused;
	long			counted_pages;
	unsigned long		grows;

	struct gomalloc_heap	*heap;
	int			nid;
	struct mcentral		central[NUM_SPAN_CLASSES];
};

/* Of the caller's flags, those that the records of an arena are made with */
#define MHEAP_META_GFP	(GFP_KERNEL | __GFP_HIGH | __GFP_MEMALLOC | \
			 __GFP_NOMEMALLOC | __GFP_NOWARN | __GFP_NORETRY | \
			 __GFP_RETRY_MAYFAIL)

/* mheap.c */
void mheap_init(struct mheap *h, struct gomalloc_heap *heap, int nid);
void mheap_destroy(struct mheap *h);
struct mspan *mheap_alloc(struct mheap *h, unsigned int spc,
			  unsigned int npages, gfp_t gfp);
struct mspan *mheap_alloc_chain(struct mheap *h, unsigned int spc,
				unsigned int npages, unsigned int nr, gfp_t gfp);
void mheap_free(struct mspan *span);
void mheap_free_spans(struct llist_head *spans);

/* mgrow.c */
struct marena *mheap_grow(struct mheap *h, unsigned int npages, gfp_t gfp);
void mheap_insert_arena_locked(struct mheap *h, struct marena *arena);

/* mrelease.c */
void mheap_count_free_locked(struct mheap *h);
bool mheap_has_surplus(const struct mheap *h);
void mheap_free_pages(unsigned long base, unsigned int npages);
size_t mheap_release(struct mheap *h, unsigned long keep, size_t most);
void mheap_release_excess(struct mheap *h);
void mheap_release_unused(struct mheap *h);
size_t mheap_trim(struct mheap *h);
bool mheap_scavenge(struct mheap *h, bool all);

/**
 * struct mheap_walk - how far a walk over the spans of a mheap has come
 * @base: of the arena that is next; 0 at first, as the others
 * @arena: that arena, if it is still there
 * @page: where to go on in it
 */
struct mheap_walk {
	unsigned long	base;
	struct marena	*arena;
	unsigned int	page;
};

/*
 * The next span of a walk; NULL at the end. The caller holds @h's lock, which
 * keeps the span; it may drop it between two calls.
 */
struct mspan *mheap_next_span_locked(struct mheap *h, struct mheap_walk *walk);

/* For validate.c: the invariants of the tree and of each arena hold */
bool mheap_valid(struct mheap *h);

#endif /* _GOMALLOC_MHEAP_H */
