// SPDX-License-Identifier: GPL-2.0
/*
 * mcentral: where a span without an owner goes.
 */
#include "below.h"

/* Eight to a span: of 1024 bytes, or more in larger pages */
#define SPC	(size_to_class(max(PAGE_SIZE, BIT(GO_PAGE_SHIFT)) / 8) << 1)

/* Of one object less, and not in use when a case begins */
#define OTHER_SPC	(SPC + 2)

static struct mcentral *central_of(struct kunit *test)
{
	return mheap_central(test_mheap(test), SPC);
}

/* A span with all its objects handed out, and owned */
static struct mspan *used_span(struct kunit *test)
{
	unsigned long index;
	struct mspan *span;

	span = got(test, mcentral_grow(test_mheap(test), SPC, 1, GFP_KERNEL));
	while (mspan_take(span, &index))
		;
	return span;
}

/* The same, full and unowned */
static struct mspan *full_span(struct kunit *test)
{
	struct mspan *span = used_span(test);
	LLIST_HEAD(empty);

	mcentral_uncache_span(span, &empty);
	KUNIT_EXPECT_TRUE(test, llist_empty(&empty));
	return span;
}

/* A span whose objects are all free */
static void give_back(struct mspan *span)
{
	LLIST_HEAD(empty);

	mcentral_uncache_span(span, &empty);
	mheap_free_spans(&empty);
}

static bool is_single(const struct llist_head *spans)
{
	return spans->first && !spans->first->next;
}

static bool free_remote(struct mspan *span, unsigned long bits,
			struct llist_head *empty)
{
	bool fresh;

	preempt_disable();
	fresh = mcentral_free_remote(span, 0, bits, empty);
	preempt_enable();
	return fresh;
}

static unsigned long all_objects(struct mspan *span)
{
	return BIT(span->nelems) - 1;
}

/* Free what is left of a span that is full or partial */
static void finish(struct kunit *test, struct mspan *span)
{
	unsigned long left = all_objects(span) & ~span->free[0] &
			     ~atomic_long_read(&span->remote[0]);
	LLIST_HEAD(empty);

	free_remote(span, left, &empty);
	KUNIT_EXPECT_FALSE(test, llist_empty(&empty));
	mheap_free_spans(&empty);
}

static void a_full_span_is_counted_and_not_listed(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span = full_span(test);
	LLIST_HEAD(empty);

	KUNIT_EXPECT_EQ(test, (int)span->state, (int)MSPAN_FULL);
	KUNIT_EXPECT_EQ(test, central->nr_full, 1U);
	KUNIT_EXPECT_EQ(test, central->nr_partial, 0U);
	KUNIT_EXPECT_NULL(test, mcentral_cache_span(central, NULL, &empty));
	finish(test, span);
	KUNIT_EXPECT_EQ(test, central->nr_full, 0U);
}

static void a_remote_free_makes_a_full_span_partial(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span = full_span(test);
	unsigned long index;
	LLIST_HEAD(empty);

	KUNIT_EXPECT_TRUE(test, free_remote(span, BIT(3), &empty));
	KUNIT_EXPECT_EQ(test, (int)span->state, (int)MSPAN_PARTIAL);
	KUNIT_EXPECT_EQ(test, central->nr_partial, 1U);
	KUNIT_EXPECT_EQ(test, central->nr_full, 0U);
	KUNIT_EXPECT_PTR_EQ(test, mcentral_cache_span(central, NULL, &empty),
			    span);
	KUNIT_EXPECT_EQ(test, (int)span->state, (int)MSPAN_OWNED);
	KUNIT_EXPECT_TRUE(test, mspan_take(span, &index));
	KUNIT_EXPECT_EQ(test, index, 3UL);
	mcentral_uncache_span(span, &empty);
	KUNIT_EXPECT_EQ(test, (int)span->state, (int)MSPAN_FULL);
	finish(test, span);
}

static void the_last_remote_free_releases_the_span(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span = full_span(test);
	LLIST_HEAD(empty);
	int i;

	for (i = 0; i < 7; i++) {
		free_remote(span, BIT(i), &empty);
		KUNIT_EXPECT_TRUE(test, llist_empty(&empty));
	}
	free_remote(span, BIT(7), &empty);
	KUNIT_EXPECT_TRUE(test, is_single(&empty));
	KUNIT_EXPECT_EQ(test, central->nr_partial, 0U);
	KUNIT_EXPECT_EQ(test, central->nr_full, 0U);
	mheap_free_spans(&empty);
	KUNIT_EXPECT_EQ(test, test_mheap(test)->used_pages, 0UL);
}

static void a_free_into_an_owned_span_waits_for_its_owner(struct kunit *test)
{
	struct mspan *span = used_span(test);
	LLIST_HEAD(empty);

	free_remote(span, all_objects(span), &empty);
	KUNIT_EXPECT_TRUE(test, llist_empty(&empty));
	KUNIT_EXPECT_EQ(test, mspan_sweep(span), (unsigned int)span->nelems);
	mcentral_uncache_span(span, &empty);
	KUNIT_EXPECT_TRUE(test, is_single(&empty));
	mheap_free_spans(&empty);
}

static void what_was_freed_meanwhile_is_seen_when_a_span_is_placed(struct kunit *test)
{
	struct mspan *span = used_span(test);
	LLIST_HEAD(empty);

	free_remote(span, BIT(1) | BIT(2), &empty);
	mcentral_uncache_span(span, &empty);
	KUNIT_EXPECT_EQ(test, (int)span->state, (int)MSPAN_PARTIAL);
	KUNIT_EXPECT_EQ(test, span->live, 6U);
	finish(test, span);
}

/* Into the first one and the last one of a chain others have freed */
static void used_up_spans_are_placed_in_one_go(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span[3];
	LLIST_HEAD(empty);
	int i;

	for (i = 0; i < 3; i++) {
		span[i] = used_span(test);
		span[i]->used = i ? span[i - 1] : NULL;
	}
	free_remote(span[0], BIT(1), &empty);
	free_remote(span[2], BIT(2), &empty);
	mcentral_uncache_span(span[2], &empty);
	KUNIT_EXPECT_EQ(test, (int)span[0]->state, (int)MSPAN_PARTIAL);
	KUNIT_EXPECT_EQ(test, (int)span[1]->state, (int)MSPAN_FULL);
	KUNIT_EXPECT_EQ(test, (int)span[2]->state, (int)MSPAN_PARTIAL);
	KUNIT_EXPECT_EQ(test, central->nr_partial, 2U);
	KUNIT_EXPECT_EQ(test, central->nr_full, 1U);
	for (i = 0; i < 3; i++)
		finish(test, span[i]);
}

static void a_used_up_span_is_swapped_for_a_partial_one(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *partial = full_span(test), *used = used_span(test);
	LLIST_HEAD(empty);

	free_remote(partial, BIT(0), &empty);
	KUNIT_EXPECT_PTR_EQ(test, mcentral_cache_span(central, used, &empty),
			    partial);
	KUNIT_EXPECT_EQ(test, (int)used->state, (int)MSPAN_FULL);
	mcentral_uncache_span(partial, &empty);
	finish(test, partial);
	finish(test, used);
}

static void a_second_remote_free_is_noticed(struct kunit *test)
{
	struct mspan *span = full_span(test), *owned = used_span(test);
	LLIST_HEAD(empty);

	KUNIT_EXPECT_TRUE(test, free_remote(owned, BIT(2), &empty));
	KUNIT_EXPECT_FALSE(test, free_remote(owned, BIT(2), &empty));
	KUNIT_EXPECT_EQ(test, mspan_sweep(owned), 1U);
	mcentral_uncache_span(owned, &empty);
	finish(test, owned);
	finish(test, span);
}

static void single_objects_come_from_a_partial_span(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span = full_span(test);
	LLIST_HEAD(empty);
	void *p;

	KUNIT_EXPECT_NULL(test, mcentral_alloc(central));
	free_remote(span, BIT(4), &empty);
	p = mcentral_alloc(central);
	KUNIT_EXPECT_PTR_EQ(test, p, mspan_object(span, 4));
	KUNIT_EXPECT_EQ(test, (int)span->state, (int)MSPAN_FULL);
	KUNIT_EXPECT_NULL(test, mcentral_alloc(central));
	finish(test, span);
}

static void the_fullest_span_is_used_first(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span[3];
	LLIST_HEAD(empty);
	int i;

	for (i = 0; i < 3; i++)
		span[i] = full_span(test);
	/* 2, 7 and 4 of 8 are live; then 2, 2 and 4 */
	free_remote(span[0], 0x3f, &empty);
	free_remote(span[1], 0x01, &empty);
	free_remote(span[2], 0x0f, &empty);
	KUNIT_EXPECT_PTR_EQ(test, mcentral_cache_span(central, NULL, &empty),
			    span[1]);
	mcentral_uncache_span(span[1], &empty);
	raw_spin_lock_irq(&central->lock);
	mcentral_free_locked(central, span[1], 0, 0x3e, &empty);
	raw_spin_unlock_irq(&central->lock);
	KUNIT_EXPECT_EQ(test, span[1]->live, 2U);
	KUNIT_EXPECT_PTR_EQ(test, mcentral_cache_span(central, NULL, &empty),
			    span[2]);
	mcentral_uncache_span(span[2], &empty);
	for (i = 0; i < 3; i++)
		finish(test, span[i]);
}

/* Whose live is from when it was placed last, and says nothing */
static void a_flush_leaves_a_span_to_its_owner(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span = full_span(test);
	LLIST_HEAD(empty);

	free_remote(span, BIT(0), &empty);
	KUNIT_EXPECT_PTR_EQ(test, mcentral_cache_span(central, NULL, &empty),
			    span);
	free_remote(span, 0xfe, &empty);
	raw_spin_lock_irq(&central->lock);
	mcentral_look_locked(central, span, &empty);
	raw_spin_unlock_irq(&central->lock);
	KUNIT_EXPECT_EQ(test, (int)span->state, (int)MSPAN_OWNED);
	KUNIT_EXPECT_TRUE(test, llist_empty(&empty));
	if (span->state == MSPAN_OWNED)
		give_back(span);
}

/* Which a flush may have freed several words of */
static void a_span_that_is_looked_at_twice_is_released_once(struct kunit *test)
{
	struct mcentral *central = central_of(test);
	struct mspan *span = full_span(test);
	LLIST_HEAD(empty);

	free_remote(span, 0x3f, &empty);
	/* Another is between its steps 2 and 3 */
	atomic_inc(&span->nremote);
	atomic_long_or(BIT(6), &span->remote[0]);
	raw_spin_lock_irq(&central->lock);
	KUNIT_EXPECT_TRUE(test, mcentral_free_locked(central, span, 0, BIT(7),
						     &empty));
	KUNIT_EXPECT_TRUE(test, llist_empty(&empty));
	mcentral_look_locked(central, span, &empty);
	mcentral_look_locked(central, span, &empty);
	raw_spin_unlock_irq(&central->lock);
	KUNIT_ASSERT_TRUE(test, is_single(&empty));
	mheap_free_spans(&empty);
}

/* And keeps it when that is gone */
static void a_class_gets_its_mcentral_with_its_first_span(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mcentral *central;
	struct mspan *span;

	KUNIT_EXPECT_PTR_EQ(test, mheap_central(h, OTHER_SPC), &emptymcentral);
	span = got(test, mcentral_grow(h, OTHER_SPC, 1, GFP_KERNEL));
	central = mheap_central(h, OTHER_SPC);
	KUNIT_EXPECT_PTR_NE(test, central, &emptymcentral);
	KUNIT_EXPECT_PTR_EQ(test, span->central, central);
	KUNIT_EXPECT_EQ(test, central->spanclass, OTHER_SPC);
	KUNIT_EXPECT_PTR_EQ(test, central->mheap, h);
	give_back(span);
	KUNIT_EXPECT_PTR_EQ(test, mheap_central(h, OTHER_SPC), central);
	span = got(test, mcentral_grow(h, OTHER_SPC, 1, GFP_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, span->central, central);
	give_back(span);
}

/* There are pages and metadata for a whole chain: all of that are the mcentral's */
static void the_first_spans_may_be_many(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan *span, *next, *old[4];
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(old); n++)
		old[n] = got(test, mcentral_grow(h, SPC, 1, GFP_KERNEL));
	for (n = 0; n < ARRAY_SIZE(old); n++)
		give_back(old[n]);
	next = got(test, mcentral_grow(h, OTHER_SPC, 4, GFP_KERNEL));
	for (n = 0; next; n++) {
		span = next;
		next = span->next;
		KUNIT_EXPECT_PTR_EQ(test, span->central, mheap_central(h, OTHER_SPC));
		give_back(span);
	}
	KUNIT_EXPECT_EQ(test, n, 4U);
}

static void a_mcentral_that_is_not_made_is_not_written_to(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, mcentral_alloc(&emptymcentral));
	KUNIT_EXPECT_NULL(test, memchr_inv(&emptymcentral, 0,
					   sizeof(emptymcentral)));
}

/* Most cases look at the mcentral before they have a span */
static int mcentrals_init(struct kunit *test)
{
	below_init(test);
	give_back(got(test, mcentral_grow(test_mheap(test), SPC, 1,
					  GFP_KERNEL)));
	return 0;
}

TEST_SUITE(mcentral, BELOW(mcentrals_init, below_exit_central),
	   KUNIT_CASE(a_class_gets_its_mcentral_with_its_first_span),
	   KUNIT_CASE(the_first_spans_may_be_many),
	   KUNIT_CASE(a_mcentral_that_is_not_made_is_not_written_to),
	   KUNIT_CASE(a_full_span_is_counted_and_not_listed),
	   KUNIT_CASE(a_remote_free_makes_a_full_span_partial),
	   KUNIT_CASE(the_last_remote_free_releases_the_span),
	   KUNIT_CASE(a_free_into_an_owned_span_waits_for_its_owner),
	   KUNIT_CASE(what_was_freed_meanwhile_is_seen_when_a_span_is_placed),
	   KUNIT_CASE(used_up_spans_are_placed_in_one_go),
	   KUNIT_CASE(a_used_up_span_is_swapped_for_a_partial_one),
	   KUNIT_CASE(a_second_remote_free_is_noticed),
	   KUNIT_CASE(single_objects_come_from_a_partial_span),
	   KUNIT_CASE(a_flush_leaves_a_span_to_its_owner),
	   KUNIT_CASE(a_span_that_is_looked_at_twice_is_released_once),
	   KUNIT_CASE(the_fullest_span_is_used_first));
