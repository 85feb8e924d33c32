/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of watch.c: objects that come and go, for who listens */
#ifndef _GOMALLOC_WATCH_H
#define _GOMALLOC_WATCH_H

#include <linux/gfp.h>
#include <linux/types.h>

#include "heap.h"
#include "object.h"
#include "tag.h"
#include "trace.h"

void watch_tell_alloc(struct gomalloc_heap *heap, const void *p, size_t size,
		      gfp_t gfp, int node, unsigned long caller);
void watch_tell_free(const struct object *o, unsigned long caller);
void watch_tell_free_mapped(struct gomalloc_sys *sys, const void *p,
			    unsigned long caller);

/* @caller asked for @size bytes and gets @p, which may be NULL */
static __always_inline void watch_alloc(struct gomalloc_heap *heap,
					const void *p, size_t size, gfp_t gfp,
					int node, unsigned long caller)
{
	tag_alloc(p, gfp);
	if (trace_gomalloc_alloc_enabled())
		watch_tell_alloc(heap, p, size, gfp, node, caller);
}

/* A live object is about to be freed, which holds its span */
static __always_inline void watch_free(const struct object *o,
				       unsigned long caller)
{
	if (trace_gomalloc_free_enabled())
		watch_tell_free(o, caller);
}

/* The same of what may be a mapped object */
static __always_inline void watch_free_mapped(struct gomalloc_sys *sys,
					      const void *p,
					      unsigned long caller)
{
	if (trace_gomalloc_free_enabled())
		watch_tell_free_mapped(sys, p, caller);
}

#endif /* _GOMALLOC_WATCH_H */
