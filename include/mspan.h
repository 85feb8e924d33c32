/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mspan - a run of pages cut into objects of one size
 *
 * Private interface of mspan.c; the overview is in Documentation/design.rst.
 */
#ifndef _GOMALLOC_MSPAN_H
#define _GOMALLOC_MSPAN_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/percpu-defs.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "sizeclasses.h"

#define NUM_SPAN_CLASSES	(2 * NUM_SIZE_CLASSES)
/* The first ones: scan and noscan of class 0 */
#define NR_LARGE_SPAN_CLASSES	2

#define SIZE_TO_CLASS8_LEN	(SMALL_SIZE_MAX / SMALL_SIZE_DIV + 1)
#define SIZE_TO_CLASS128_LEN \
	((MAX_SMALL_SIZE - SMALL_SIZE_MAX) / LARGE_SIZE_DIV + 1)

/* Sizes in which the module keeps the memory of a struct mspan */
#define MSPAN_TIERS		6

#define TINY_SIZE		16
#define TINY_SIZE_CLASS		2
#define TINY_SPAN_CLASS		(TINY_SIZE_CLASS << 1 | 1)

struct gomalloc_heap;
struct mcache_class;
struct mcentral;
struct mheap;
struct marena;

/* Legal changes: FREE -> OWNED or LARGE; OWNED, PARTIAL, FULL among each
 * other; any -> FREE. Those that involve a mcentral happen under its lock.
 */
enum mspan_state {
	MSPAN_FREE,		/* no pages, or not yet in use */
	MSPAN_OWNED,		/* by one mcache, or by the code that made it */
	MSPAN_PARTIAL,		/* on the partial list of its mcentral */
	MSPAN_FULL,		/* counted by its mcentral, on no list */
	MSPAN_LARGE,		/* one object of class 0 */
};

/* What the state byte of an object says. Bit 0 is "allocated". */
enum object_state {
	OBJECT_FRESH = 0,	/* never handed out since the span was made */
	OBJECT_ALLOCATED = 1,
	OBJECT_FREED = 2,
};

/**
 * struct mspan - a run of pages and the state of its objects
 * @remote: bits of objects freed by others than the owner; atomic
 * @heap: the heap; constant while in use, as all down to @npages
 * @central: where the span goes when no mcache owns it; NULL for large ones
 * @arena: the block of pages it was cut from
 * @npages: pages of this kernel
 * @live: objects not in @free when the span was placed; @central's lock
 * @nremote: objects in @remote, or about to be; atomic
 * @list: on the mcentral's partial list; its lock
 * @chain: of empty spans on their way to the mheap, one thread; of unused
 *	structs, the mheap's lock
 * @next: next one of new spans, and of the spares of a mcache; its gate
 * @used: next of the used up spans of a mcache; its gate
 * @base: address of the first object; constant while in use, as all below but
 *	@win, @state and @objstate
 * @mclass: the caches of the heap, at this span class
 * @free: bits of the free objects, behind @objstate; the owner's under its
 *	mcache's gate, when unowned under @central's lock
 * @divmul: divides an offset by @elemsize, see mspan_index()
 * @fast_nelems: @nelems, or 0 where gofree() must take the slow path
 * @elemsize: bytes from one object to the next
 * @nid: NUMA node of the pages
 * @nelems: objects in the span
 * @spanclass: size class << 1 | noscan
 * @win: word of @free that the owner allocates from; owner
 * @state: &enum mspan_state; written under @central's lock
 * @tier: which of the module's caches the struct itself came from; constant
 * @random: objects are taken in no order; constant while in use
 * @objstate: a byte of &enum object_state per object, written by whoever
 *	holds the object; in a tiny span 16 bits per slot, atomic
 *
 * Each object is in exactly one of: allocated, a recycle stack, @free,
 * @remote. What the hot paths read is on the second cache line, with the first
 * state bytes; what other CPUs write at any time is on the first.
 */
struct mspan {
	atomic_long_t		*remote;
	struct gomalloc_heap	*heap;
	struct mcentral		*central;
	struct marena		*arena;
	unsigned int		npages;
	unsigned int		live;
	atomic_t		nremote;
	union {
		struct list_head	list;
		struct llist_node	chain;
		struct {
			struct mspan	*next;
			struct mspan	*used;
		};
	};

	unsigned long		base ____cacheline_aligned;
	struct mcache_class __percpu *mclass;
	unsigned long		*free;
	u32			divmul;
	u32			fast_nelems;
	u32			elemsize;
	int			nid;
	u16			nelems;
	u8			spanclass;
	u8			win;
	u8			state;
	u8			tier;
	u8			random;
	u8			objstate[] __aligned(sizeof(long));
};

/* Stands in every empty slot of a mcache, so that the hot path tests no NULL */
extern struct mspan emptymspan;

extern const u16 class_to_size[NUM_SIZE_CLASSES];
extern const u8 class_to_allocnpages[NUM_SIZE_CLASSES];
extern const u32 class_to_divmagic[NUM_SIZE_CLASSES];
extern const u8 size_to_class8[SIZE_TO_CLASS8_LEN];
extern const u8 size_to_class128[SIZE_TO_CLASS128_LEN];

/* For 1 <= @size <= MAX_SMALL_SIZE */
static __always_inline unsigned int size_to_class(size_t size)
{
	if (likely(size <= SMALL_SIZE_MAX))
		return size_to_class8[DIV_ROUND_UP(size, SMALL_SIZE_DIV)];
	return size_to_class128[DIV_ROUND_UP(size - SMALL_SIZE_MAX,
					     LARGE_SIZE_DIV)];
}

/* Pages of this kernel in a span of @class */
static inline unsigned int class_to_pages(unsigned int class)
{
	size_t bytes = (size_t)class_to_allocnpages[class] << GO_PAGE_SHIFT;

	return DIV_ROUND_UP(bytes, PAGE_SIZE);
}

static inline unsigned int mspan_nr_words(const struct mspan *span)
{
	return BITS_TO_LONGS(span->nelems);
}

/*
 * The offset of @p divided by the size of an object: the upper half is the
 * slot, and the lower half is less than divmul if and only if nothing remains.
 */
static __always_inline u64 mspan_quotient(const struct mspan *span,
					  const void *p)
{
	return (u64)((unsigned long)p - span->base) * span->divmul;
}

/* The slot that @p lies in; @p need not be the start of an object */
static __always_inline unsigned int mspan_index(const struct mspan *span,
						const void *p)
{
	return mspan_quotient(span, p) >> 32;
}

static __always_inline void *mspan_object(const struct mspan *span,
					  unsigned long index)
{
	return (void *)(span->base + index * span->elemsize);
}

static __always_inline bool mspan_is_tiny(const struct mspan *span)
{
	return span->spanclass == TINY_SPAN_CLASS;
}

static inline unsigned int mspan_count_free(const struct mspan *span)
{
	unsigned int word, nr = 0;

	for (word = 0; word < mspan_nr_words(span); word++)
		nr += hweight_long(span->free[word]);
	return nr;
}

/* Exact for a span that nobody frees into, else a moment's truth */
static inline bool mspan_has_remote(const struct mspan *span)
{
	unsigned int word;

	/* Not nremote: it is the bits that place_locked() has to see */
	for (word = 0; word < mspan_nr_words(span); word++) {
		if (atomic_long_read(&span->remote[word]))
			return true;
	}
	return false;
}

/*
 * Take a free object out of the window and leave its state to the caller.
 * The caller owns the span. Return: its index, or MSPAN_NONE: the window is
 * used up.
 */
#define MSPAN_NONE	-1UL

static __always_inline unsigned long mspan_take(struct mspan *span)
{
	unsigned long win = span->win, *window = &span->free[win];
	unsigned long bits = *window;

	if (unlikely(!bits))
		return MSPAN_NONE;
	*window = bits & (bits - 1);
	return win * BITS_PER_LONG + __ffs(bits);
}

/* Move the window to the next word with a free object, if there is one */
static inline bool mspan_next_window(struct mspan *span)
{
	unsigned int words = mspan_nr_words(span);
	unsigned int i, word = span->win;

	for (i = 0; i < words; i++) {
		if (span->free[word]) {
			span->win = word;
			return true;
		}
		if (++word == words)
			word = 0;
	}
	return false;
}

size_t mspan_extra_bytes(unsigned int nelems, bool tiny);
void mspan_init(struct mspan *span, unsigned int spc, unsigned long base,
		unsigned int npages);
void mspan_reinit(struct mspan *span);
unsigned int mspan_sweep(struct mspan *span);
unsigned int mspan_count_live(const struct mspan *span);
bool mspan_free_own(struct mspan *span, unsigned int word, unsigned long bits);
void mspan_mark_allocated(struct mspan *span, unsigned int index);
void *mspan_alloc(struct mspan *span);

unsigned int mspan_count_tiny_blocks(const struct mspan *span);

#endif /* _GOMALLOC_MSPAN_H */
