/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mcentral.c: the spans of one span class and node that no mcache owns */
#ifndef _GOMALLOC_MCENTRAL_H
#define _GOMALLOC_MCENTRAL_H

#include <linux/gfp.h>
#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>

#include "heap.h"
#include "ledger.h"
#include "mheap.h"

/* Take the lock, and count that */
#define mcentral_lock(central, flags)					\
do {									\
	lockdep_assert((central) != &emptymcentral);			\
	raw_spin_lock_irqsave(&(central)->lock, flags);			\
	ledger_count((central)->mheap->heap, LEDGER_LOCKS, 1);	\
} while (0)

struct mspan *mcentral_cache_span(struct mcentral *central, struct mspan *old,
				  struct llist_head *empty);
void mcentral_uncache_span(struct mspan *span, struct llist_head *empty);
void mcentral_uncache_chain(struct mspan *span, struct llist_head *empty);
struct mspan *mcentral_enter_first(struct mspan *first, gfp_t gfp);
void *mcentral_alloc(struct mcentral *central);
bool mcentral_free_remote(struct mspan *span, unsigned int word,
			  unsigned long bits, struct llist_head *empty);
bool mcentral_free_locked(struct mcentral *central, struct mspan *span,
			  unsigned int word, unsigned long bits,
			  struct llist_head *empty);
void mcentral_look_placed_locked(struct mcentral *central, struct mspan *span,
				 struct llist_head *empty);
void mcentral_destroy_all(struct mheap *h);

/*
 * Have those with the others of its objects come, while a flush lowered its live? The
 * caller has a full barrier behind mcentral_free_locked(). NO_LOOK_AFTER_FLUSH.
 */
static __always_inline void mcentral_look_locked(struct mcentral *central,
						 struct mspan *span,
						 struct llist_head *empty)
{
	if (unlikely(atomic_read(&span->nremote) >= span->live))
		mcentral_look_placed_locked(central, span, empty);
}

/*
 * Return: a new span of @spc, owned by the caller, in a chain with up to @nr - 1
 * others as far as those are there already; or NULL.
 */
static inline struct mspan *mcentral_grow(struct mheap *h, unsigned int spc,
					  unsigned int nr, gfp_t gfp)
{
	struct mspan *span = mheap_alloc_chain(h, spc, class_to_pages(spc >> 1),
					       nr, gfp);

	if (span && unlikely(span->central == &emptymcentral))
		return mcentral_enter_first(span, gfp);
	return span;
}

#endif /* _GOMALLOC_MCENTRAL_H */
