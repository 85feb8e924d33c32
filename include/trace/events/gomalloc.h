/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints of gomalloc. Documentation/tracing.rst says what the fields mean, and
 * Documentation/design.rst where each of them sits.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM gomalloc

#if !defined(_TRACE_GOMALLOC_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_GOMALLOC_H

#include <linux/mm.h>
#include <linux/tracepoint.h>
#include <linux/types.h>
#include <trace/events/mmflags.h>

#include "heap.h"

#ifndef _TRACE_GOMALLOC_TYPES
#define _TRACE_GOMALLOC_TYPES

int trace_begin_watch(void);
void trace_end_watch(void);

/* Where a cache got a span from */
enum trace_refill {
	TRACE_REFILL_SPARE,	/* the next one of those it has */
	TRACE_REFILL_PARTIAL,	/* the mcentral had one */
	TRACE_REFILL_NEW,	/* the mheap made one */
};

/* "scan" or "noscan", by the span class */
#define trace_kind_text(spanclass)	((spanclass) & 1 ? "noscan" : "scan")

#define trace_refill_text(from)						\
	__print_symbolic(from,						\
		{ TRACE_REFILL_SPARE,		"spare" },		\
		{ TRACE_REFILL_PARTIAL,		"partial" },		\
		{ TRACE_REFILL_NEW,		"new" })

#define trace_misuse_text(kind)						\
	__print_symbolic(kind,						\
		{ GOMALLOC_DOUBLE_FREE,		"double_free" },	\
		{ GOMALLOC_NEVER_ALLOCATED,	"never_allocated" },	\
		{ GOMALLOC_INTERIOR,		"interior" },		\
		{ GOMALLOC_TINY,		"tiny" },		\
		{ GOMALLOC_BEYOND,		"beyond" },		\
		{ GOMALLOC_FREE_PAGE,		"free_page" },		\
		{ GOMALLOC_FOREIGN,		"foreign" },		\
		{ GOMALLOC_WRITTEN,		"written" },		\
		{ GOMALLOC_PENDING,		"pending" },		\
		{ GOMALLOC_KFREE,		"kfree" },		\
		{ GOMALLOC_KREALLOC,		"krealloc" },		\
		{ GOMALLOC_COPY,		"copy" },		\
		{ GOMALLOC_OUT_OF_BOUNDS,	"out_of_bounds" },	\
		{ GOMALLOC_USED_AFTER_FREE,	"used_after_free" },	\
		{ GOMALLOC_BESIDE,		"beside" },		\
		{ GOMALLOC_CORRUPT,		"corrupt" })
#endif /* _TRACE_GOMALLOC_TYPES */

TRACE_DEFINE_ENUM(TRACE_REFILL_SPARE);
TRACE_DEFINE_ENUM(TRACE_REFILL_PARTIAL);
TRACE_DEFINE_ENUM(TRACE_REFILL_NEW);
TRACE_DEFINE_ENUM(GOMALLOC_DOUBLE_FREE);
TRACE_DEFINE_ENUM(GOMALLOC_NEVER_ALLOCATED);
TRACE_DEFINE_ENUM(GOMALLOC_INTERIOR);
TRACE_DEFINE_ENUM(GOMALLOC_TINY);
TRACE_DEFINE_ENUM(GOMALLOC_BEYOND);
TRACE_DEFINE_ENUM(GOMALLOC_FREE_PAGE);
TRACE_DEFINE_ENUM(GOMALLOC_FOREIGN);
TRACE_DEFINE_ENUM(GOMALLOC_WRITTEN);
TRACE_DEFINE_ENUM(GOMALLOC_PENDING);
TRACE_DEFINE_ENUM(GOMALLOC_KFREE);
TRACE_DEFINE_ENUM(GOMALLOC_KREALLOC);
TRACE_DEFINE_ENUM(GOMALLOC_COPY);
TRACE_DEFINE_ENUM(GOMALLOC_OUT_OF_BOUNDS);
TRACE_DEFINE_ENUM(GOMALLOC_USED_AFTER_FREE);
TRACE_DEFINE_ENUM(GOMALLOC_BESIDE);
TRACE_DEFINE_ENUM(GOMALLOC_CORRUPT);

/*
 * === objects ===
 */

TRACE_EVENT_FN(gomalloc_alloc,

	TP_PROTO(unsigned long call_site, const void *ptr, size_t bytes_req,
		 size_t bytes_alloc, gfp_t gfp_flags, int node,
		 const struct gomalloc_heap *heap, unsigned int spanclass),

	TP_ARGS(call_site, ptr, bytes_req, bytes_alloc, gfp_flags, node, heap,
		spanclass),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, bytes_req)
		__field(size_t, bytes_alloc)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__field(u32, heap)
		__field(u8, class)
		__field(bool, noscan)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->bytes_req = bytes_req;
		__entry->bytes_alloc = bytes_alloc;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		__entry->heap = heap->id;
		__entry->class = spanclass >> 1;
		__entry->noscan = spanclass & 1;
	),

	TP_printk("call_site=%pS ptr=%p bytes_req=%zu bytes_alloc=%zu gfp_flags=%s node=%d heap=%u class=%u kind=%s",
		  (void *)__entry->call_site, __entry->ptr, __entry->bytes_req,
		  __entry->bytes_alloc, show_gfp_flags(__entry->gfp_flags),
		  __entry->node, __entry->heap, __entry->class,
		  trace_kind_text(__entry->noscan)),

	trace_begin_watch, trace_end_watch
);

TRACE_EVENT_FN(gomalloc_free,

	TP_PROTO(unsigned long call_site, const void *ptr, size_t bytes_alloc,
		 const struct gomalloc_heap *heap, unsigned int spanclass),

	TP_ARGS(call_site, ptr, bytes_alloc, heap, spanclass),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, bytes_alloc)
		__field(u32, heap)
		__field(u8, class)
		__field(bool, noscan)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->bytes_alloc = bytes_alloc;
		__entry->heap = heap->id;
		__entry->class = spanclass >> 1;
		__entry->noscan = spanclass & 1;
	),

	TP_printk("call_site=%pS ptr=%p bytes_alloc=%zu heap=%u class=%u kind=%s",
		  (void *)__entry->call_site, __entry->ptr,
		  __entry->bytes_alloc, __entry->heap, __entry->class,
		  trace_kind_text(__entry->noscan)),

	trace_begin_watch, trace_end_watch
);

/* @heap may be NULL, for what is in none; @call_site 0, for an unknown one */
TRACE_EVENT(misuse,

	TP_PROTO(unsigned int misuse, const void *ptr, unsigned long call_site,
		 const struct gomalloc_heap *heap, unsigned int spanclass),

	TP_ARGS(misuse, ptr, call_site, heap, spanclass),

	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(unsigned int, misuse)
		__field(u32, heap)
		__field(u8, class)
		__field(bool, noscan)
	),

	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->misuse = misuse;
		__entry->heap = heap ? heap->id : 0;
		__entry->class = spanclass >> 1;
		__entry->noscan = spanclass & 1;
	),

	TP_printk("misuse=%s call_site=%pS ptr=%p heap=%u class=%u kind=%s",
		  trace_misuse_text(__entry->misuse),
		  (void *)__entry->call_site, __entry->ptr, __entry->heap,
		  __entry->class, trace_kind_text(__entry->noscan))
);

/*
 * === spans ===
 */

TRACE_EVENT(span_refill,

	TP_PROTO(const struct gomalloc_heap *heap, int node, unsigned int spanclass,
		 unsigned long base, unsigned int objects, enum trace_refill from),

	TP_ARGS(heap, node, spanclass, base, objects, from),

	TP_STRUCT__entry(
		__field(unsigned long, base)
		__field(u32, heap)
		__field(int, node)
		__field(unsigned int, from)
		__field(unsigned int, objects)
		__field(u8, class)
		__field(bool, noscan)
	),

	TP_fast_assign(
		__entry->base = base;
		__entry->heap = heap->id;
		__entry->node = node;
		__entry->from = from;
		__entry->objects = objects;
		__entry->class = spanclass >> 1;
		__entry->noscan = spanclass & 1;
	),

	TP_printk("heap=%u class=%u kind=%s node=%d base=%p objects=%u from=%s",
		  __entry->heap, __entry->class,
		  trace_kind_text(__entry->noscan), __entry->node,
		  (void *)__entry->base, __entry->objects,
		  trace_refill_text(__entry->from))
);

TRACE_EVENT(span_release,

	TP_PROTO(const struct gomalloc_heap *heap, int node, unsigned int spanclass,
		 unsigned long base, unsigned int npages),

	TP_ARGS(heap, node, spanclass, base, npages),

	TP_STRUCT__entry(
		__field(unsigned long, base)
		__field(unsigned long, bytes)
		__field(u32, heap)
		__field(int, node)
		__field(u8, class)
		__field(bool, noscan)
	),

	TP_fast_assign(
		__entry->base = base;
		__entry->bytes = (unsigned long)npages << PAGE_SHIFT;
		__entry->heap = heap->id;
		__entry->node = node;
		__entry->class = spanclass >> 1;
		__entry->noscan = spanclass & 1;
	),

	TP_printk("heap=%u class=%u kind=%s node=%d base=%p bytes=%lu",
		  __entry->heap, __entry->class,
		  trace_kind_text(__entry->noscan), __entry->node,
		  (void *)__entry->base, __entry->bytes)
);

/*
 * === pages ===
 */

TRACE_EVENT(heap_grow,

	TP_PROTO(const struct mheap *h, unsigned long base, unsigned int npages),

	TP_ARGS(h, base, npages),

	TP_STRUCT__entry(
		__field(unsigned long, base)
		__field(unsigned long, bytes)
		__field(unsigned long, held_bytes)
		__field(u32, heap)
		__field(int, node)
	),

	TP_fast_assign(
		__entry->base = base;
		__entry->bytes = (unsigned long)npages << PAGE_SHIFT;
		__entry->held_bytes = atomic_long_read(&h->heap->held_pages)
				      << PAGE_SHIFT;
		__entry->heap = h->heap->id;
		__entry->node = h->nid;
	),

	TP_printk("heap=%u node=%d base=%p bytes=%lu held_bytes=%lu",
		  __entry->heap, __entry->node, (void *)__entry->base,
		  __entry->bytes, __entry->held_bytes)
);

/* @whole: it was empty and is gone; else it has lost a run of pages */
TRACE_EVENT(arena_release,

	TP_PROTO(const struct mheap *h, unsigned long base, unsigned int npages,
		 bool whole),

	TP_ARGS(h, base, npages, whole),

	TP_STRUCT__entry(
		__field(unsigned long, base)
		__field(unsigned long, bytes)
		__field(u32, heap)
		__field(int, node)
		__field(bool, whole)
	),

	TP_fast_assign(
		__entry->base = base;
		__entry->bytes = (unsigned long)npages << PAGE_SHIFT;
		__entry->heap = h->heap->id;
		__entry->node = h->nid;
		__entry->whole = whole;
	),

	TP_printk("heap=%u node=%d base=%p bytes=%lu whole=%d",
		  __entry->heap, __entry->node, (void *)__entry->base,
		  __entry->bytes, __entry->whole)
);

TRACE_EVENT(scavenge,

	TP_PROTO(const struct gomalloc_heap *heap, unsigned long before,
		 bool all, bool again),

	TP_ARGS(heap, before, all, again),

	TP_STRUCT__entry(
		__field(unsigned long, before_bytes)
		__field(unsigned long, held_bytes)
		__field(u32, heap)
		__field(bool, all)
		__field(bool, again)
	),

	TP_fast_assign(
		__entry->before_bytes = before << PAGE_SHIFT;
		__entry->held_bytes = atomic_long_read(&heap->held_pages)
				      << PAGE_SHIFT;
		__entry->heap = heap->id;
		__entry->all = all;
		__entry->again = again;
	),

	TP_printk("heap=%u before_bytes=%lu held_bytes=%lu all=%d again=%d",
		  __entry->heap, __entry->before_bytes, __entry->held_bytes,
		  __entry->all, __entry->again)
);

/* @group: it is not the limit of the heap alone, but of all that it is counted with */
TRACE_EVENT(limit_hit,

	TP_PROTO(const struct gomalloc_heap *heap, unsigned long npages, bool group),

	TP_ARGS(heap, npages, group),

	TP_STRUCT__entry(
		__field(unsigned long, bytes)
		__field(unsigned long, held_bytes)
		__field(unsigned long, limit_bytes)
		__field(u32, heap)
		__field(bool, group)
	),

	TP_fast_assign(
		__entry->bytes = npages << PAGE_SHIFT;
		__entry->held_bytes = atomic_long_read(&heap->held_pages)
				      << PAGE_SHIFT;
		__entry->limit_bytes = READ_ONCE(heap->limit_pages) << PAGE_SHIFT;
		__entry->heap = heap->id;
		__entry->group = group;
	),

	TP_printk("heap=%u bytes=%lu held_bytes=%lu limit_bytes=%lu group=%d",
		  __entry->heap, __entry->bytes, __entry->held_bytes,
		  __entry->limit_bytes, __entry->group)
);

#endif /* _TRACE_GOMALLOC_H */

#include <trace/define_trace.h>
