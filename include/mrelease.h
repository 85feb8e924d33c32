/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mrelease.c: pages and metadata of a mheap back to where they came from */
#ifndef _GOMALLOC_MRELEASE_H
#define _GOMALLOC_MRELEASE_H

#include <linux/sizes.h>
#include <linux/types.h>

#include "heap.h"

struct marena;

/* Span metadata that is kept at least; that of a larger page is larger */
#define MRELEASE_MIN_UNUSED	(SZ_256K >> PAGE_SHIFT)

/* Pages that the scavenger leaves to a mheap that used as many of late */
static inline unsigned long mrelease_keep(unsigned long used)
{
	return used + used / 10;
}

/* Is there metadata to release, or something that is not reported? */
static inline bool mrelease_has_other(const struct mheap *h)
{
	return h->nr_unused > MRELEASE_MIN_UNUSED || h->lost.puts;
}

/*
 * Is there something that a scavenger might release, or that is not reported?
 * For who frees: that it is of whole blocks, which may stay, is seen by the
 * scavenger, which then sleeps until the next free.
 */
static inline bool mrelease_has_surplus(const struct mheap *h)
{
	return h->held_pages - h->used_pages > h->used_pages / 10 ||
	       mrelease_has_other(h);
}

void mrelease_count_free_locked(struct mheap *h);
void mrelease_free_pages(struct gomalloc_heap *heap, unsigned long base,
			 unsigned int npages);
unsigned int mrelease_settle_run_locked(struct mheap *h, struct marena *arena,
					unsigned int page, unsigned int npages);
size_t mrelease_pages(struct mheap *h, unsigned long keep, size_t most);
void mrelease_excess(struct mheap *h);
void mrelease_metadata(struct mheap *h);
size_t mrelease_trim(struct mheap *h);
bool mrelease_scavenge(struct mheap *h, bool all);
size_t mrelease_heap(struct gomalloc_heap *heap, size_t npages);
struct mheap *mrelease_next_mheap(struct gomalloc_heap *heap,
				  unsigned int *nid);

/* For each node that the heap has a mheap of */
#define for_each_mheap(h, heap, nid)					\
	for ((nid) = 0; ((h) = mrelease_next_mheap(heap, &(nid)));)

#endif /* _GOMALLOC_MRELEASE_H */
