/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mheap.c: pages of one heap on one node: arenas, and runs of pages in them */
#ifndef _GOMALLOC_MHEAP_H
#define _GOMALLOC_MHEAP_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/llist.h>

#include "heap.h"
#include "mspan.h"

/*
 * Stands for every mcentral that is not made yet, so that no reader tests NULL. It
 * has no span and no stack, and is never locked nor written to.
 */
extern struct mcentral emptymcentral;

/* Of the spans of one class, if it has had any; else &emptymcentral */
static __always_inline struct mcentral *mheap_central(const struct mheap *h,
						      unsigned int spc)
{
	/* Pairs with the release of make_central(), by address dependency */
	return READ_ONCE(h->central[spc]);
}

void mheap_init(struct mheap *h, struct gomalloc_heap *heap, int nid);
void mheap_destroy(struct mheap *h);
struct mspan *mheap_alloc(struct mheap *h, unsigned int spc,
			  unsigned int npages, gfp_t gfp);
struct mspan *mheap_alloc_chain(struct mheap *h, unsigned int spc,
				unsigned int npages, unsigned int nr, gfp_t gfp);
void mheap_free(struct mspan *span);
void mheap_free_listed(struct llist_head *spans);

/* Free spans without live objects that no one else can reach; often none */
static inline void mheap_free_spans(struct llist_head *spans)
{
	if (unlikely(spans->first))
		mheap_free_listed(spans);
}

#endif /* _GOMALLOC_MHEAP_H */
