// SPDX-License-Identifier: GPL-2.0
/*
 * pagemap: every page of a heap is found, nothing else is.
 */
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fixture.h"

static void each_page_of_a_span_leads_to_it(struct kunit *test)
{
	static const size_t sizes[] = { 8, 1408, 9472, 27264, 300000, SZ_4M };
	struct mspan *span;
	unsigned int i;
	size_t at;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = heap_object(test, sizes[i]);
		span = span_of(p);
		KUNIT_ASSERT_TRUE(test, span);
		for (at = 0; at < (size_t)span->npages << PAGE_SHIFT;
		     at += PAGE_SIZE)
			KUNIT_ASSERT_PTR_EQ(test, span_of((void *)span->base +
							  at), span);
		gofree(p);
	}
}

static void a_freed_span_is_found_no_more(struct kunit *test)
{
	void *p = heap_object(test, 300000);

	gofree(p);
	KUNIT_EXPECT_NULL(test, span_of(p));
	KUNIT_EXPECT_PTR_EQ(test, pagemap_lookup(p), &pagemap_free_page);
	gomalloc_heap_trim(test_heap(test));
	KUNIT_EXPECT_PTR_EQ(test, pagemap_lookup(p), &pagemap_foreign_page);
}

static void no_foreign_address_is_taken_for_ours(struct kunit *test)
{
	void *heap = kmalloc(100, GFP_KERNEL), *mapped = vmalloc(100);
	int on_stack;

	KUNIT_EXPECT_NULL(test, span_of(heap));
	KUNIT_EXPECT_NULL(test, span_of(mapped));
	KUNIT_EXPECT_NULL(test, span_of(&on_stack));
	KUNIT_EXPECT_NULL(test, span_of(no_foreign_address_is_taken_for_ours));
	KUNIT_EXPECT_NULL(test, span_of(kfree));
	KUNIT_EXPECT_NULL(test, span_of(NULL));
	KUNIT_EXPECT_NULL(test, span_of(ZERO_SIZE_PTR));
	KUNIT_EXPECT_NULL(test, span_of(ERR_PTR(-ENOMEM)));
	KUNIT_EXPECT_NULL(test, span_of((void *)0x7fff12345678));
	KUNIT_EXPECT_NULL(test, span_of((void *)-1L));
	KUNIT_EXPECT_NULL(test, span_of((void *)LONG_MIN));
	KUNIT_EXPECT_NULL(test, span_of((void *)PAGE_OFFSET - 1));
	vfree(mapped);
	kfree(heap);
}

static void any_value_at_all_may_be_asked_for(struct kunit *test)
{
	struct rnd_state rnd;
	struct mspan *span;
	unsigned int i;
	void *p;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 200000; i++) {
		p = (void *)((u64)prandom_u32_state(&rnd) << 32 |
			     prandom_u32_state(&rnd));
		if (i & 1)
			p = (void *)(PAGE_OFFSET + ((unsigned long)p >> 20));
		span = span_of(p);
		if (span)
			KUNIT_ASSERT_LE(test, span->base, (unsigned long)p);
	}
}

static struct kunit_case pagemap_cases[] = {
	KUNIT_CASE(each_page_of_a_span_leads_to_it),
	KUNIT_CASE(a_freed_span_is_found_no_more),
	KUNIT_CASE(no_foreign_address_is_taken_for_ours),
	KUNIT_CASE(any_value_at_all_may_be_asked_for),
	{}
};

static struct kunit_suite pagemap_suite = {
	.name = "gomalloc_pagemap",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = pagemap_cases,
};

kunit_test_suite(pagemap_suite);
