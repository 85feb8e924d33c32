// SPDX-License-Identifier: GPL-2.0
/*
 * mspan - a run of pages cut into objects of one size
 *
 * What: the metadata of spans and its memory; the bits and state bytes of one
 *	span: take, free, sweep, count, and the masks of tiny blocks.
 * Locks: none of its own. free[] belongs to the owner: the mcache that holds
 *	the span, under its gate, or the mcentral, under its lock.
 *	remote[] and the tiny masks are atomic, for any CPU.
 * Invariant: each object is in exactly one of: allocated, a recycle stack,
 *	free[], remote[].
 */

#include <linux/bitops.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "ledger.h"
#include "mspan.h"

const u16 class_to_size[NUM_SIZE_CLASSES] = CLASS_TO_SIZE_INIT;
EXPORT_SYMBOL_IF_KUNIT(class_to_size);

const u8 class_to_allocnpages[NUM_SIZE_CLASSES] = CLASS_TO_ALLOCNPAGES_INIT;
EXPORT_SYMBOL_IF_KUNIT(class_to_allocnpages);

const u32 class_to_divmagic[NUM_SIZE_CLASSES] = CLASS_TO_DIVMAGIC_INIT;
EXPORT_SYMBOL_IF_KUNIT(class_to_divmagic);

const u8 size_to_class8[SIZE_TO_CLASS8_LEN] = SIZE_TO_CLASS8_INIT;
EXPORT_SYMBOL_IF_KUNIT(size_to_class8);

const u8 size_to_class128[SIZE_TO_CLASS128_LEN] = SIZE_TO_CLASS128_INIT;
EXPORT_SYMBOL_IF_KUNIT(size_to_class128);

static unsigned long no_bits;

/* Has no objects: an allocation finds its window empty, a free its index off */
struct mspan emptymspan = {
	.free = &no_bits,
};

static size_t objstate_bytes(unsigned int nelems, unsigned int spc)
{
	size_t bytes = nelems;

	if (spc == TINY_SPAN_CLASS)
		bytes = nelems * TINY_MASK_BITS / BITS_PER_BYTE;
	else if (spc >> 1 == BIT_STATE_CLASS)
		bytes = DIV_ROUND_UP(nelems, BITS_PER_BYTE);
	return round_up(bytes, sizeof(long));
}

/* Bytes for objects, in the struct and behind it: states, free[], remote[] */
size_t mspan_extra_bytes(unsigned int nelems, unsigned int spc)
{
	return 2 * BITS_TO_LONGS(nelems) * sizeof(long) +
	       objstate_bytes(nelems, spc);
}

/*
 * The span of some classes takes more pages in a row than the page allocator
 * promises to find, or than the limit of the heap leaves. Would an object of
 * @spc take less in whole pages?
 */
bool mspan_may_use_pages(unsigned int spc)
{
	size_t span = (size_t)class_to_pages(spc >> 1) << PAGE_SHIFT;

	return get_order(class_to_size[spc >> 1]) < get_order(span);
}
EXPORT_SYMBOL_IF_KUNIT(mspan_may_use_pages);

/*
 * === metadata ===
 */

/* The smallest spans are of a Go page, or of a larger one with more objects */
#define TIER_SCALE	DIV_ROUND_UP(PAGE_SIZE, BIT(GO_PAGE_SHIFT))

/*
 * Bytes for objects that each tier has room for. With pages of 4 KiB a tier is so many
 * cache lines, with the word that slab has behind the struct: of objects of 96 and more
 * bytes, of 64, 48, 32, 24 and 8, 16; and of tiny ones.
 */
static const unsigned int tier_bytes[MSPAN_TIERS] = {
	72 * TIER_SCALE, 136 * TIER_SCALE, 200 * TIER_SCALE, 264 * TIER_SCALE,
	328 * TIER_SCALE, 456 * TIER_SCALE, 648 * TIER_SCALE,
	0 /* the most that any class needs */
};

/* Bytes for objects that @spc needs */
static size_t extra_bytes(unsigned int spc)
{
	unsigned int class = spc >> 1;

	if (!class)
		return mspan_extra_bytes(1, spc);
	return mspan_extra_bytes((class_to_pages(class) << PAGE_SHIFT) /
				 class_to_size[class], spc);
}

static size_t most_extra_bytes(void)
{
	unsigned int spc;
	size_t bytes = 0;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		bytes = max(bytes, extra_bytes(spc));
	return bytes;
}

static unsigned int tier_of(unsigned int spc)
{
	unsigned int tier = 0;

	while (tier < MSPAN_TIERS - 1 && tier_bytes[tier] < extra_bytes(spc))
		tier++;
	return tier;
}

/* Return: a struct mspan with room for the bits of @spc, in state FREE */
struct mspan *mspan_create(struct gomalloc_heap *heap, unsigned int spc,
			   gfp_t gfp)
{
	unsigned int tier = mspan_tier(heap, spc);
	struct mspan *span;

	/* Near the CPU: on the node of the pages, it would keep that from going */
	span = kmem_cache_alloc(heap->sys->mspan_cache[tier],
				gfp | ledger_page_gfp(heap));
	if (!span)
		return NULL;
	/* A late freer of an earlier life may be looking */
	WRITE_ONCE(span->state, MSPAN_FREE);
	span->tier = tier;
	/* Not of a class yet */
	span->mcaches = NULL;
	mspan_have_no_tags(span);
	return span;
}

void mspan_destroy(struct gomalloc_heap *heap, struct mspan *span)
{
	kmem_cache_free(heap->sys->mspan_cache[span->tier], span);
}

/* The first ones are in the struct, which ends with a line of the cache */
#define MSPAN_BYTES(bytes)	(offsetof(struct mspan, objstate) + (bytes))

int mspan_create_caches(struct gomalloc_sys *sys)
{
	unsigned int tier, bytes, spc;
	char name[32];

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		sys->tier[spc] = tier_of(spc);
	for (tier = 0; tier < MSPAN_TIERS; tier++) {
		bytes = tier_bytes[tier] ?: most_extra_bytes();
		snprintf(name, sizeof(name), "gomalloc_mspan_%u", bytes);
		sys->mspan_cache[tier] =
			kmem_cache_create(name, MSPAN_BYTES(bytes),
					  0, SLAB_TYPESAFE_BY_RCU |
					  SLAB_HWCACHE_ALIGN |
					  SLAB_NOLEAKTRACE, NULL);
		if (!sys->mspan_cache[tier])
			return -ENOMEM;
	}
	return 0;
}

void mspan_destroy_caches(struct gomalloc_sys *sys)
{
	unsigned int tier;

	for (tier = 0; tier < MSPAN_TIERS; tier++)
		kmem_cache_destroy(sys->mspan_cache[tier]);
}

/*
 * === objects ===
 */

/* Is it so that gofree() may take its hot path? */
static bool has_state_bytes(unsigned int spc)
{
	return spc >> 1 > BIT_STATE_CLASS && spc != TINY_SPAN_CLASS;
}

static void init_objects(struct mspan *span)
{
	size_t states = objstate_bytes(span->nelems, span->spanclass);

	span->free = (unsigned long *)(span->objstate + states);
	span->remote = (atomic_long_t *)(span->free + mspan_nr_words(span));
	memset(span->objstate, 0, states);
	mspan_reinit(span);
}

/*
 * Make @span, whose memory holds mspan_extra_bytes(), a span of all-free
 * objects. heap, central, arena, nid, mcaches and next are the caller's.
 */
void mspan_init(struct mspan *span, unsigned int spc, unsigned long base,
		unsigned int npages)
{
	unsigned int class = spc >> 1;

	span->base = base;
	span->npages = npages;
	/* tiny_end() may come late, and find it of an earlier life */
	WRITE_ONCE(span->filler, 0);
	span->spanclass = spc;
	span->class_offset = offsetof(struct mcache, class[spc]);
	span->divmul = class_to_divmagic[class];
	span->elemsize = class ? class_to_size[class] : npages << PAGE_SHIFT;
	span->nelems = class ? ((u64)npages << PAGE_SHIFT) * span->divmul >> 32
			     : 1;
	span->fast_nelems = has_state_bytes(spc) ? span->nelems : 0;
	init_objects(span);
}

/*
 * Fold cross-CPU frees into the owner's bits. The xchg is a full barrier:
 * pairs with the one of mcentral_free_remote(), so that the writes of the
 * freer to the object and its state byte come before the next owner's.
 * Return: objects found.
 */
unsigned int mspan_sweep(struct mspan *span)
{
	unsigned int words = mspan_nr_words(span);
	unsigned int word, found = 0;
	unsigned long bits;

	if (!atomic_read(&span->nremote))
		return 0;
	for (word = 0; word < words; word++) {
		if (!atomic_long_read(&span->remote[word]))
			continue;
		bits = atomic_long_xchg(&span->remote[word], 0);
		if (unlikely(!mspan_free_own(span, word, bits)))
			ledger_note_late_double_free(span->heap);
		found += hweight_long(bits);
	}
	atomic_sub(found, &span->nremote);
	return found;
}

/* Return: false if one of them was free already: two frees at once */
bool mspan_free_own(struct mspan *span, unsigned int word, unsigned long bits)
{
	bool fresh = !(span->free[word] & bits);

	span->free[word] |= bits;
	return fresh;
}

/*
 * Objects handed out at this moment. Tells nothing to rely on while others
 * allocate and free: a reader of statistics.
 */
unsigned int mspan_count_live(const struct mspan *span)
{
	const unsigned long *state = (const unsigned long *)span->objstate;
	size_t bytes = objstate_bytes(span->nelems, span->spanclass);
	unsigned long keep = REPEAT_BYTE(0x01);
	unsigned int i, live = 0;

	if (mspan_is_tiny(span))
		keep = ~0UL / 0xffff * TINY_STARTS;
	else if (mspan_has_state_bits(span))
		keep = ~0UL;
	for (i = 0; i < bytes / sizeof(long); i++) {
		/* A snapshot: torn reads do no harm */
		live += hweight_long(data_race(state[i]) & keep);
	}
	return live;
}

/* The caller has just taken @index and hands it out */
void mspan_mark_allocated(struct mspan *span, unsigned int index)
{
	if (mspan_is_tiny(span))
		WRITE_ONCE(*mspan_tiny_mask(span, index), 1);
	else if (mspan_has_state_bits(span))
		set_bit(index, mspan_state_word(span, 0));
	else
		span->objstate[index] = OBJECT_ALLOCATED;
}

/*
 * === placement ===
 */

/* A number that cannot be foretold without the heap's key; any context */
static u32 draw(struct gomalloc_heap *heap)
{
	u32 ticket = this_cpu_inc_return(heap->counters->ticket);

	return hsiphash_2u32(ticket, raw_smp_processor_id(), &heap->key);
}

/*
 * Take any free object of the window, which has one. The caller owns the span.
 * Return: its index.
 */
unsigned int mspan_take_random(struct mspan *span)
{
	unsigned long *window = &span->free[span->win], bits = *window;
	u32 n = (u64)draw(span->heap) * hweight_long(bits) >> 32;

	while (n--)
		bits &= bits - 1;
	*window &= ~(bits & -bits);
	return span->win * BITS_PER_LONG + __ffs(bits);
}

/* Take an object of the window, which has one, and mark it */
void *mspan_alloc(struct mspan *span)
{
	unsigned long index = 0;

	if (unlikely(span->random))
		index = mspan_take_random(span);
	else
		mspan_take(span, &index);
	mspan_mark_allocated(span, index);
	return mspan_object(span, index);
}

/* Blocks with a live object; a snapshot, as mspan_count_live() */
unsigned int mspan_count_tiny_blocks(const struct mspan *span)
{
	unsigned int index, blocks = 0;

	for (index = 0; index < span->nelems; index++)
		blocks += !!(READ_ONCE(*mspan_tiny_mask(span, index)) &
			     TINY_STARTS);
	return blocks;
}
