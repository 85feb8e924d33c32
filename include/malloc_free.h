/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of malloc_free.c: gofree() */
#ifndef _GOMALLOC_MALLOC_FREE_H
#define _GOMALLOC_MALLOC_FREE_H

#include "heap.h"
#include "mspan.h"
#include "tag.h"

extern struct gomalloc_sys gomalloc_sys;

void malloc_free_claimed(struct mspan *span, unsigned int index);
void malloc_free_debugged(struct mspan *span, unsigned int index,
			  unsigned long caller);
/* The slot of an object that the caller has marked freed, and nobody else */
static inline void malloc_free_marked(struct mspan *span, unsigned int index,
				      unsigned long caller)
{
	tag_free(span, index);
	if (unlikely(span->debug))
		malloc_free_debugged(span, index, caller);
	else
		malloc_free_claimed(span, index);
}

void malloc_free(const void *p, unsigned long caller);

#endif /* _GOMALLOC_MALLOC_FREE_H */
