/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hook - what the kernel's checkers are told of objects
 *
 * Private interface of hook.c, which is built where the kernel has KASAN, with a
 * shadow in memory, or kmemleak. Elsewhere nothing of it is left.
 */
#ifndef _GOMALLOC_HOOK_H
#define _GOMALLOC_HOOK_H

#include <linux/gfp.h>
#include <linux/string.h>

#include "heap.h"

struct mspan;
struct page;

#if defined(CONFIG_KASAN_GENERIC) || defined(CONFIG_KASAN_SW_TAGS) || \
	defined(CONFIG_DEBUG_KMEMLEAK)
/* Does the kernel check? */
#define HOOKS	1

size_t hook_size(const struct gomalloc_heap *heap, size_t size);
void *hook_alloc(const struct mspan *span, void *p, size_t size, gfp_t gfp);
void hook_alloc_mapped(struct gomalloc_heap *heap, void *p, size_t size,
		       size_t room, gfp_t gfp);
void hook_resize(const struct mspan *span, const void *p, size_t size,
		 size_t room);
void *hook_zero(void *p, size_t size);
const void *hook_find_other(const void *p, u8 value, size_t size);
void hook_copy(void *to, const void *from, size_t size);
void hook_free(const struct mspan *span, const void *p);
void hook_free_tiny(const struct mspan *span, const void *p);
void hook_free_mapped(const void *p, size_t room);
void hook_take_pages(struct page *page, unsigned long base, unsigned int npages);
void hook_make_span(const struct mspan *span);
void hook_lose_span(const struct mspan *span);
void hook_ignore(const void *p);
void hook_ignore_percpu(const void __percpu *p);
#else
#define HOOKS	0

static __always_inline size_t hook_size(const struct gomalloc_heap *heap,
					size_t size)
{
	return size;
}

static inline void *hook_alloc(const struct mspan *span, void *p, size_t size,
			       gfp_t gfp)
{
	return p;
}

static inline void hook_alloc_mapped(struct gomalloc_heap *heap, void *p,
				     size_t size, size_t room, gfp_t gfp)
{
}

static inline void hook_resize(const struct mspan *span, const void *p,
			       size_t size, size_t room)
{
}

static __always_inline void *hook_zero(void *p, size_t size)
{
	return memset(p, 0, size);
}

static inline const void *hook_find_other(const void *p, u8 value, size_t size)
{
	return memchr_inv(p, value, size);
}

static inline void hook_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}

static __always_inline void hook_free(const struct mspan *span, const void *p)
{
}

static inline void hook_free_tiny(const struct mspan *span, const void *p)
{
}

static inline void hook_free_mapped(const void *p, size_t room)
{
}

static inline void hook_take_pages(struct page *page, unsigned long base,
				   unsigned int npages)
{
}

static inline void hook_make_span(const struct mspan *span)
{
}

static inline void hook_lose_span(const struct mspan *span)
{
}

static inline void hook_ignore(const void *p)
{
}

static inline void hook_ignore_percpu(const void __percpu *p)
{
}
#endif

static inline bool hook_is_zero(const void *p, size_t size)
{
	return !hook_find_other(p, 0, size);
}

#endif /* _GOMALLOC_HOOK_H */
