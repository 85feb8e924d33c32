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
 * ours is &gomalloc_heap_params.quarantine. Where KASAN goes by tags, an object's
 * bytes are for who has the pointer that was handed out.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/kasan.h>
#include <linux/kasan-tags.h>
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

#if defined(CONFIG_KASAN_GENERIC) || defined(CONFIG_KASAN_SW_TAGS)
/* Bytes that one of the shadow stands for */
#define GRANULE		BIT(KASAN_SHADOW_SCALE_SHIFT)

/* Of whole granules */
static void set_shadow(const void *p, size_t size, u8 value)
{
	memset(kasan_mem_to_shadow(kasan_reset_tag(p)), value, size / GRANULE);
}
#endif

#ifdef CONFIG_KASAN_GENERIC
/* In the shadow, as slab has them: by these the reports name a fault */
#define SHADOW_FREED	0xfb
#define SHADOW_REDZONE	0xfc

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

static void *set_allocated(const struct mspan *span, void *p, size_t size)
{
	if (mspan_is_tiny(span))
		set_shadow(PTR_ALIGN_DOWN(p, TINY_SIZE), TINY_SIZE, 0);
	else
		set_extent(p, size, span->elemsize);
	return p;
}

static void set_pages(struct page *page, unsigned int npages)
{
}
#elif defined(CONFIG_KASAN_SW_TAGS)
/* No pointer to an object has it */
#define SHADOW_FREED	KASAN_TAG_INVALID
#define SHADOW_REDZONE	KASAN_TAG_INVALID

static u8 tag_of(const void *p)
{
	return (unsigned long)p >> 56;
}

/* Whoever has the pointer with its tag may use the first @size bytes of @room */
static void set_extent(const void *p, size_t size, size_t room)
{
	size_t whole = round_up(size, GRANULE);

	if (tag_of(p) == KASAN_TAG_KERNEL)
		return;
	set_shadow(p, whole, tag_of(p));
	set_shadow(p + whole, room - whole, SHADOW_REDZONE);
}

/*
 * Any tag, not one that cannot be foretold. Objects share a granule where there are no
 * red zones, and in tiny blocks: those have no tag, and nothing is checked of them.
 */
static void *set_allocated(const struct mspan *span, void *p, size_t size)
{
	struct gomalloc_heap *heap = span->heap;
	u32 ticket;

	if (mspan_is_tiny(span) || !(heap->flags & HEAP_REDZONE) ||
	    span->elemsize % GRANULE)
		return p;
	ticket = this_cpu_inc_return(heap->counters->ticket);
	p = (void *)__tag_set(p, hash_32(ticket, 8) % (KASAN_TAG_MAX + 1));
	set_extent(p, size, span->elemsize);
	return p;
}

/* Who comes by way of the page has no tag of an object, as of slab's */
static void set_pages(struct page *page, unsigned int npages)
{
	while (npages--)
		page_kasan_tag_reset(page++);
}
#else
/* The least alignment of an object */
#define GRANULE		sizeof(u64)

static void *set_allocated(const struct mspan *span, void *p, size_t size)
{
	return p;
}

static void set_extent(const void *p, size_t size, size_t room) { }
static void set_pages(struct page *page, unsigned int npages) { }
#endif

#ifdef SHADOW_FREED
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
#else
static void set_freed(const struct mspan *span, const void *p) { }
static void set_unused(unsigned long base, unsigned int npages) { }
#endif

#if defined(CONFIG_KASAN_GENERIC) && defined(CONFIG_KASAN_VMALLOC)
static void set_mapped(const void *p, size_t size, size_t room)
{
	set_extent(p, size, room);
}

static void set_mapped_freed(const void *p, size_t room)
{
	set_shadow(p, room, SHADOW_FREED);
}
#else
static void set_mapped(const void *p, size_t size, size_t room) { }
static void set_mapped_freed(const void *p, size_t room) { }
#endif

/* As a new object is aligned; a large one to whole pages at least */
static size_t alignment(size_t size)
{
	size_t align = size & -size;

	if (size > MAX_SMALL_SIZE)
		return min(align, PAGE_SIZE);
	return max(align, GRANULE);
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

/* Return: where the first of the bytes is that is not @value; or NULL */
const void *hook_find_other(const void *p, u8 value, size_t size)
{
	const void *at;

	kasan_disable_current();
	at = memchr_inv(p, value, size);
	kasan_enable_current();
	return at;
}
EXPORT_SYMBOL_IF_KUNIT(hook_find_other);

/* Copy an object, with what may be behind the bytes that were asked for */
void hook_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}
EXPORT_SYMBOL_IF_KUNIT(hook_copy);

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

/* An object of @size at @p is handed out. Return: the pointer to hand out. */
void *hook_alloc(const struct mspan *span, void *p, size_t size, gfp_t gfp)
{
	/* All of it, as of slab: it may be claimed */
	track(span->heap, p, mspan_is_tiny(span) ? size : span->elemsize,
	      span->spanclass & 1, gfp);
	return set_allocated(span, p, size);
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
	else if (!mspan_is_tiny(span))
		set_extent(p, size, room);
}

/* The slot at @p is free, but not yet for others */
void hook_free(const struct mspan *span, const void *p)
{
	set_freed(span, p);
	kmemleak_free(p);
}

/*
 * The tiny object at @p, if there is one, whose block may live on; before anyone else
 * can have its place
 */
void hook_free_tiny(const struct mspan *span, const void *p)
{
	unsigned int off = mspan_tiny_offset((unsigned long)p);
	unsigned long index = mspan_tiny_index(span, p);

	/* Of an address within an object kmemleak would complain */
	if (index < span->nelems && off <= TINY_LAST_START &&
	    READ_ONCE(*mspan_tiny_mask(span, index)) & BIT(off))
		kmemleak_free(p);
}

/* A mapped object, before it is unmapped */
void hook_free_mapped(const void *p, size_t room)
{
	set_mapped_freed(p, room);
	kmemleak_free(p);
}

/* Pages come from the page allocator */
void hook_take_pages(struct page *page, unsigned long base, unsigned int npages)
{
	set_pages(page, npages);
	set_unused(base, npages);
}

/* Objects are cut from @span */
void hook_make_span(const struct mspan *span)
{
	set_unused(span->base, span->npages);
}

/* A heap goes away with what is left in it */
void hook_lose_span(const struct mspan *span)
{
	unsigned int step = mspan_is_tiny(span) ? 1 : span->elemsize;
	unsigned long at, end = span->base + span->nelems * span->elemsize;

	for (at = span->base; at < end; at += step)
		kmemleak_free((void *)at);
}
