/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gomalloc - the Go runtime's memory allocator, for kernel code
 *
 * Names and rules are kmalloc's, with k turned into go. See
 * Documentation/design.rst for how it works.
 */
#ifndef _LINUX_GOMALLOC_H
#define _LINUX_GOMALLOC_H

/* None that comes to printk.h, so not slab's: a driver may define pr_fmt behind it */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#ifndef CONFIG_ARM64
#include <linux/cache.h>
#endif
/* Early releases of 6.1 have none, and sparse cannot ask */
#ifdef __has_include
#if __has_include("linux/cleanup.h")
#include <linux/cleanup.h>
#endif
#endif
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp_types.h>
#include <linux/init.h>
#include <linux/overflow.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <linux/gomalloc_sizeclasses.h>

/* Objects up to here come from spans of a size class, larger ones are spans */
#define GOMALLOC_MAX_SMALL_SIZE	32768
/* The largest object gomalloc() serves: what the page allocator has contiguous */
#define GOMALLOC_MAX_SIZE	(4UL << 20)
/* Size classes; class 0 stands for large objects */
#define GOMALLOC_NR_CLASSES	68
/* Length of &gomalloc_class_stats.occupancy */
#define GOMALLOC_NR_OCCUPANCIES	9
/* Longest name of a heap, with its terminating zero */
#define GOMALLOC_HEAP_NAME_LEN	32

/*
 * What the size and address of an object are multiples of, so that it may be a
 * DMA buffer: a cache line that it shared with a neighbour would be written
 * back over what the device wrote, or be dropped with what the neighbour did.
 * 1 where DMA is coherent. Never less than dma_get_cache_alignment(), and
 * constant where that is not, so that a constant size has a constant class.
 * Kernels since 6.5 say 8 where the architecture says nothing. The header that says
 * it of 64-bit Arm comes to printk.h; malloc.c asserts that this is the same.
 */
#ifdef CONFIG_ARM64
#define GOMALLOC_DMA_MINALIGN	128
#elif defined(ARCH_DMA_MINALIGN)
#define GOMALLOC_DMA_MINALIGN	(ARCH_DMA_MINALIGN > 8 ? ARCH_DMA_MINALIGN : 1)
#else
#define GOMALLOC_DMA_MINALIGN	1
#endif

/* For gomalloc_heap_alloc(): the object will hold no pointers */
#define GOMALLOC_NOSCAN		BIT(0)
/* For gomalloc_heap_alloc(): the object will be no DMA buffer */
#define GOMALLOC_NO_DMA		BIT(1)

/* For &gomalloc_heap_params.flags: frees go to their span at once */
#define GOMALLOC_HEAP_NO_RECYCLE	BIT(0)
/* For &gomalloc_heap_params.flags: pages are charged to the memory cgroup */
#define GOMALLOC_HEAP_ACCOUNT		BIT(1)
/* For &gomalloc_heap_params.flags: a request gets any object, not the next */
#define GOMALLOC_HEAP_RANDOM		BIT(2)
/* For &gomalloc_heap_params.flags: objects are zeroed when they are freed */
#define GOMALLOC_HEAP_ZERO_FREE		BIT(3)
/* For &gomalloc_heap_params.flags: as if each request had GOMALLOC_NO_DMA */
#define GOMALLOC_HEAP_NO_DMA		BIT(4)
/* For &gomalloc_heap_params.flags: kmemleak is not told of objects */
#define GOMALLOC_HEAP_NOLEAKTRACE	BIT(5)
/* For &gomalloc_heap_params.flags: guarded, if the machine does it; see debugging.rst */
#define GOMALLOC_HEAP_GUARD		BIT(6)

/* NUMA_NO_NODE, whose header is not a light one */
#define GOMALLOC_NO_NODE	(-1)

/*
 * What each object is aligned to, and ZERO_SIZE_PTR; not one that GOMALLOC_NOSCAN may
 * pack, nor what stays where it is, as that of gorealloc() may
 */
#define GOMALLOC_MINALIGN	8
#define __assume_gomalloc_alignment	__assume_aligned(GOMALLOC_MINALIGN)

/* The most that &gomalloc_heap_params.quarantine may be */
#define GOMALLOC_MAX_QUARANTINE	65536

struct device;
struct gomalloc_heap;
struct module;

/**
 * struct gomalloc_heap_params - what a heap is made with
 * @name: for reports: printable ASCII, cut to %GOMALLOC_HEAP_NAME_LEN
 * @limit: bytes of pages the heap may hold, caches included; 0 is no limit
 * @soft_limit: bytes above which it releases what it can; 0 is no limit
 * @cache_limit: bytes of free memory that each CPU may cache, 1 GiB at most, and one
 *	span in any case; 0 is as the module's parameter cache_kb says
 * @quarantine: how many other objects of up to %GOMALLOC_MAX_SMALL_SIZE a CPU
 *	frees before one is used again, %GOMALLOC_MAX_QUARANTINE at most; 0 is
 *	none. With GOMALLOC_HEAP_ZERO_FREE a write to an object that was freed
 *	is reported when it leaves the quarantine
 * @flags: the GOMALLOC_HEAP_* above
 */
struct gomalloc_heap_params {
	const char	*name;
	size_t		limit;
	size_t		soft_limit;
	size_t		cache_limit;
	unsigned int	quarantine;
	unsigned int	flags;
};

/**
 * struct gomalloc_stats - what a heap holds at one moment
 * @objects: objects handed out and not freed
 * @object_bytes: their bytes, each rounded up to its class
 * @spans: spans in use, large objects included
 * @span_bytes: their bytes
 * @held_bytes: bytes taken from the page allocator
 * @limit: the limit in bytes, 0 where there is none
 * @soft_limit: the soft limit in bytes, 0 where there is none
 * @peak_bytes: the most of @held_bytes ever
 * @cached_bytes: free memory that the CPUs may have cached, at most
 * @shrunk_bytes: what was reclaimed because the machine was short of memory,
 *	since the heap was made
 * @arenas: arenas taken from the page allocator
 * @refills: times a CPU's cache took a span
 * @sweeps: objects freed elsewhere and found again by a span's owner
 * @flushes: objects that left a full recycle stack
 * @remote_frees: objects freed into a span of another CPU
 * @busy: requests of an interrupt that met a busy cache
 * @grows: times the heap took an arena from the page allocator
 * @misuses: frees that were refused
 * @locks: times a small object took the lock of a mcentral, or a span that of
 *	the pages
 *
 * The counters from @refills on grow for as long as the heap lives.
 */
struct gomalloc_stats {
	u64	objects;
	u64	object_bytes;
	u64	spans;
	u64	span_bytes;
	u64	held_bytes;
	u64	limit;
	u64	soft_limit;
	u64	peak_bytes;
	u64	cached_bytes;
	u64	shrunk_bytes;
	u64	arenas;
	u64	refills;
	u64	sweeps;
	u64	flushes;
	u64	remote_frees;
	u64	busy;
	u64	grows;
	u64	misuses;
	u64	locks;
};

/**
 * struct gomalloc_class_stats - one size class of a heap
 * @size: bytes of an object; 0 for class 0, the large objects
 * @objects: objects handed out and not freed; in a tiny block each counts
 * @object_bytes: bytes of the slots that hold them
 * @spans: spans of the class, scan and noscan together
 * @span_bytes: their bytes
 * @occupancy: how many of the spans hold how much: first those without a live
 *	object, then those of whose slots up to an eighth are live, up to two
 *	eighths, and so on. Spans near the front of it that do not go away are
 *	pinned by few objects
 */
struct gomalloc_class_stats {
	u64	size;
	u64	objects;
	u64	object_bytes;
	u64	spans;
	u64	span_bytes;
	u64	occupancy[GOMALLOC_NR_OCCUPANCIES];
};

void *__gomalloc(size_t size, gfp_t gfp)
	__assume_gomalloc_alignment __alloc_size(1) __malloc;
void *__gomalloc_class(unsigned int class, gfp_t gfp, size_t size)
	__assume_gomalloc_alignment __alloc_size(3) __malloc;
void *__gomalloc_claim(const void *p, size_t size) __realloc_size(2);
void *__gomalloc_noscan(size_t size, gfp_t gfp) __alloc_size(1) __malloc;
void *gomalloc_node(size_t size, gfp_t gfp, int node)
	__assume_gomalloc_alignment __alloc_size(1) __malloc;
void *gorealloc(const void *p, size_t size, gfp_t gfp) __realloc_size(2);
void *gokvmalloc_node(size_t size, gfp_t gfp, int node)
	__assume_gomalloc_alignment __alloc_size(1) __malloc;
static __always_inline void *gorealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
	__realloc_size(2, 3);
void *gokvrealloc(const void *p, size_t size, gfp_t gfp) __realloc_size(2);
void gofree(const void *p);
void gofree_sensitive(const void *p);
bool gofree_try(const void *p);
bool gofree_try_track_caller(const void *p, unsigned long caller);
bool gomalloc_owns(const void *p);
void gomalloc_set_proxy(struct module *module);
bool gomalloc_check_copy(const void *p, size_t n);
size_t gosize(const void *p);
size_t gomalloc_size_roundup(size_t size);
bool gomalloc_sendpage_ok(const void *p);
int gomalloc_bulk(gfp_t gfp, size_t size, size_t nr, void **p);
void gofree_bulk(size_t nr, void **p);
char *gostrdup(const char *s, gfp_t gfp) __malloc;
char *gostrndup(const char *s, size_t max, gfp_t gfp) __malloc;
void *gomemdup(const void *src, size_t len, gfp_t gfp)
	__assume_gomalloc_alignment __realloc_size(2);
void *gomemdup_array(const void *src, size_t n, size_t size, gfp_t gfp)
	__assume_gomalloc_alignment __realloc_size(2, 3);
char *gomemdup_nul(const char *s, size_t len, gfp_t gfp) __malloc;
char *govasprintf(gfp_t gfp, const char *fmt, va_list ap) __printf(2, 0) __malloc;
char *goasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3) __malloc;

void *devm_gomalloc(struct device *dev, size_t size, gfp_t gfp)
	__assume_gomalloc_alignment __alloc_size(2) __malloc;
void *devm_gozalloc(struct device *dev, size_t size, gfp_t gfp)
	__assume_gomalloc_alignment __alloc_size(2) __malloc;
void *devm_gomalloc_array(struct device *dev, size_t n, size_t size, gfp_t gfp)
	__assume_gomalloc_alignment __alloc_size(2, 3) __malloc;
void *devm_gocalloc(struct device *dev, size_t n, size_t size, gfp_t gfp)
	__assume_gomalloc_alignment __alloc_size(2, 3) __malloc;
void *devm_gorealloc(struct device *dev, void *p, size_t size, gfp_t gfp) __realloc_size(3);
void *devm_gorealloc_array(struct device *dev, void *p, size_t n, size_t size,
			   gfp_t gfp) __realloc_size(3, 4);
void devm_gofree(struct device *dev, const void *p);
char *devm_gostrdup(struct device *dev, const char *s, gfp_t gfp) __malloc;
void *devm_gomemdup(struct device *dev, const void *src, size_t len, gfp_t gfp)
	__assume_gomalloc_alignment __realloc_size(3);
char *devm_govasprintf(struct device *dev, gfp_t gfp, const char *fmt,
		       va_list ap) __printf(3, 0) __malloc;
char *devm_goasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
	__printf(3, 4) __malloc;

void *mempool_gomalloc_alloc(gfp_t gfp, void *pool_data);
void mempool_gomalloc_free(void *element, void *pool_data);
void gofree_call_rcu(struct rcu_head *head, const void *p);
void gofree_rcu_mightsleep(const void *p);

struct gomalloc_heap *__gomalloc_heap_create(const struct gomalloc_heap_params *params,
					     struct module *owner);
void gomalloc_heap_destroy(struct gomalloc_heap *heap);
void *gomalloc_heap_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp, unsigned int flags)
	__alloc_size(2) __malloc;
void *gomalloc_heap_alloc_node(struct gomalloc_heap *heap, size_t size,
			       gfp_t gfp, unsigned int flags, int node)
	__assume_gomalloc_alignment __alloc_size(2) __malloc;
void *gomalloc_heap_alloc_track_caller(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
				       unsigned int flags, int node, unsigned long caller)
	__assume_gomalloc_alignment __alloc_size(2) __malloc;
void *gomalloc_heap_kvmalloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			     unsigned int flags) __alloc_size(2) __malloc;
int gomalloc_heap_bulk(struct gomalloc_heap *heap, gfp_t gfp,
		       unsigned int flags, size_t size, size_t nr, void **p);
char *gomalloc_heap_strdup(struct gomalloc_heap *heap, const char *s, gfp_t gfp) __malloc;
void *gomalloc_heap_memdup(struct gomalloc_heap *heap, const void *src,
			   size_t len, gfp_t gfp)
	__assume_gomalloc_alignment __realloc_size(3);
int gomalloc_heap_validate(struct gomalloc_heap *heap);
size_t gomalloc_heap_trim(struct gomalloc_heap *heap);
int gomalloc_heap_set_limits(struct gomalloc_heap *heap, size_t limit, size_t soft_limit);
void gomalloc_heap_log_leaks(struct gomalloc_heap *heap);
void gomalloc_heap_stats(struct gomalloc_heap *heap, struct gomalloc_stats *stats);
void gomalloc_heap_class_stats(struct gomalloc_heap *heap,
			       struct gomalloc_class_stats *rows);
const char *gomalloc_heap_counter(struct gomalloc_heap *heap, unsigned int nr,
				  u64 *value);

/**
 * gomalloc_heap_create() - make a heap of one's own
 * @params: its name, limit and flags
 *
 * It belongs to the module that calls this, which has to destroy it before it goes. A
 * heap that is left keeps gomalloc loaded, is reported, and stays in debugfs' heaps
 * until it is destroyed there.
 *
 * Context: Task context; sleeps.
 * Return: the heap, or an ERR_PTR: -EINVAL for an unknown flag or a bad name, -ENOMEM.
 */
static inline struct gomalloc_heap *
gomalloc_heap_create(const struct gomalloc_heap_params *params)
{
	return __gomalloc_heap_create(params, THIS_MODULE);
}

/* What a small object of @size takes at least that may be a DMA buffer */
static __always_inline size_t gomalloc_dma_size(size_t size)
{
	return ALIGN(size, GOMALLOC_DMA_MINALIGN);
}

/**
 * gomalloc() - allocate memory
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for kmalloc(); GFP_DMA, GFP_DMA32 and __GFP_HIGHMEM are refused
 *
 * The memory is physically contiguous and lies in the direct map. It is aligned
 * to the largest power of two that divides @size, up to a page at least, as
 * kmalloc() promises since Linux 6.11. It may be a DMA buffer: where DMA is not
 * coherent no other object has a part of its cache lines. A constant size of more
 * than 8 costs no lookup.
 *
 * Context: Any but NMI; sleeps where @gfp allows it.
 * Return: the object, or NULL: no memory, or more than %GOMALLOC_MAX_SIZE.
 */
static __always_inline __alloc_size(1) void *gomalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size > 8 &&
	    size <= GOMALLOC_MAX_SMALL_SIZE)
		return __gomalloc_class(gomalloc_size_class(gomalloc_dma_size(size)),
					gfp, size);
	return __gomalloc(size, gfp);
}

/**
 * gomalloc_noscan() - allocate memory that will hold no pointers
 * @size: bytes wanted; under 16 it is packed with others where DMA is coherent and
 *	the kernel was not booted with init_on_free=1
 * @gfp: as for gomalloc()
 *
 * One that is packed is aligned to the largest power of two that divides its
 * size, and to 8 at most. It may be a DMA buffer as that of gomalloc().
 *
 * Context: Any but NMI; sleeps where @gfp allows it.
 * Return: the object, or NULL as gomalloc() does.
 */
static __always_inline __alloc_size(1) void *gomalloc_noscan(size_t size,
							     gfp_t gfp)
{
	return __gomalloc_noscan(size, gfp);
}

/**
 * gomalloc_claim() - use all of an object
 * @p: the object; NULL and ZERO_SIZE_PTR have nothing
 * @size: set to its usable bytes
 *
 * gosize() only tells them: for the compiler, and so for FORTIFY_SOURCE, an object has
 * the size that was asked for, as that of kmalloc() with ksize(). Through the pointer
 * that this returns it has all of it. Who knows beforehand that all will be used asks
 * for gomalloc_size_roundup() bytes instead.
 *
 * Context: as gosize().
 * Return: @p; with 0 bytes, and a report, for what is not a live object.
 */
static __always_inline void *gomalloc_claim(const void *p, size_t *size)
{
	*size = gosize(p);
	return __gomalloc_claim(p, *size);
}

/**
 * gozalloc() - gomalloc() of zeroed memory
 * @size: bytes wanted
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as gomalloc().
 */
static __always_inline __alloc_size(1) void *gozalloc(size_t size, gfp_t gfp)
{
	return gomalloc(size, gfp | __GFP_ZERO);
}

/**
 * gozalloc_node() - gomalloc_node() of zeroed memory
 * @size: bytes wanted
 * @gfp: as for gomalloc_node()
 * @node: NUMA node
 *
 * Context: as gomalloc_node().
 * Return: as gomalloc_node().
 */
static __always_inline __alloc_size(1) void *
gozalloc_node(size_t size, gfp_t gfp, int node)
{
	return gomalloc_node(size, gfp | __GFP_ZERO, node);
}

/**
 * gomalloc_array() - allocate an array
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: the array, or NULL: as gomalloc(), or @n * @size overflows.
 */
static __always_inline __alloc_size(1, 2) void *
gomalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc(bytes, gfp);
}

/**
 * gocalloc() - gomalloc_array() of zeroed memory
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as gomalloc_array().
 */
static __always_inline __alloc_size(1, 2) void *
gocalloc(size_t n, size_t size, gfp_t gfp)
{
	return gomalloc_array(n, size, gfp | __GFP_ZERO);
}

/**
 * gomalloc_array_node() - gomalloc_array() of a NUMA node
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gomalloc_node()
 * @node: NUMA node
 *
 * Context: as gomalloc_node().
 * Return: as gomalloc_node(); NULL also if @n * @size overflows.
 */
static __always_inline __alloc_size(1, 2) void *
gomalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc_node(bytes, gfp, node);
}

/**
 * gocalloc_node() - gomalloc_array_node() of zeroed memory
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gomalloc_node()
 * @node: NUMA node
 *
 * Context: as gomalloc_node().
 * Return: as gomalloc_array_node().
 */
static __always_inline __alloc_size(1, 2) void *
gocalloc_node(size_t n, size_t size, gfp_t gfp, int node)
{
	return gomalloc_array_node(n, size, gfp | __GFP_ZERO, node);
}

/**
 * gorealloc_array() - change the number of elements of an array
 * @p: the array, or NULL to allocate one
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gorealloc()
 *
 * Context: as gorealloc().
 * Return: as gorealloc(); NULL, and @p as it was, also if @n * @size overflows.
 */
static __always_inline void *
gorealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gorealloc(p, bytes, gfp);
}

/**
 * gokvmalloc() - allocate memory, contiguous at least by its addresses
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gomalloc(); must allow sleeping for what is not contiguous
 *
 * Tries for physically contiguous memory first, and not hard. The memory is
 * freed with gofree().
 *
 * Context: Task context; sleeps.
 * Return: the object, or NULL: no memory, more than INT_MAX bytes or than the
 * machine has, or the task is to be killed.
 */
static __always_inline __alloc_size(1) void *gokvmalloc(size_t size, gfp_t gfp)
{
	return gokvmalloc_node(size, gfp, GOMALLOC_NO_NODE);
}

/**
 * gokvzalloc() - gokvmalloc() of zeroed memory
 * @size: bytes wanted
 * @gfp: as for gokvmalloc()
 *
 * Context: as gokvmalloc().
 * Return: as gokvmalloc().
 */
static __always_inline __alloc_size(1) void *gokvzalloc(size_t size, gfp_t gfp)
{
	return gokvmalloc(size, gfp | __GFP_ZERO);
}

/**
 * gokvmalloc_array() - gokvmalloc() of an array
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gokvmalloc()
 *
 * Context: as gokvmalloc().
 * Return: as gokvmalloc(); NULL also if @n * @size overflows.
 */
static __always_inline __alloc_size(1, 2) void *
gokvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gokvmalloc(bytes, gfp);
}

/**
 * gokvcalloc() - gokvmalloc_array() of zeroed memory
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gokvmalloc()
 *
 * Context: as gokvmalloc().
 * Return: as gokvmalloc_array().
 */
static __always_inline __alloc_size(1, 2) void *
gokvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return gokvmalloc_array(n, size, gfp | __GFP_ZERO);
}

/**
 * gofree_rcu() - gofree() after a grace period
 * @ptr: the object, or NULL
 * @rhf: name of the &struct rcu_head within it, in its first page
 *
 * Until then the object may be read and asked for its size. A second call for it, or
 * a gofree(), is refused and reported.
 *
 * Context: Any but NMI.
 */
#define gofree_rcu(ptr, rhf)						\
do {									\
	typeof(ptr) ___p = (ptr);					\
									\
	BUILD_BUG_ON(offsetof(typeof(*(ptr)), rhf) >= PAGE_SIZE);	\
	if (___p)							\
		gofree_call_rcu(&___p->rhf, ___p);			\
} while (0)

/**
 * mempool_create_gomalloc_pool() - make a mempool of objects
 * @min_nr: elements that it reserves
 * @size: bytes of one
 *
 * For who includes <linux/mempool.h>.
 *
 * Context: Task context; sleeps.
 * Return: as mempool_create().
 */
#define mempool_create_gomalloc_pool(min_nr, size)			\
	mempool_create((min_nr), mempool_gomalloc_alloc,		\
		       mempool_gomalloc_free, (void *)(size_t)(size))

/**
 * mempool_init_gomalloc_pool() - make a mempool of objects in its struct
 * @pool: the mempool_t
 * @min_nr: elements that it reserves
 * @size: bytes of one
 *
 * Context: Task context; sleeps.
 * Return: as mempool_init().
 */
#define mempool_init_gomalloc_pool(pool, min_nr, size)			\
	mempool_init((pool), (min_nr), mempool_gomalloc_alloc,		\
		     mempool_gomalloc_free, (void *)(size_t)(size))

#ifdef DEFINE_FREE
DEFINE_FREE(gofree, void *, gofree(IS_ERR(_T) ? NULL : _T))
DEFINE_FREE(gofree_sensitive, void *, gofree_sensitive(IS_ERR(_T) ? NULL : _T))
#endif

#include <linux/gomalloc_tags.h>

#endif /* _LINUX_GOMALLOC_H */
