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
#include <linux/errno.h>
#include <linux/kasan.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/percpu-defs.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "compat.h"
#include "heap.h"
#include "sizeclasses.h"

#define SIZE_TO_CLASS8_LEN	(SMALL_SIZE_MAX / SMALL_SIZE_DIV + 1)
#define SIZE_TO_CLASS128_LEN \
	((MAX_SMALL_SIZE - SMALL_SIZE_MAX) / LARGE_SIZE_DIV + 1)

#define TINY_SIZE		16
#define TINY_SIZE_CLASS		2
#define TINY_SPAN_CLASS		(TINY_SIZE_CLASS << 1 | 1)

/*
 * Of a slot of a tinySpanClass span: bits 0 to 14 mark the offsets at which a
 * live object starts, bit 15 says that a mcache still fills the tiny block.
 */
#define TINY_STARTS	0x7fffU
#define TINY_FILLING	0x8000U

/* No object may start behind this: the bit says that the tiny block is being filled */
#define TINY_LAST_START	(TINY_SIZE - 2)

/*
 * Of the objects of 8 bytes the state is one bit, "allocated", as a byte would take an
 * eighth of their own memory. Who else holds an object of the same word writes at the
 * same time, so it is atomic.
 */
#define BIT_STATE_CLASS		1
#define BIT_STATE_SIZE		8

/* The masks lie one after the other in a bitmap, 16 bits each */
#define TINY_MASK_BITS	16

struct marena;
struct span_tags;

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
	OBJECT_PENDING = 3,	/* for the callback of gofree_rcu(), which frees it */
	OBJECT_TRACKED = 5,	/* allocated, and track.c knows by whom */
	/* From here on, those with a red zone */
	OBJECT_ZONED = 7,	/* allocated, and behind it is a red zone, see redzone.c */
	OBJECT_PENDING_ZONED = 9, /* the same, and pending */
};

/**
 * struct mspan - a run of pages and the state of its objects
 * @remote: [atomic] bits of objects freed by other than the owner: cross-CPU frees
 * @heap: [use] the heap
 * @central: [use] where the span goes when no mcache owns it; NULL for large ones
 * @arena: [use] the arena it was cut from
 * @npages: [use] pages of this kernel
 * @live: [central] objects not in @free when the span was placed
 * @nremote: [atomic] objects in @remote, or about to be
 * @filler: [atomic] the CPU that fills a tiny block of it, and 1; 0 for none
 * @tier: [const] which of the module's caches the struct itself came from
 * @debug: [use] of HEAP_DEBUG_SPANS, what held when the span was made, shifted down
 * @list: [central] on its partial list
 * @chain: of empty spans on their way to the mheap: [thread]; of unused
 *	metadata: [mheap]
 * @next: [gate] next one of new spans, and of the spares of a mcache
 * @used: [gate] next of the used up spans of a mcache
 * @base: [use] address of the first object
 * @mcaches: [use] the caches of the heap
 * @free: bits of the free objects, behind @objstate; of the owner: [gate], of
 *	spans without one: [central]
 * @divmul: [use] divides an offset by @elemsize, see mspan_index()
 * @fast_nelems: [use] @nelems, or 0 where gofree() must take the slow path
 * @elemsize: [use] bytes from one object to the next
 * @nid: [use] NUMA node of the pages
 * @nelems: [use] objects in the span
 * @spanclass: [use] size class << 1 | noscan
 * @win: [gate] word of @free that the owner allocates from
 * @state: [central] &enum mspan_state; others read it
 * @random: [use] objects are taken in no order
 * @class_offset: [use] of its class in a &struct mcache
 * @tags: [atomic] see tag.c
 * @objstate: a byte of &enum object_state per object, written by whoever
 *	holds the object; in a tiny span 16 bits per slot, of objects of 8 bytes
 *	a bit each, both [atomic]
 *
 * [use]: constant while the span is in use; the other tags are in heap.h. Each
 * object is in exactly one of: allocated, a recycle stack, @free, @remote. What
 * the hot paths read is on the second cache line, with the first state bytes;
 * what other CPUs write at any time is on the first.
 */
struct mspan {
	atomic_long_t		*remote;
	struct gomalloc_heap	*heap;
	struct mcentral		*central;
	struct marena		*arena;
	unsigned int		npages;
	unsigned int		live;
	atomic_t		nremote;
	u16			filler;
	u8			tier;
	u8			debug;
	union {
		struct list_head	list;
		struct llist_node	chain;
		struct {
			struct mspan	*next;
			struct mspan	*used;
		};
	};

	unsigned long		base ____cacheline_aligned;
	struct mcache_slot __percpu *mcaches;
	unsigned long		*free;
	u32			divmul;
	u32			fast_nelems;
	u32			elemsize;
	int			nid;
	u16			nelems;
	u8			spanclass;
	u8			win;
	u8			state;
	u8			random;
	u16			class_offset;
#ifdef CONFIG_MEM_ALLOC_PROFILING
	struct span_tags	*tags;
#endif
	u8			objstate[] __aligned(sizeof(long));
};

#ifdef CONFIG_MEM_ALLOC_PROFILING
static inline void mspan_have_no_tags(struct mspan *span)
{
	span->tags = NULL;
}
#else
static inline void mspan_have_no_tags(struct mspan *span)
{
}
#endif

/* What is longest here: the objects of 8 bytes in a page, and their words */
static_assert(PAGE_SIZE / 8 <= U16_MAX);
static_assert(NUM_SPAN_CLASSES - 1 <= U8_MAX);
static_assert(MSPAN_TIERS <= U8_MAX);
static_assert(PAGE_SIZE / 8 / BITS_PER_LONG <= U8_MAX);

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

/*
 * Pages of this kernel in a span of @class, which is not 0: Go's, or more where
 * these are larger and would be badly filled. As in Go's table, an eighth of a
 * span at most is of no use.
 */
static inline unsigned int class_to_pages(unsigned int class)
{
	size_t bytes = (size_t)class_to_allocnpages[class] << GO_PAGE_SHIFT;
	size_t span = round_up(bytes, PAGE_SIZE);

	if (PAGE_SIZE > BIT(GO_PAGE_SHIFT)) {
		while (span % class_to_size[class] > span / 8)
			span += PAGE_SIZE;
	}
	return span >> PAGE_SHIFT;
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
	return (u64)((unsigned long)kasan_reset_tag(p) - span->base) *
	       span->divmul;
}

/* The class of this CPU that recycles objects of the span; shut if there is none */
static __always_inline struct mcache_class *
mspan_class_here(const struct mspan *span)
{
	return (void *)raw_cpu_read(span->mcaches->cache) + span->class_offset;
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

/* Is the state of its objects a bit, see BIT_STATE_CLASS? */
static __always_inline bool mspan_has_state_bits(const struct mspan *span)
{
	return span->spanclass >> 1 == BIT_STATE_CLASS;
}

/* The word with the bit of an object */
static __always_inline unsigned long *
mspan_state_word(const struct mspan *span, unsigned int index)
{
	return (unsigned long *)span->objstate + BIT_WORD(index);
}

/* The bit of @p in its word: a span begins with a page, and a page with a word */
static __always_inline unsigned int mspan_state_bit(const void *p)
{
	return (unsigned long)p / BIT_STATE_SIZE % BITS_PER_LONG;
}

static_assert(PAGE_SIZE % (BIT_STATE_SIZE * BITS_PER_LONG) == 0);

/* Of HEAP_DEBUG_SPANS, what holds for the objects of the span: those with a state byte */
static inline unsigned int mspan_debug(const struct mspan *span)
{
	if (likely(!span->debug) || span->spanclass >> 1 <= BIT_STATE_CLASS ||
	    mspan_is_tiny(span))
		return 0;
	return (unsigned int)span->debug << HEAP_DEBUG_SHIFT;
}

/*
 * What a &struct recycle_slot remembers of an object: its state byte, or the word
 * that has its bit
 */
static __always_inline u8 *mspan_slot_state(struct mspan *span, unsigned int index)
{
	if (mspan_has_state_bits(span))
		return (u8 *)mspan_state_word(span, index);
	return &span->objstate[index];
}

/* A snapshot. A bit does not tell what was freed from what never was allocated. */
static inline enum object_state mspan_read_state(const struct mspan *span,
						 unsigned int index)
{
	if (!mspan_has_state_bits(span))
		return READ_ONCE(span->objstate[index]);
	return test_bit(index, mspan_state_word(span, 0)) ? OBJECT_ALLOCATED :
							    OBJECT_FREED;
}

/* The mask of a slot of a tiny span */
static __always_inline u16 *mspan_tiny_mask(const struct mspan *span,
					    unsigned int index)
{
	if (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN))
		index ^= BITS_PER_LONG / TINY_MASK_BITS - 1;
	return (u16 *)span->objstate + index;
}

static __always_inline unsigned int mspan_tiny_offset(unsigned long tiny)
{
	return tiny & (TINY_SIZE - 1);
}

/* The slot of a tiny span that @p lies in */
static __always_inline unsigned long
mspan_tiny_index(const struct mspan *span, const void *p)
{
	return ((unsigned long)kasan_reset_tag(p) - span->base) / TINY_SIZE;
}

/* Return: what is left; or -EINVAL, nothing done: @bit is not set */
static __always_inline int mspan_clear_tiny(u16 *mask, unsigned int bit)
{
	u16 old = READ_ONCE(*mask);
	unsigned int left;

	do {
		if (unlikely(!(old & bit)))
			return -EINVAL;
		left = old ^ bit;
	} while (!compat_try_cmpxchg_u16(mask, &old, left));
	return left;
}

/*
 * Free the object of a tiny span that starts at @p; of two frees of it only one
 * does. The caller has preemption off. Return: what is left of the slot's
 * mask, which is at *@mask, 0 if the slot is free with that; -EINVAL: there is
 * no such object.
 */
static __always_inline int mspan_drop_tiny(struct mspan *span, const void *p,
					   u16 **mask)
{
	unsigned int off = mspan_tiny_offset((unsigned long)p);
	unsigned long index = mspan_tiny_index(span, p);

	if (unlikely(index >= span->nelems || off > TINY_LAST_START))
		return -EINVAL;
	*mask = mspan_tiny_mask(span, index);
	return mspan_clear_tiny(*mask, 1U << off);
}

static inline unsigned int mspan_count_free(const struct mspan *span)
{
	unsigned int word, nr = 0;

	for (word = 0; word < mspan_nr_words(span); word++)
		nr += hweight_long(span->free[word]);
	return nr;
}

/* Exact for a span that is not being freed into, else a snapshot */
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
 * The caller owns the span. Return: false: the window is used up.
 */
static __always_inline bool mspan_take(struct mspan *span, unsigned long *index)
{
	unsigned long win = span->win, *window = &span->free[win];
	unsigned long bits = *window;

	if (unlikely(!bits))
		return false;
	*window = bits & (bits - 1);
	*index = win * BITS_PER_LONG + __ffs(bits);
	return true;
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

/* All objects are free, and none is marked allocated */
static inline void mspan_reinit(struct mspan *span)
{
	unsigned int words = mspan_nr_words(span), i;

	span->win = 0;
	span->live = 0;
	span->used = NULL;
	atomic_set(&span->nremote, 0);
	for (i = 0; i < words; i++) {
		span->free[i] = ~0UL;
		atomic_long_set(&span->remote[i], 0);
	}
	if (span->nelems % BITS_PER_LONG)
		span->free[words - 1] = ~(~0UL << span->nelems % BITS_PER_LONG);
}

static inline unsigned int mspan_tier(const struct gomalloc_heap *heap,
				      unsigned int spc)
{
	return heap->sys->tier[spc];
}

int mspan_create_caches(struct gomalloc_sys *sys);
void mspan_destroy_caches(struct gomalloc_sys *sys);
struct mspan *mspan_create(struct gomalloc_heap *heap, unsigned int spc,
			   gfp_t gfp);
void mspan_destroy(struct gomalloc_heap *heap, struct mspan *span);
size_t mspan_extra_bytes(unsigned int nelems, unsigned int spc);
bool mspan_may_use_pages(unsigned int spc);
void mspan_init(struct mspan *span, unsigned int spc, unsigned long base,
		unsigned int npages);
unsigned int mspan_sweep(struct mspan *span);
unsigned int mspan_count_live(const struct mspan *span);
bool mspan_free_own(struct mspan *span, unsigned int word, unsigned long bits);
void mspan_mark_allocated(struct mspan *span, unsigned int index);
unsigned int mspan_take_random(struct mspan *span);
void *mspan_alloc(struct mspan *span);

unsigned int mspan_count_tiny_blocks(const struct mspan *span);

#endif /* _GOMALLOC_MSPAN_H */
