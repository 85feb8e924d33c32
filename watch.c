// SPDX-License-Identifier: GPL-2.0
/*
 * watch - objects that come and go, for who listens
 *
 * What: finds out what the events of an object tell beside who asked: its heap, its
 *	class, and how long it is.
 * Locks: none. The object is the caller's, so that its span stays.
 * Invariant: an object is told to be freed before anyone else can get its slot.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "mspan.h"
#include "mvmap.h"
#include "object.h"
#include "pagemap.h"
#include "watch.h"

/* Of a tiny object, up to the next one */
static size_t tiny_bytes(const void *p)
{
	size_t bytes = 0;
	struct object o;

	preempt_disable();
	if (!object_find(p, &o))
		bytes = object_size(&o);
	preempt_enable();
	return bytes;
}

/* @p is the object of a request that its caller holds */
static void tell_alloc_of(const struct mspan *span, const void *p, size_t size,
			  gfp_t gfp, int node, unsigned long caller)
{
	size_t bytes = span->elemsize;

	if (mspan_is_tiny(span))
		bytes = tiny_bytes(p);
	trace_gomalloc_alloc(caller, p, size, bytes, gfp, node, span->heap,
			     span->spanclass);
}

/* The rest of watch_alloc() */
void watch_tell_alloc(struct gomalloc_heap *heap, const void *p, size_t size,
		      gfp_t gfp, int node, unsigned long caller)
{
	if (p == ZERO_SIZE_PTR)
		return;
	if (!p)
		trace_gomalloc_alloc(caller, p, size, 0, gfp, node, heap, 0);
	else if (is_vmalloc_addr(p))
		trace_gomalloc_alloc(caller, p, size, PAGE_ALIGN(size), gfp,
				     node, heap, 0);
	else
		tell_alloc_of(span_of(p), p, size, gfp, node, caller);
}

/* The rest of watch_free() */
void watch_tell_free(const struct object *o, unsigned long caller)
{
	struct mspan *span = o->span;

	trace_gomalloc_free(caller, mspan_object(span, o->index) + o->off,
			    object_size(o), span->heap, span->spanclass);
}

/* The rest of watch_free_mapped(). What is no object is left for others to report. */
void watch_tell_free_mapped(struct gomalloc_sys *sys, const void *p,
			    unsigned long caller)
{
	struct gomalloc_heap *heap;
	size_t size;

	if (!mvmap_find(sys, p, &size, &heap))
		trace_gomalloc_free(caller, p, size, heap, 0);
}
