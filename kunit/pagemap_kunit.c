// SPDX-License-Identifier: GPL-2.0
/*
 * pagemap: every page of a heap is found, nothing else is.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
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
	KUNIT_EXPECT_PTR_EQ(test, pagemap_entry((void *)base),
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

/* What an arena at @base, of one page, does */
static int enter(unsigned long base, struct mspan *span)
{
	int err = pagemap_reserve(base, 1, GFP_KERNEL);

	if (!err)
		pagemap_set(base, 1, span);
	return err;
}

/* Addresses as architectures have them: rows, nodes, holes of many TiB */
static void leaves_far_apart_are_found(struct kunit *test)
{
	static const unsigned int shift[] = { 21, 27, 30, 37, 40, 44, 46 };
	static struct mspan spans[ARRAY_SIZE(shift)];
	unsigned long base;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(shift); i++) {
		for (n = 1; n <= 32; n++) {
			base = PAGE_OFFSET + ((unsigned long)n << shift[i]) +
			       i * PAGE_SIZE;
			KUNIT_ASSERT_EQ(test, enter(base, &spans[i]), 0);
		}
	}
	for (i = 0; i < ARRAY_SIZE(shift); i++) {
		for (n = 1; n <= 32; n++) {
			base = PAGE_OFFSET + ((unsigned long)n << shift[i]) +
			       i * PAGE_SIZE;
			KUNIT_EXPECT_PTR_EQ(test, span_of((void *)base + 1),
					    &spans[i]);
			KUNIT_EXPECT_NULL(test, span_of((void *)base +
							PAGE_SIZE * 100));
			pagemap_set(base, 1, &pagemap_foreign_page);
		}
	}
}

#define LEAVES		3000
#define LEAF_BYTES	(PAGE_SIZE << PAGEMAP_LEAF_SHIFT)

struct growth {
	unsigned long		base;
	struct mspan		span;
	unsigned int		lost;
	struct completion	done;
};

/* Each leaf has to be there at once, and to stay */
static int enter_many(void *data)
{
	struct growth *g = data;
	unsigned long base;
	unsigned int i;

	for (i = 0; i < LEAVES; i++) {
		base = g->base + i * LEAF_BYTES;
		g->lost += enter(base, &g->span) || span_of((void *)base) != &g->span;
		cond_resched();
	}
	for (i = 0; i < LEAVES; i++) {
		base = g->base + i * LEAF_BYTES;
		g->lost += span_of((void *)base) != &g->span;
		pagemap_set(base, 1, &pagemap_foreign_page);
	}
	complete(&g->done);
	return 0;
}

static void a_table_that_grows_loses_no_leaf(struct kunit *test)
{
	static struct growth g[2];
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		g[i].base = PAGE_OFFSET + (16UL << 40) + (1 + i) * 2 * LEAVES * LEAF_BYTES;
		init_completion(&g[i].done);
		task = kthread_create(enter_many, &g[i], "pagemap_kunit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		/* Beside each other, if there are two CPUs */
		kthread_bind(task, i ? cpumask_last(cpu_online_mask) :
				       cpumask_first(cpu_online_mask));
		wake_up_process(task);
	}
	for (i = 0; i < 2; i++) {
		wait_for_completion(&g[i].done);
		KUNIT_EXPECT_EQ(test, g[i].lost, 0U);
	}
	/* Nor does it take more than it needs */
	KUNIT_EXPECT_GE(test, pagemap->nr, 2UL * LEAVES);
	KUNIT_EXPECT_LT(test, pagemap->mask, 16 * pagemap->nr);
}

TEST_SUITE(pagemap, BELOW(NULL, NULL),
	   KUNIT_CASE(what_is_entered_is_found),
	   KUNIT_CASE(no_foreign_address_is_taken_for_ours),
	   KUNIT_CASE(any_value_at_all_may_be_asked_for),
	   KUNIT_CASE(leaves_far_apart_are_found),
	   KUNIT_CASE(a_table_that_grows_loses_no_leaf));
