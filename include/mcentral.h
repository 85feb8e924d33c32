/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcentral - the spans of one span class and node that no mcache owns
 *
 * Private interface of mcentral.c.
 */
#ifndef _GOMALLOC_MCENTRAL_H
#define _GOMALLOC_MCENTRAL_H

#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct gomalloc_heap;
struct mheap;
struct mspan;

/*
 * Lists of partial spans: those with a quarter of their objects live, at most;
 * with up to a half, up to three quarters, more
 */
#define MCENTRAL_FILLS	4

/* Recycle stacks on their way from one CPU to another, or empty for the next */
#define MCENTRAL_STACKS	2

struct recycle_slot;

/**
 * struct mcentral - the spans of one span class and node
 * @lock: protects the fields below, and of each span that is PARTIAL or FULL
 *	free[], live and state; taken inside a mcache's gate
 * @partial: spans with a free object, by how full they are
 * @nr_partial: their number
 * @nr_full: spans without one; they are on no list
 * @parked: full recycle stacks that some CPU parted with and another may take
 * @emptied: empty ones, given in return
 * @nr_parked: number of @parked
 * @nr_emptied: number of @emptied
 * @mheap: where spans come from; constant
 * @spanclass: constant
 */
struct mcentral {
	raw_spinlock_t		lock;
	struct list_head	partial[MCENTRAL_FILLS];
	unsigned int		nr_partial;
	unsigned int		nr_full;
	struct recycle_slot	*parked[MCENTRAL_STACKS];
	struct recycle_slot	*emptied[MCENTRAL_STACKS];
	u8			nr_parked;
	u8			nr_emptied;
	struct mheap		*mheap;
	u8			spanclass;
} ____cacheline_aligned_in_smp;

/* Take the lock, and count that */
#define mcentral_lock(central, flags)					\
do {									\
	raw_spin_lock_irqsave(&(central)->lock, flags);			\
	mcache_count((central)->mheap->heap->mcaches, MCACHE_LOCKS, 1);	\
} while (0)

void mcentral_init(struct mcentral *central, struct mheap *mheap,
		   unsigned int spc);
struct mspan *mcentral_cache_span(struct mcentral *central, struct mspan *old,
				  struct llist_head *empty);
void mcentral_uncache_span(struct mspan *span, struct llist_head *empty);
struct mspan *mcentral_grow(struct mcentral *central, unsigned int nr,
			    gfp_t gfp);
void *mcentral_alloc(struct mcentral *central);
bool mcentral_free_remote(struct mspan *span, unsigned int word,
			  unsigned long bits, struct llist_head *empty);
bool mcentral_free_locked(struct mcentral *central, struct mspan *span,
			  unsigned int word, unsigned long bits,
			  struct llist_head *empty);

#endif /* _GOMALLOC_MCENTRAL_H */
