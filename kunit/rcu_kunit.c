// SPDX-License-Identifier: GPL-2.0
/*
 * rcu: objects that wait for a grace period are nobody else's to free.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "fixture.h"

struct small {
	u64		stamp;
	struct rcu_head	rcu;
};

struct large {
	struct rcu_head	rcu;
	char		rest[100000];
};

static u64 pending_frees(struct kunit *test)
{
	return atomic_long_read(&test_heap(test)->misuses[GOMALLOC_PENDING]);
}

/* Twice, and once more by gofree(): the last two are refused, with who it was */
static void expect_freed_once(struct kunit *test, struct rcu_head *head, void *p)
{
	u64 before = pending_frees(test), live = live_objects(test_heap(test));
	char text[REPORT_TEXT_LEN];

	rcu_read_lock();
	gofree_call_rcu(head, p);
	gofree_call_rcu(head, p);
	gofree(p);
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), live);
	rcu_read_unlock();
	report_last(&gomalloc_sys, text, sizeof(text));
	KUNIT_EXPECT_TRUE(test, strstr(text, "expect_freed_once"));
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, pending_frees(test), before + 2);
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), live - 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&test_heap(test)->rcu_frees), 0);
}

static void a_small_object_is_freed_once(struct kunit *test)
{
	struct small *p = heap_object(test, sizeof(*p));

	expect_freed_once(test, &p->rcu, p);
}

static void a_large_object_is_freed_once(struct kunit *test)
{
	struct large *p = heap_object(test, sizeof(*p));

	expect_freed_once(test, &p->rcu, p);
}

/* It may be read until then, and asked for its size, and not more than that */
static void a_pending_object_may_be_read(struct kunit *test)
{
	struct small *p = heap_object(test, sizeof(*p));

	p->stamp = 0x1234;
	rcu_read_lock();
	gofree_rcu(p, rcu);
	KUNIT_EXPECT_EQ(test, p->stamp, 0x1234ULL);
	KUNIT_EXPECT_GE(test, gosize(p), sizeof(*p));
	KUNIT_EXPECT_EQ(test, pending_frees(test), 0ULL);
	KUNIT_EXPECT_NULL(test, gorealloc(p, 5000, GFP_ATOMIC));
	gofree_sensitive(p);
	KUNIT_EXPECT_EQ(test, pending_frees(test), 2ULL);
	KUNIT_EXPECT_EQ(test, p->stamp, 0x1234ULL);
	rcu_read_unlock();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
}

/* One that holds no more than the head has its slot to itself */
static void a_tiny_object_is_freed_once(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct rcu_head *p = got(test, gomalloc_heap_alloc(heap, sizeof(*p), GFP_KERNEL,
							   GOMALLOC_NOSCAN));
	u64 before = stats_of(heap).misuses;

	rcu_read_lock();
	gofree_call_rcu(p, p);
	gofree_call_rcu(p, p);
	gofree(p);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 1ULL);
	rcu_read_unlock();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, before + 2);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
}

static void a_mapped_object_is_freed_once(struct kunit *test)
{
	struct gomalloc_heap *heap = gomalloc_default_heap;
	struct large *p = got(test, gokvmalloc(5 * SZ_1M, GFP_KERNEL));
	u64 foreign = atomic_long_read(&gomalloc_sys.report.foreign);

	rcu_read_lock();
	gofree_rcu(p, rcu);
	gofree_rcu(p, rcu);
	gofree(p);
	KUNIT_EXPECT_EQ(test, gosize(p), 5UL * SZ_1M);
	p->rest[0] = 1;
	gofree_sensitive(p);
	KUNIT_EXPECT_EQ(test, (int)p->rest[0], 1);
	KUNIT_EXPECT_NULL(test, gorealloc(p, 100, GFP_ATOMIC));
	rcu_read_unlock();
	rcu_barrier();
	mvmap_drain(&gomalloc_sys);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gomalloc_sys.report.foreign),
			foreign + 4);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->vmap_pages), 0L);
	KUNIT_EXPECT_EQ(test, atomic_read(&heap->rcu_frees), 0);
}

/* Of all kinds, also those that have no room for a head */
static void what_has_no_head_waits_as_well(struct kunit *test)
{
	u64 live = live_objects(gomalloc_default_heap);
	void *p[] = {
		gomalloc(8, GFP_KERNEL), gomalloc(1000, GFP_KERNEL),
		gomalloc_noscan(3, GFP_KERNEL), gomalloc(100000, GFP_KERNEL),
		gokvmalloc(5 * SZ_1M, GFP_KERNEL),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_EXPECT_TRUE(test, p[i]);
		gofree_rcu_mightsleep(p[i]);
	}
	gofree_rcu_mightsleep(NULL);
	gofree_rcu_mightsleep(ZERO_SIZE_PTR);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, live_objects(gomalloc_default_heap), live);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(NULL), 0);
}

/* One object lives at a time, and all that the heap may hold waits for readers */
static void a_full_heap_waits_for_a_grace_period(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "flood", SZ_1M, 0);
	struct large *q;
	struct small *p;
	unsigned int i;

	for (i = 0; i < 30000; i++) {
		p = gomalloc_heap_alloc(heap, sizeof(*p), GFP_KERNEL, 0);
		KUNIT_ASSERT_TRUE(test, p);
		gofree_rcu(p, rcu);
	}
	for (i = 0; i < 50; i++) {
		q = gomalloc_heap_alloc(heap, sizeof(*q), GFP_KERNEL, 0);
		KUNIT_ASSERT_TRUE(test, q);
		gofree_rcu(q, rcu);
	}
	rcu_barrier();
	destroy_heap(test, heap);
}

TEST_SUITE(rcu, FIXTURE,
	   KUNIT_CASE(a_small_object_is_freed_once),
	   KUNIT_CASE(a_large_object_is_freed_once),
	   KUNIT_CASE(a_pending_object_may_be_read),
	   KUNIT_CASE(a_tiny_object_is_freed_once),
	   KUNIT_CASE(a_mapped_object_is_freed_once),
	   KUNIT_CASE(what_has_no_head_waits_as_well),
	   KUNIT_CASE(a_full_heap_waits_for_a_grace_period));
