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
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "mcentral.h"
#include "mspan.h"

/**
 * struct marena - a block of pages from the page allocator
 * @rb: in &mheap.arenas, by @base; the mheap's lock, as all below but the
 *	constants
 * @base: address of the first page; constant
 * @npages: pages of the block; constant
 * @nfree: pages that no span uses
 * @first: no page below this one is free
 * @longest: no free run is longer; exact after a search was disappointed
 * @subtree_longest: largest @longest in the subtree
 * @used: a bit per page that a span uses
 *
 * The pages are split, so that any of them can go back alone and be mapped.
 */
struct marena {
	struct rb_node		rb;
	unsigned long		base;
	unsigned int		npages;
	unsigned int		nfree;
	unsigned int		first;
	unsigned int		longest;
	unsigned int		subtree_longest;
	unsigned long		used[];
};

/**
 * struct mheap - the pages of a heap on one node
 * @lock: protects the fields down to @grows; taken inside a mcentral's lock
 * @arenas: tree of &struct marena by address
 * @nr_arenas: their number
 * @nr_empty: those of them that no span uses
 * @held_pages: pages in them
 * @used_pages: pages that spans use
 * @nr_spans: spans, large ones included
 * @grow_order: order of the next block to ask for
 * @grows: blocks ever taken
 * @heap: the heap; constant
 * @nid: the node; constant
 * @central: the spans with a free object, by span class
 */
struct mheap {
	raw_spinlock_t		lock;
	struct rb_root		arenas;
	unsigned int		nr_arenas;
	unsigned int		nr_empty;
	unsigned long		held_pages;
	unsigned long		used_pages;
	unsigned long		nr_spans;
	unsigned int		grow_order;
	unsigned long		grows;

	struct gomalloc_heap	*heap;
	int			nid;
	struct mcentral		central[NUM_SPAN_CLASSES];
};

void mheap_init(struct mheap *h, struct gomalloc_heap *heap, int nid);
void mheap_destroy(struct mheap *h);
struct mspan *mheap_alloc(struct mheap *h, unsigned int spc,
			  unsigned int npages, gfp_t gfp);
void mheap_free(struct mspan *span);
void mheap_free_list(struct list_head *spans);
size_t mheap_trim(struct mheap *h);

/*
 * The first span at or above @*addr, which is moved behind it; NULL at the
 * end. The caller holds @h's lock, which keeps the span; it may drop it
 * between two calls.
 */
struct mspan *mheap_next_span_locked(struct mheap *h, unsigned long *addr);

/* For the unit tests: the invariants of the tree and of each arena hold */
bool mheap_valid(struct mheap *h);

#endif /* _GOMALLOC_MHEAP_H */
