// SPDX-License-Identifier: GPL-2.0
/*
 * hook - what the kernel's checkers are told of objects
 *
 * What: to KASAN, which bytes are somebody's: those that were asked for, and of a
 *	tiny block all while any of its objects lives. To kmemleak, each object;
 *	and of our own memory that it refers to none, for an address there is no
 *	reference.
 * Locks: none of its own. An object that is told of is the caller's.
 * Invariant: a byte of a span is accessible if and only if it is of a live object,
 *	or of a page that others refer to. kmemleak knows an object from when it
 *	is handed out until its slot may be used again.
 *
 * The shadow is written here, since what slab has for it is no module's to call:
 * this file is not instrumented. The quarantine of KASAN takes objects of slab only;
 * ours is &gomalloc_heap_params.quarantine.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/kasan.h>
#include <linux/kmemleak.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "compat.h"
#include "hook.h"
#include "mspan.h"
#include "pageref.h"

/*
 * === KASAN ===
 */

#ifdef CONFIG_KASAN_GENERIC
/* Bytes that one of the shadow stands for */
#define GRANULE		BIT(KASAN_SHADOW_SCALE_SHIFT)

/* In the shadow, as slab has them: by these the reports name a fault */
#define SHADOW_FREED	0xfb
#define SHADOW_REDZONE	0xfc

/* Of whole granules */
static void set_shadow(const void *p, size_t size, u8 value)
{
	memset(kasan_mem_to_shadow(p), value, size / GRANULE);
}

/* Of @room bytes the first @size are somebody's */
static void set_extent(const void *p, size_t size, size_t room)
{
	size_t whole = round_down(size, GRANULE);

	set_shadow(p, whole, 0);
	set_shadow(p + whole, room - whole, SHADOW_REDZONE);
	/* The first few of its bytes */
	if (size % GRANULE)
		*(u8 *)kasan_mem_to_shadow(p + whole) = size % GRANULE;
}

static void set_allocated(const struct mspan *span, const void *p, size_t size)
{
	if (mspan_is_tiny(span))
		set_shadow(PTR_ALIGN_DOWN(p, TINY_SIZE), TINY_SIZE, 0);
	else
		set_extent(p, size, span->elemsize);
}

/* What others read in a page of a freed object is theirs */
static void set_large_freed(const struct mspan *span)
{
	struct page *page = virt_to_page((void *)span->base);
	unsigned int i;

	for (i = 0; i < span->npages; i++) {
		if (!pageref_has_others(page + i))
			set_shadow((void *)span->base + i * PAGE_SIZE, PAGE_SIZE,
				   SHADOW_FREED);
	}
}

static void set_freed(const struct mspan *span, const void *p)
{
	if (span->state == MSPAN_LARGE)
		set_large_freed(span);
	else
		set_shadow(p, span->elemsize, SHADOW_FREED);
}

static void set_unused(unsigned long base, unsigned int npages)
{
	set_shadow((void *)base, (size_t)npages << PAGE_SHIFT, SHADOW_REDZONE);
}

static void set_mapped(const void *p, size_t size, size_t room)
{
	if (IS_ENABLED(CONFIG_KASAN_VMALLOC))
		set_extent(p, size, room);
}

static void set_mapped_freed(const void *p, size_t room)
{
	if (IS_ENABLED(CONFIG_KASAN_VMALLOC))
		set_shadow(p, room, SHADOW_FREED);
}
#else
static void set_extent(const void *p, size_t size, size_t room) { }
static void set_allocated(const struct mspan *span, const void *p, size_t size) { }
static void set_freed(const struct mspan *span, const void *p) { }
static void set_unused(unsigned long base, unsigned int npages) { }
static void set_mapped(const void *p, size_t size, size_t room) { }
static void set_mapped_freed(const void *p, size_t room) { }
#endif

/* As a new object is aligned; a large one to whole pages at least */
static size_t alignment(size_t size)
{
	size_t align = size & -size;

	if (size > MAX_SMALL_SIZE)
		return min(align, PAGE_SIZE);
	return max(align, sizeof(u64));
}

/*
 * What to take for an object of @size, so that it has bytes behind it that are
 * nobody's, and so has the object before the next one. Aligned as without: a large
 * power of two, which would have to be twice as large, goes without.
 */
size_t hook_size(const struct gomalloc_heap *heap, size_t size)
{
	if (!size || !(heap->flags & HEAP_REDZONE) ||
	    size > GOMALLOC_MAX_SIZE - PAGE_SIZE ||
	    (size > MAX_SMALL_SIZE && is_power_of_2(size)))
		return size;
	return ALIGN(size + 1, alignment(size));
}

/*
 * What follows touches bytes that KASAN may hold for nobody's. Of what is called
 * only memchr_inv() asks.
 */

/* Zero a slot whose object is not handed out yet, or is freed. Return: @p. */
void *hook_zero(void *p, size_t size)
{
	return memset(p, 0, size);
}

bool hook_is_zero(const void *p, size_t size)
{
	bool is;

	kasan_disable_current();
	is = !memchr_inv(p, 0, size);
	kasan_enable_current();
	return is;
}

/* Copy an object, with what may be behind the bytes that were asked for */
void hook_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}

/*
 * === kmemleak ===
 */

static void track(const struct gomalloc_heap *heap, const void *p, size_t size,
		  bool noscan, gfp_t gfp)
{
	if (heap->flags & GOMALLOC_HEAP_NOLEAKTRACE)
		return;
	kmemleak_alloc(p, size, 1, gfp);
	if (noscan)
		kmemleak_no_scan(p);
}

/* Memory of ours that has addresses of objects: neither scanned nor a leak */
void hook_ignore(const void *p)
{
	kmemleak_ignore(p);
}

void hook_ignore_percpu(const void __percpu *p)
{
	kmemleak_free_percpu(p);
}

/*
 * === both ===
 */

/* An object of @size at @p is handed out */
void hook_alloc(const struct mspan *span, void *p, size_t size, gfp_t gfp)
{
	set_allocated(span, p, size);
	/* All of it, as of slab: it may be claimed */
	track(span->heap, p, mspan_is_tiny(span) ? size : span->elemsize,
	      span->spanclass & 1, gfp);
}

/* The same of one that is mapped, in @room bytes */
void hook_alloc_mapped(struct gomalloc_heap *heap, void *p, size_t size,
		       size_t room, gfp_t gfp)
{
	set_mapped(p, size, room);
	track(heap, p, room, false, gfp);
}

/* Of the @room bytes of an object @size are used; @span is NULL if it is mapped */
void hook_resize(const struct mspan *span, const void *p, size_t size,
		 size_t room)
{
	if (!span)
		set_mapped(p, size, room);
	else
		set_allocated(span, p, size);
}

/* The slot at @p is free, but not yet for others */
void hook_free(const struct mspan *span, const void *p)
{
	set_freed(span, p);
	kmemleak_free(p);
}

/* A tiny object, whose block may live on; before anyone else can have its place */
void hook_free_tiny(const void *p)
{
	kmemleak_free(p);
}

/* A mapped object, before it is unmapped */
void hook_free_mapped(const void *p, size_t room)
{
	set_mapped_freed(p, room);
	kmemleak_free(p);
}

/* Pages come from the page allocator, or a span is made of them: with no object yet */
void hook_take_pages(unsigned long base, unsigned int npages)
{
	set_unused(base, npages);
}

/* A heap goes away with what is left in it */
void hook_lose_span(const struct mspan *span)
{
	unsigned int step = mspan_is_tiny(span) ? 1 : span->elemsize;
	unsigned long at, end = span->base + span->nelems * span->elemsize;

	for (at = span->base; at < end; at += step)
		kmemleak_free((void *)at);
}
