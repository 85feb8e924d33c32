/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mgrow.c: arenas from the page allocator */
#ifndef _GOMALLOC_MGROW_H
#define _GOMALLOC_MGROW_H

#include <linux/gfp.h>
#include <linux/sched.h>

#include "heap.h"

/* Of the caller's flags, those that the metadata of arenas and spans takes */
#define MGROW_META_GFP	(GFP_KERNEL | __GFP_HIGH | __GFP_MEMALLOC | \
			 __GFP_NOMEMALLOC | __GFP_NOWARN | __GFP_NORETRY | \
			 __GFP_RETRY_MAYFAIL | __GFP_NOFAIL)

/* The page allocator promises nothing to who cannot sleep, or is to free memory */
static inline gfp_t mgrow_gfp(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp) || current->flags & PF_MEMALLOC)
		gfp &= ~__GFP_NOFAIL;
	return gfp;
}

struct marena *mgrow_light(struct mheap *h, unsigned int npages, gfp_t gfp);
struct marena *mgrow_hard(struct mheap *h, unsigned int npages, gfp_t gfp);
void mgrow_insert_arena_locked(struct mheap *h, struct marena *arena);

#endif /* _GOMALLOC_MGROW_H */
