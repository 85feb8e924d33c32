/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of request.c: what is refused before anything is tried */
#ifndef _GOMALLOC_REQUEST_H
#define _GOMALLOC_REQUEST_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>

/* Zones that a heap has no pages of */
#define GFP_UNSERVED	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM)

void *request_refuse_gfp(gfp_t gfp);
bool request_note_nmi(void);

/* Does the caller run in NMI context, which is not served? */
static inline bool request_refuse_nmi(void)
{
	return unlikely(in_nmi()) && request_note_nmi();
}

/* What every request is asked before its first try; the hot path asks itself */
static inline bool request_may_alloc(gfp_t gfp)
{
	if (unlikely(gfp & GFP_UNSERVED)) {
		request_refuse_gfp(gfp);
		return false;
	}
	might_alloc(gfp);
	return !request_refuse_nmi();
}

#endif /* _GOMALLOC_REQUEST_H */
