// SPDX-License-Identifier: GPL-2.0
/*
 * mspan: the bits of one span, without the layers around it.
 */
#include <linux/bitmap.h>

#include "mspan.h"
#include "suite.h"

#define BASE	0x100000UL

/* A span with all bits but no pages; nothing here touches an object */
static struct mspan *make_span(struct kunit *test, unsigned int spc)
{
	struct mspan *span = scratch(test, sizeof(*span) + 16 * 1024);

	mspan_init(span, spc, BASE, class_to_pages(spc >> 1));
	return span;
}

static int take(struct mspan *span)
{
	unsigned long index;

	if (mspan_take(span, &index) ||
	    (mspan_next_window(span) && mspan_take(span, &index)))
		return index;
	return -1;
}

static void each_object_is_handed_out_once_in_order(struct kunit *test)
{
	unsigned int spc;
	struct mspan *span;
	int index;

	for (spc = 2; spc < NUM_SPAN_CLASSES; spc++) {
		span = make_span(test, spc);
		for (index = 0; index < span->nelems; index++)
			KUNIT_ASSERT_EQ(test, take(span), index);
		KUNIT_ASSERT_EQ(test, take(span), -1);
		kunit_kfree(test, span);
	}
}

static void an_index_and_its_address_belong_together(struct kunit *test)
{
	unsigned int spc, index;
	struct mspan *span;
	void *p;

	for (spc = 2; spc < NUM_SPAN_CLASSES; spc += 2) {
		span = make_span(test, spc);
		for (index = 0; index < span->nelems; index++) {
			p = mspan_object(span, index);
			KUNIT_ASSERT_EQ(test, mspan_index(span, p), index);
			KUNIT_ASSERT_EQ(test, mspan_index(span, p +
					span->elemsize - 1), index);
		}
		kunit_kfree(test, span);
	}
}

static void only_the_start_of_an_object_leaves_no_remainder(struct kunit *test)
{
	unsigned int class, at;
	struct mspan *span;
	u64 quotient;

	for (class = 1; class < NUM_SIZE_CLASSES; class++) {
		span = make_span(test, class << 1);
		for (at = 0; at < span->npages << PAGE_SHIFT; at++) {
			quotient = mspan_quotient(span, (void *)(BASE + at));
			KUNIT_ASSERT_EQ(test, (u32)quotient < span->divmul,
					at % span->elemsize == 0);
		}
		kunit_kfree(test, span);
	}
}

static void the_last_object_ends_in_the_span(struct kunit *test)
{
	unsigned int class;
	struct mspan *span;
	unsigned long end;

	for (class = 1; class < NUM_SIZE_CLASSES; class++) {
		span = make_span(test, class << 1);
		end = (unsigned long)mspan_object(span, span->nelems);
		KUNIT_EXPECT_LE(test, end,
				BASE + ((unsigned long)span->npages << PAGE_SHIFT));
		KUNIT_EXPECT_GT(test, end + span->elemsize,
				BASE + ((unsigned long)span->npages << PAGE_SHIFT));
		kunit_kfree(test, span);
	}
}

static void a_sweep_brings_back_what_others_freed(struct kunit *test)
{
	struct mspan *span = make_span(test, 4 << 1);

	/* The window ends on the last word, and four there are in any page */
	while (take(span) >= 0)
		;
	span->win = 3;
	KUNIT_EXPECT_FALSE(test, mspan_has_remote(span));
	atomic_set(&span->nremote, 2);
	atomic_long_set(&span->remote[0], BIT(5));
	atomic_long_set(&span->remote[3], BIT(63));
	KUNIT_EXPECT_TRUE(test, mspan_has_remote(span));
	KUNIT_EXPECT_EQ(test, mspan_sweep(span), 2U);
	KUNIT_EXPECT_FALSE(test, mspan_has_remote(span));
	KUNIT_EXPECT_EQ(test, atomic_read(&span->nremote), 0);
	KUNIT_EXPECT_EQ(test, mspan_count_free(span), 2U);
	KUNIT_EXPECT_EQ(test, mspan_sweep(span), 0U);
	KUNIT_EXPECT_EQ(test, take(span), 3 * BITS_PER_LONG + 63);
	KUNIT_EXPECT_EQ(test, take(span), 5);
	KUNIT_EXPECT_EQ(test, take(span), -1);
}

static void a_bit_set_twice_is_noticed(struct kunit *test)
{
	struct mspan *span = make_span(test, 6 << 1);

	take(span);
	KUNIT_EXPECT_TRUE(test, mspan_free_own(span, 0, BIT(0)));
	KUNIT_EXPECT_FALSE(test, mspan_free_own(span, 0, BIT(0)));
}

static void live_objects_are_counted_by_their_marks(struct kunit *test)
{
	struct mspan *span = make_span(test, 3 << 1);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, mspan_count_live(span), 0U);
	for (i = 0; i < span->nelems; i++)
		mspan_mark_allocated(span, i);
	KUNIT_EXPECT_EQ(test, mspan_count_live(span), (unsigned int)span->nelems);
	span->objstate[0] = OBJECT_FREED;
	span->objstate[span->nelems - 1] = OBJECT_FREED;
	KUNIT_EXPECT_EQ(test, mspan_count_live(span), span->nelems - 2U);
}

static int drop_tiny(struct mspan *span, const void *p)
{
	u16 *mask;

	return mspan_drop_tiny(span, p, &mask);
}

static void a_tiny_block_is_free_when_its_last_object_is(struct kunit *test)
{
	struct mspan *span = make_span(test, TINY_SPAN_CLASS);
	u16 *mask = mspan_tiny_mask(span, 7);
	void *p = mspan_object(span, 7);

	*mask = BIT(0) | BIT(4) | TINY_FILLING;
	KUNIT_EXPECT_EQ(test, mspan_count_live(span), 2U);
	KUNIT_EXPECT_EQ(test, drop_tiny(span, p),
			(int)(TINY_FILLING | BIT(4)));
	KUNIT_EXPECT_EQ(test, mspan_clear_tiny(mask, TINY_FILLING), (int)BIT(4));
	KUNIT_EXPECT_EQ(test, drop_tiny(span, p + 4), 0);
	KUNIT_EXPECT_EQ(test, mspan_count_live(span), 0U);
}

static void a_tiny_block_being_filled_is_not_free(struct kunit *test)
{
	struct mspan *span = make_span(test, TINY_SPAN_CLASS);
	u16 *mask = mspan_tiny_mask(span, 511);

	*mask = BIT(0) | TINY_FILLING;
	KUNIT_EXPECT_EQ(test, drop_tiny(span, mspan_object(span, 511)),
			(int)TINY_FILLING);
	KUNIT_EXPECT_EQ(test, mspan_clear_tiny(mask, TINY_FILLING), 0);
}

static void a_tiny_free_of_no_object_is_refused(struct kunit *test)
{
	struct mspan *span = make_span(test, TINY_SPAN_CLASS);
	void *p = mspan_object(span, 0);

	*mspan_tiny_mask(span, 0) = BIT(0) | TINY_FILLING;
	KUNIT_EXPECT_EQ(test, drop_tiny(span, p + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, drop_tiny(span, p + 15), -EINVAL);
	KUNIT_EXPECT_EQ(test, drop_tiny(span, p + SZ_8K), -EINVAL);
	KUNIT_EXPECT_EQ(test, drop_tiny(span, p), (int)TINY_FILLING);
	KUNIT_EXPECT_EQ(test, drop_tiny(span, p), -EINVAL);
}

/* Of whatever size the pages are: that of one class is not that of another */
static void metadata_takes_little_more_than_is_needed(struct kunit *test)
{
	struct gomalloc_sys *sys = scratch(test, sizeof(*sys));
	struct kmem_cache *cache;
	unsigned int spc, room;
	struct mspan *span;
	size_t needed;

	KUNIT_ASSERT_EQ(test, mspan_create_caches(sys), 0);
	for (spc = 2; spc < NUM_SPAN_CLASSES; spc++) {
		span = make_span(test, spc);
		cache = sys->mspan_cache[sys->tier[spc]];
		room = kmem_cache_size(cache) - offsetof(struct mspan, objstate);
		needed = mspan_extra_bytes(span->nelems, spc);
		KUNIT_EXPECT_GE(test, room, needed);
		KUNIT_EXPECT_LE(test, room, needed +
				(span->npages << PAGE_SHIFT) / 32);
		kunit_kfree(test, span);
	}
	mspan_destroy_caches(sys);
}

/* Of a Go page: a byte for each object is an eighth of those of 8 bytes */
static void metadata_takes_little_of_what_the_objects_do(struct kunit *test)
{
	struct gomalloc_sys *sys = scratch(test, sizeof(*sys));
	unsigned int class, most;
	size_t bytes, span;

	KUNIT_ASSERT_EQ(test, mspan_create_caches(sys), 0);
	for (class = 1; class < NUM_SIZE_CLASSES; class++) {
		bytes = kmem_cache_size(sys->mspan_cache[sys->tier[class << 1]]);
		span = class_to_pages(class) << PAGE_SHIFT;
		/* 16 bytes: one of state in 16, two bits, and the struct */
		most = class_to_size[class] == 16 ? 10 : 8;
		KUNIT_EXPECT_LE(test, bytes * 100, span * most);
	}
	mspan_destroy_caches(sys);
}

/*
 * Less than a word is exchanged, and its neighbours stay as they are
 */

static void exchange_byte(struct kunit *test, u8 *byte, u8 end)
{
	*byte = 1;
	KUNIT_EXPECT_EQ(test, compat_cmpxchg_u8(byte, 2, 3), 1);
	KUNIT_EXPECT_EQ(test, compat_cmpxchg_u8(byte, 1, 0x82), 1);
	KUNIT_EXPECT_EQ(test, compat_cmpxchg_u8(byte, 0x82, end), 0x82);
}

static void exchange_half(struct kunit *test, u16 *half, u16 end)
{
	u16 old = 0x8003;

	*half = 0x8001;
	KUNIT_EXPECT_FALSE(test, compat_try_cmpxchg_u16(half, &old, end));
	KUNIT_EXPECT_EQ(test, old, 0x8001);
	KUNIT_EXPECT_TRUE(test, compat_try_cmpxchg_u16(half, &old, end));
	KUNIT_EXPECT_EQ(test, old, 0x8001);
}

static void a_part_of_a_word_is_exchanged(struct kunit *test)
{
	u32 word, at, all;

	for (all = 0; all <= 1; all++) {
		word = -all;
		for (at = 0; at < 4; at++)
			exchange_byte(test, (u8 *)&word + at, -all);
		for (at = 0; at < 2; at++)
			exchange_half(test, (u16 *)&word + at, -all);
		KUNIT_EXPECT_EQ(test, word, -all);
	}
}

TEST_SUITE(mspan, NO_FIXTURE,
	   KUNIT_CASE(metadata_takes_little_more_than_is_needed),
	   KUNIT_CASE(metadata_takes_little_of_what_the_objects_do),
	   KUNIT_CASE(a_part_of_a_word_is_exchanged),
	   KUNIT_CASE(each_object_is_handed_out_once_in_order),
	   KUNIT_CASE(an_index_and_its_address_belong_together),
	   KUNIT_CASE(only_the_start_of_an_object_leaves_no_remainder),
	   KUNIT_CASE(the_last_object_ends_in_the_span),
	   KUNIT_CASE(a_sweep_brings_back_what_others_freed),
	   KUNIT_CASE(a_bit_set_twice_is_noticed),
	   KUNIT_CASE(live_objects_are_counted_by_their_marks),
	   KUNIT_CASE(a_tiny_block_is_free_when_its_last_object_is),
	   KUNIT_CASE(a_tiny_block_being_filled_is_not_free),
	   KUNIT_CASE(a_tiny_free_of_no_object_is_refused));
