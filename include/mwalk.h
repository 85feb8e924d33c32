/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mwalk.c: the spans of a mheap, one after the other */
#ifndef _GOMALLOC_MWALK_H
#define _GOMALLOC_MWALK_H

#include <linux/types.h>

#include "heap.h"

/**
 * struct mwalk - how far a walk over the spans of a mheap has come
 * @base: of the arena that is next; 0 at first, as the others
 * @arena: that arena, if it is still there
 * @page: where to go on in it
 */
struct mwalk {
	unsigned long	base;
	struct marena	*arena;
	unsigned int	page;
};

/*
 * The next span of a walk; NULL at the end. The caller holds @h's lock, which
 * keeps the span; it may drop it between two calls.
 */
struct mspan *mwalk_next_span_locked(struct mheap *h, struct mwalk *walk);

/**
 * struct mwalk_run - pages of an arena that are alike
 * @arena: which
 * @page: the first of them
 * @npages: how many
 * @span: that has them, from its first page on if it was there before; or NULL
 * @free: they are here and no span uses them; else, without a span, the one page is
 *	gone or will be a span's in a moment
 */
struct mwalk_run {
	const struct marena	*arena;
	unsigned int		page;
	unsigned int		npages;
	const struct mspan	*span;
	bool			free;
};

/*
 * The next run of pages of a walk, with the same lock. Return: false at the end.
 */
bool mwalk_next_run_locked(struct mheap *h, struct mwalk *walk,
			   struct mwalk_run *run);

/* For validate.c: the invariants of the tree and of each arena hold */
bool mwalk_valid(struct mheap *h);

#endif /* _GOMALLOC_MWALK_H */
