/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of ported*.c: whose an object is, and whose it is to be */
#ifndef _GOMALLOC_PORTED_H
#define _GOMALLOC_PORTED_H

#include <linux/gfp.h>
#include <linux/mm.h>

#include "malloc.h"
#include "mvmap.h"
#include "pagemap.h"
#include "request.h"

/*
 * In a page of ours, or a mapped object: what is wrong with it, gofree() says. Anything
 * else, NULL as well, is for the kernel's function.
 */
static inline bool ported_is_ours(const void *p)
{
	if (likely(pagemap_entry(p) != &pagemap_foreign_page))
		return true;
	return is_vmalloc_addr(p) && mvmap_is_object(&gomalloc_sys, p);
}

/* Is a request for @heap, which may be NULL, served here? Else it is the kernel's. */
static __always_inline bool ported_serves(const struct gomalloc_heap *heap, gfp_t gfp)
{
	return likely(heap) && likely(!(gfp & GFP_UNSERVED));
}

#endif /* _GOMALLOC_PORTED_H */
