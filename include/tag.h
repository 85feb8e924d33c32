/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of tag.c: which line of a caller has an object, for /proc/allocinfo */
#ifndef _GOMALLOC_TAG_H
#define _GOMALLOC_TAG_H

#include <linux/gfp.h>
#include <linux/llist.h>

#include "compat.h"

struct mspan;

#ifdef CONFIG_MEM_ALLOC_PROFILING
void __tag_alloc(const void *p, gfp_t gfp);
void __tag_free(struct mspan *span, unsigned int index);
void tag_lose_spans(const struct llist_head *spans);
#else
static inline void __tag_alloc(const void *p, gfp_t gfp)
{
}

static inline void __tag_free(struct mspan *span, unsigned int index)
{
}

static inline void tag_lose_spans(const struct llist_head *spans)
{
}
#endif

/* @p, which may be NULL, was handed out to who is tagged. May allocate with @gfp. */
static __always_inline void tag_alloc(const void *p, gfp_t gfp)
{
	if (compat_profiling_is_on())
		__tag_alloc(p, gfp);
}

/* The object of the slot was freed, by the caller and nobody else, who has the slot yet */
static __always_inline void tag_free(struct mspan *span, unsigned int index)
{
	if (compat_profiling_is_on())
		__tag_free(span, index);
}

#endif /* _GOMALLOC_TAG_H */
