// SPDX-License-Identifier: GPL-2.0
/*
 * pagemap: every page of a heap is found, nothing else is.
 */
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "below.h"

static void what_is_entered_is_found(struct kunit *test)
{
	unsigned int order = PAGEMAP_LEAF_SHIFT, i;
	unsigned long base = got(test, __get_free_pages(GFP_KERNEL, order));
	struct mspan span = { .base = base };

	KUNIT_EXPECT_EQ(test, pagemap_reserve(base, 1 << order, GFP_KERNEL), 0);
	KUNIT_EXPECT_NULL(test, span_of((void *)base));
	/* All but the first and the last page */
	pagemap_set(base + PAGE_SIZE, (1 << order) - 2, &span);
	for (i = 0; i < 1 << order; i++)
		KUNIT_EXPECT_EQ(test, span_of((void *)base + i * PAGE_SIZE) ==
				&span, i > 0 && i < (1 << order) - 1);
	pagemap_set(base, 1 << order, &pagemap_free_page);
	KUNIT_EXPECT_NULL(test, span_of((void *)base + PAGE_SIZE));
	KUNIT_EXPECT_PTR_EQ(test, pagemap_lookup((void *)base),
			    &pagemap_free_page);
	pagemap_set(base, 1 << order, &pagemap_foreign_page);
	free_pages(base, order);
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
	unsigned int i;
	void *p;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 200000; i++) {
		p = (void *)((u64)prandom_u32_state(&rnd) << 32 |
			     prandom_u32_state(&rnd));
		if (i & 1)
			p = (void *)(PAGE_OFFSET + ((unsigned long)p >> 20));
		KUNIT_ASSERT_NULL(test, span_of(p));
	}
}

TEST_SUITE(pagemap, BELOW(NULL, NULL),
	   KUNIT_CASE(what_is_entered_is_found),
	   KUNIT_CASE(no_foreign_address_is_taken_for_ours),
	   KUNIT_CASE(any_value_at_all_may_be_asked_for));
