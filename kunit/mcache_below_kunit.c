// SPDX-License-Identifier: GPL-2.0
/*
 * mcache: a CPU's cache on its own, without the calls that choose it.
 */
#include "below.h"
#include "gate.h"
#include "mcache.h"
#include "recycle.h"

#define SIZE_CLASS	6			/* 64 bytes */
#define SPC	(SIZE_CLASS << 1)

static struct mcache_class *this_class(struct kunit *test)
{
	return &gate_mcache_here(test_heap(test))->class[SPC];
}

static void *take(struct kunit *test)
{
	return got(test, mcache_alloc(test_heap(test), SPC, GFP_KERNEL));
}

/* As gofree() does, once it has found the object live */
static void put(const void *p)
{
	struct mspan *span = span_of(p);
	unsigned int index = mspan_index(span, p);

	span->objstate[index] = OBJECT_FREED;
	mcache_free_slot(span, index);
}

static void an_object_is_of_its_class_and_marked(struct kunit *test)
{
	void *p = take(test);
	struct mspan *span = span_of(p);

	KUNIT_EXPECT_EQ(test, span->spanclass, SPC);
	KUNIT_EXPECT_EQ(test, span->elemsize, (u32)class_to_size[SIZE_CLASS]);
	KUNIT_EXPECT_EQ(test, span->objstate[mspan_index(span, p)],
			OBJECT_ALLOCATED);
	KUNIT_EXPECT_EQ(test, span->state, MSPAN_OWNED);
	put(p);
}

static void a_used_up_span_is_refilled(struct kunit *test)
{
	unsigned int n = class_to_pages(SIZE_CLASS) * PAGE_SIZE /
			 class_to_size[SIZE_CLASS] + 1, i;
	void **p = scratch(test, n * sizeof(*p));

	migrate_disable();
	for (i = 0; i < n; i++)
		p[i] = take(test);
	migrate_enable();
	KUNIT_EXPECT_PTR_NE(test, span_of(p[0]), span_of(p[n - 1]));
	KUNIT_EXPECT_EQ(test, ledger_sum_counter(test_heap(test),
						 LEDGER_CACHE_NEW), 2ULL);
	for (i = 0; i < n; i++)
		put(p[i]);
}

static void a_shut_gate_is_gone_around(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct mcache_class *mc;
	void *p = take(test), *q;

	mc = got(test, gate_enter(heap, SPC));
	q = mcache_alloc(heap, SPC, GFP_ATOMIC);
	put(p);
	gate_leave(mc);
	KUNIT_EXPECT_TRUE(test, q);
	KUNIT_EXPECT_EQ(test, ledger_sum_counter(heap, LEDGER_BUSY_ALLOC), 1ULL);
	KUNIT_EXPECT_EQ(test, ledger_sum_counter(heap, LEDGER_BUSY_FREE), 1ULL);
	if (q)
		put(q);
}

static void a_class_that_is_drained_holds_nothing(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);

	migrate_disable();
	put(take(test));
	KUNIT_EXPECT_GT(test, gate_mcache_here(heap)->charge[SPC], 0U);
	mcache_drain_class(heap, SPC, true);
	KUNIT_EXPECT_EQ(test, gate_mcache_here(heap)->charge[SPC], 0U);
	KUNIT_EXPECT_PTR_EQ(test, this_class(test)->span, &emptymspan);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, test_mheap(test)->used_pages, 0UL);
}

/* As a freer on another CPU: with all its steps, or before it looks at the state */
static void free_elsewhere(const void *p, bool looks)
{
	struct mspan *span = span_of(p);
	unsigned int index = mspan_index(span, p);
	LLIST_HEAD(empty);

	span->objstate[index] = OBJECT_FREED;
	if (looks) {
		preempt_disable();
		recycle_free_slot(NULL, span, index, &empty);
		preempt_enable();
		mheap_free_spans(&empty);
	} else {
		atomic_inc(&span->nremote);
		atomic_long_or(BIT_MASK(index),
			       &span->remote[BIT_WORD(index)]);
	}
}

/* Two objects of a span are left; it is the flush that finds both freed */
static void a_flush_releases_what_others_have_just_left(struct kunit *test)
{
	unsigned int n = class_to_pages(SIZE_CLASS) * PAGE_SIZE /
			 class_to_size[SIZE_CLASS] + 1, i;
	void **p = scratch(test, n * sizeof(*p));

	migrate_disable();
	for (i = 0; i < n; i++)
		p[i] = take(test);
	KUNIT_EXPECT_EQ(test, span_of(p[0])->state, MSPAN_FULL);
	for (i = 2; i < n - 1; i++)
		free_elsewhere(p[i], true);
	put(p[0]);
	free_elsewhere(p[1], false);
	mcache_drain_class(test_heap(test), SPC, true);
	KUNIT_EXPECT_PTR_EQ(test, pagemap_entry(p[0]), &pagemap_free_page);
	migrate_enable();
	put(p[n - 1]);
}

static void where_no_mcentral_is_made_no_stack_is_left(struct kunit *test)
{
	struct mcentral *central = mheap_central(test_mheap(test), SPC);

	KUNIT_ASSERT_PTR_EQ(test, central, &emptymcentral);
	recycle_provide_stack(central);
	recycle_flush_transfer(central);
	recycle_release_transfer(central);
	KUNIT_EXPECT_NULL(test, memchr_inv(central, 0, sizeof(*central)));
}

static int mcaches_init(struct kunit *test)
{
	struct gomalloc_heap *heap;

	below_init(test);
	heap = test_heap(test);
	/* For stacks that a free with preemption off has wanted */
	heap->sys->wq = got(test, alloc_workqueue("gomalloc_below", WQ_UNBOUND,
						  0));
	mcache_init_stacks(heap);
	free_percpu(heap->mcaches);
	KUNIT_ASSERT_EQ(test, mcache_create_slots(heap, GFP_KERNEL), 0);
	return 0;
}

static void mcaches_exit(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct mcache *cache;
	struct mheap *h;
	unsigned int nid;

	destroy_workqueue(heap->sys->wq);
	for_each_mcache(cache, heap)
		mcache_release_all(cache);
	/* Those that a drain has left */
	recycle_free_stacks(heap, &heap->retired_stacks);
	for_each_mheap(h, heap, nid)
		recycle_release_transfer(mheap_central(h, SPC));
	mcache_destroy_slots(heap);
	heap->mcaches = NULL;
	below_exit_central(test);
}

TEST_SUITE(mcache_below, BELOW(mcaches_init, mcaches_exit),
	   KUNIT_CASE(where_no_mcentral_is_made_no_stack_is_left),
	   KUNIT_CASE(an_object_is_of_its_class_and_marked),
	   KUNIT_CASE(a_used_up_span_is_refilled),
	   KUNIT_CASE(a_shut_gate_is_gone_around),
	   KUNIT_CASE(a_flush_releases_what_others_have_just_left),
	   KUNIT_CASE(a_class_that_is_drained_holds_nothing));
