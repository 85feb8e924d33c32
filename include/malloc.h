/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of malloc.c: gomalloc() and gofree(), for any heap */
#ifndef _GOMALLOC_MALLOC_H
#define _GOMALLOC_MALLOC_H

#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "heap.h"
#include "hook.h"
#include "malloc_free.h"
#include "malloc_large.h"
#include "mspan.h"
#include "pagemap.h"
#include "trace.h"

extern struct gomalloc_heap *gomalloc_default_heap;

void malloc_set_front(struct gomalloc_heap *heap);
void *__malloc_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
		     unsigned int flags);
void *malloc_alloc_watched(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			   unsigned int flags, unsigned long caller);

/*
 * For 1 <= @size <= MAX_SMALL_SIZE. The class is aligned as well as the size is,
 * so with @dma it is a multiple of what DMA asks for.
 */
static __always_inline unsigned int malloc_class(size_t size, bool dma)
{
	return size_to_class(dma ? gomalloc_dma_size(size) : size);
}

/* Are lines of the cache to be the object's own? Not a question on most machines */
static __always_inline bool malloc_wants_lines(const struct gomalloc_heap *heap,
					       unsigned int flags)
{
	return GOMALLOC_DMA_MINALIGN > 1 && !(flags & GOMALLOC_NO_DMA) &&
	       !(heap->flags & GOMALLOC_HEAP_NO_DMA);
}

/* The flags of a call whose object is to share its slot with no other */
static __always_inline unsigned int
malloc_unpacked(const struct gomalloc_heap *heap, size_t size, unsigned int flags)
{
	if (size <= TINY_SIZE && !malloc_wants_lines(heap, flags))
		flags &= ~GOMALLOC_NOSCAN;
	return flags;
}

/*
 * Any size from any heap, with the flags of a call; ZERO_SIZE_PTR for 0. Who listens
 * is told that it is for @caller.
 */
static __always_inline void *malloc_alloc(struct gomalloc_heap *heap, size_t size,
					  gfp_t gfp, unsigned int flags,
					  unsigned long caller)
{
	if (trace_is_watched())
		return malloc_alloc_watched(heap, size, gfp, flags, caller);
	return __malloc_alloc(heap, size, gfp, flags);
}

/* gofree() in the name of @caller, by what that has called */
static __always_inline void malloc_free_for(const void *p, unsigned long caller)
{
	if (trace_is_watched())
		malloc_free(p, caller);
	else
		gofree(p);
}

/* What checkers of the kernel are to know of an object that is handed out */
static __always_inline void *malloc_hooked(void *p, size_t size, gfp_t gfp)
{
	/* Of guarded objects they are not told */
	if (!HOOKS || ZERO_OR_NULL_PTR(p) || is_vmalloc_addr(p))
		return p;
	return hook_alloc(span_of(p), p, size, gfp);
}

/* Usable bytes of an object of @size, at least; @size where there is none */
static inline size_t malloc_roundup(size_t size, bool dma)
{
	if (!size || size > MALLOC_MAX_SIZE)
		return size;
	if (size <= MAX_SMALL_SIZE)
		return class_to_size[malloc_class(size, dma)];
	return PAGE_ALIGN(size);
}

#endif /* _GOMALLOC_MALLOC_H */
