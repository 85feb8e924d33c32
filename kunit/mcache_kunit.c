// SPDX-License-Identifier: GPL-2.0
/*
 * mcache: what one CPU has cached, and what becomes of it.
 */
#include <linux/cpu.h>
#include <linux/nodemask.h>
#include <linux/workqueue.h>

#include "fixture.h"

static u64 counter(struct kunit *test, enum ledger_event event)
{
	return ledger_sum_counter(test_heap(test), event);
}

static void the_last_freed_object_is_the_next(struct kunit *test)
{
	void *a, *b;

	migrate_disable();
	a = heap_object(test, 64);
	b = heap_object(test, 64);
	gofree(a);
	gofree(b);
	KUNIT_EXPECT_PTR_EQ(test, heap_object(test, 64), b);
	KUNIT_EXPECT_PTR_EQ(test, heap_object(test, 64), a);
	gofree(a);
	gofree(b);
	migrate_enable();
}

static int nr_full_stacks(struct kunit *test, size_t size)
{
	return mheap_central(test_mheap(test), size_to_class(size) << 1)->nr_full_stacks;
}

/* The stack has room for 60, and 45 are flushed when it is full */
static void a_stack_that_overflows_is_flushed_and_then_transferred(struct kunit *test)
{
	/* After so many frees: on the stack, transferred, flushed */
	static const int steps[][4] = {
		{ 60, 60, 0, 0 }, { 61, 16, 0, 45 }, { 285, 60, 0, 225 },
		{ 286, 1, 1, 225 }, { 390, 60, 1, 270 }, { 391, 1, 2, 270 },
		{ 450, 60, 2, 270 }, { 451, 16, 2, 315 },
	};
	struct gomalloc_heap *heap = test_heap(test);
	int i, step;
	void **p;

	migrate_disable();
	p = heap_objects(test, 451, 64);
	for (i = 0, step = 0; step < ARRAY_SIZE(steps); step++) {
		for (; i < steps[step][0]; i++)
			gofree(p[i]);
		KUNIT_EXPECT_EQ(test, (int)recycle_nr(this_class(heap, 64)),
				steps[step][1]);
		KUNIT_EXPECT_EQ(test, nr_full_stacks(test, 64), steps[step][2]);
		KUNIT_EXPECT_EQ(test, counter(test, LEDGER_FLUSHES),
				(u64)steps[step][3]);
	}
	migrate_enable();
	expect_all_released(test, heap);
}

/* To transfer it would leave the objects of a span to several CPUs */
static void what_a_cpu_wants_back_is_not_transferred(struct kunit *test)
{
	void **p = scratch(test, 200 * sizeof(*p));
	int round;

	migrate_disable();
	for (round = 0; round < 10; round++) {
		take_objects(test, p, 200, 64);
		free_objects(p, 200);
		KUNIT_EXPECT_EQ(test, nr_full_stacks(test, 64), 0);
	}
	migrate_enable();
}

static void a_transferred_stack_is_taken_by_who_has_none(struct kunit *test)
{
	void **p = scratch(test, 800 * sizeof(*p));

	migrate_disable();
	take_objects(test, p, 400, 64);
	free_objects(p, 400);
	KUNIT_EXPECT_EQ(test, nr_full_stacks(test, 64), 2);
	take_objects(test, p, 800, 64);
	KUNIT_EXPECT_EQ(test, nr_full_stacks(test, 64), 0);
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 800ULL);
	free_objects(p, 800);
	migrate_enable();
	expect_all_released(test, test_heap(test));
}

static void a_heap_without_recycling_has_no_stacks(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "plain", 0,
					       GOMALLOC_HEAP_NO_RECYCLE);
	struct mcache_class *mc;
	void *p;

	migrate_disable();
	p = gomalloc_heap_alloc(heap, 64, GFP_KERNEL, 0);
	gofree(p);
	mc = this_class(heap, 64);
	KUNIT_EXPECT_EQ(test, (int)mc->cap, 0);
	KUNIT_EXPECT_EQ(test, mspan_count_free(mc->span),
			(unsigned int)mc->span->nelems);
	migrate_enable();
	destroy_heap(test, heap);
}

/* Where a span has one object, the mheap is not asked for each */
static void spare_spans_are_kept_for_few_objects(struct kunit *test)
{
	void **p = heap_objects(test, 40, 8192);
	struct mcache_class *mc;
	u64 locks;

	free_objects(p, 40);
	migrate_disable();
	mc = this_class(test_heap(test), 8192);
	locks = counter(test, LEDGER_LOCKS);
	take_objects(test, p, 40, 8192);
	KUNIT_EXPECT_LE(test, counter(test, LEDGER_LOCKS) - locks, 12ULL);
	KUNIT_EXPECT_GT(test, (int)mc->grow, 1);
	migrate_enable();
	free_objects(p, 40);
	expect_all_released(test, test_heap(test));
}

static void a_large_object_is_kept_for_the_next_of_its_size(struct kunit *test)
{
	void *p, *q;

	migrate_disable();
	p = heap_object(test, SZ_64K);
	gofree(p);
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
	q = heap_object(test, SZ_128K);
	KUNIT_EXPECT_PTR_NE(test, q, p);
	KUNIT_EXPECT_PTR_EQ(test, heap_object(test, SZ_64K), p);
	migrate_enable();
	gofree(p);
	gofree(q);
	expect_all_released(test, test_heap(test));
}

static void no_more_than_a_few_large_objects_are_kept(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p = heap_objects(test, 10, SZ_64K);

	migrate_disable();
	free_objects(p, 10);
	KUNIT_EXPECT_EQ(test, (int)recycle_nr(gate_mcache_here(heap)->class),
			4);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, stats_of(heap).spans, 4ULL);
	expect_all_released(test, heap);
}

/* More spans than a CPU owns: full ones, partial ones, empty ones */
static void spans_go_round_and_all_come_back(struct kunit *test)
{
	void **p = scratch(test, 3000 * sizeof(*p));
	int i, step;

	for (i = 0; i < 3000; i++)
		p[i] = heap_object(test, 1 + i % 2000);
	for (step = 0; step < 7; step++) {
		for (i = step; i < 3000; i += 7)
			gofree(p[i]);
	}
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
	expect_all_released(test, test_heap(test));
}

/* Each class has a span, and larger pages make larger spans */
static void a_cpu_has_room_for_many_classes(struct kunit *test)
{
	int round, class;

	migrate_disable();
	for (round = 0; round < 3; round++) {
		for (class = 1; class <= 30; class++)
			gofree(heap_object(test, class_to_size[class]));
	}
	migrate_enable();
	KUNIT_EXPECT_EQ(test, counter(test, LEDGER_EVICT), 0ULL);
}

/* As an interrupt finds it that comes in the middle of an operation */
static void a_busy_cache_is_gone_around(struct kunit *test)
{
	struct mcache_class *mc;
	void *a = heap_object(test, 200), *b;

	preempt_disable();
	mc = this_class(test_heap(test), 200);
	gate_shut(mc);
	b = gomalloc_heap_alloc(test_heap(test), 200, GFP_ATOMIC, 0);
	gofree(a);
	gofree(b);
	gate_open(mc, mc->nid);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, b);
	KUNIT_EXPECT_PTR_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, counter(test, LEDGER_BUSY_ALLOC), 1ULL);
	KUNIT_EXPECT_EQ(test, counter(test, LEDGER_BUSY_FREE), 2ULL);
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
	expect_all_released(test, test_heap(test));
}

static void a_busy_cache_is_gone_around_by_tiny_objects(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct mcache_class *mc;
	void *a, *b;

	a = gomalloc_heap_alloc(heap, 5, GFP_KERNEL, GOMALLOC_NOSCAN);
	preempt_disable();
	mc = &gate_mcache_here(heap)->class[TINY_SPAN_CLASS];
	gate_shut(mc);
	b = gomalloc_heap_alloc(heap, 5, GFP_ATOMIC, GOMALLOC_NOSCAN);
	gofree(b);
	gofree(a);
	gate_open(mc, mc->nid);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, b);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	expect_all_released(test, heap);
}

/* Objects that another CPU frees */
#define NR	1000

static long free_here(void *p)
{
	free_objects(p, NR);
	return 0;
}

static void objects_freed_elsewhere_are_found_again(struct kunit *test)
{
	static const size_t sizes[] = { 8, 48, 512, 4096, 16384 };
	void **p = scratch(test, NR * sizeof(*p));
	int round, i;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < NR; i++)
			p[i] = heap_object(test, sizes[(round + i) % 5]);
		work_on_cpu(other_cpu(), free_here, p);
		KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
	}
	expect_all_released(test, test_heap(test));
}

static void objects_of_another_node_are_not_recycled(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int spc = 6 << 1;
	int nid;
	void *p;

	migrate_disable();
	nid = next_node_in(numa_mem_id(), node_states[N_MEMORY]);
	if (nid == numa_mem_id()) {
		migrate_enable();
		kunit_skip(test, "only one node");
		return;
	}
	/* Now there is a stack */
	gofree(heap_object(test, 64));
	p = mcache_alloc_node(heap, spc, GFP_KERNEL, nid);
	KUNIT_EXPECT_TRUE(test, p);
	gofree(p);
	KUNIT_EXPECT_EQ(test, (int)recycle_nr(this_class(heap, 64)), 1);
	KUNIT_EXPECT_EQ(test, counter(test, LEDGER_REMOTE_FREES), 1ULL);
	migrate_enable();
}

static long fill_here(void *heap)
{
	int class;

	for (class = 1; class < NUM_SIZE_CLASSES; class++)
		gofree(gomalloc_heap_alloc(heap, class_to_size[class],
					   GFP_KERNEL, 0));
	gofree(gomalloc_heap_alloc(heap, 3, GFP_KERNEL, GOMALLOC_NOSCAN));
	return 0;
}

static void the_cache_of_an_offline_cpu_is_drained(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	int cpu = num_online_cpus() > 1 ? cpumask_last(cpu_online_mask) : 0;

	if (!cpu || !IS_ENABLED(CONFIG_HOTPLUG_CPU)) {
		kunit_skip(test, "no CPU to take offline");
		return;
	}
	work_on_cpu(cpu, fill_here, heap);
	/* Of the 67 classes some were evicted again for others */
	KUNIT_EXPECT_GT(test, stats_of(heap).spans, 20ULL);

	KUNIT_ASSERT_EQ(test, remove_cpu(cpu), 0);
	KUNIT_EXPECT_EQ(test, stats_of(heap).spans, 0ULL);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
}

/*
 * === with first use ===
 */

static unsigned int nr_mcaches(struct gomalloc_heap *heap)
{
	const struct mcache *cache;
	unsigned int n = 0;

	for_each_mcache(cache, heap)
		n++;
	return n;
}

static void a_cpu_gets_its_cache_when_it_uses_the_heap(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int used = 1;

	KUNIT_EXPECT_EQ(test, nr_mcaches(heap), 0U);
	migrate_disable();
	gofree(heap_object(test, 64));
	KUNIT_EXPECT_TRUE(test, gate_mcache_here(heap)->heap == heap);
	KUNIT_EXPECT_GT(test, (int)this_class(heap, 64)->cap, 0);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, nr_mcaches(heap), used);
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_EQ(test, nr_mcaches(heap), used);
}

static long free_one_here(void *p)
{
	gofree(p);
	return 0;
}

static void a_cpu_that_frees_first_gets_one_too(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p;

	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU");
	p = heap_object(test, 64);
	work_on_cpu(other_cpu(), free_one_here, p);
	KUNIT_EXPECT_EQ(test, nr_mcaches(heap), 2U);
}

/* Where none can be made a worker does it */
static void without_a_cache_objects_go_past_it(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p, *q;

	preempt_disable();
	p = gomalloc_heap_alloc(heap, 64, GFP_ATOMIC, 0);
	q = gomalloc_heap_alloc(heap, 8, GFP_ATOMIC, GOMALLOC_NOSCAN);
	gofree(q);
	gofree(p);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, p && q);
	KUNIT_EXPECT_GE(test, ledger_sum_counter(heap, LEDGER_BUSY_ALLOC), 1ULL);
	flush_work(&heap->stack_work);
	KUNIT_EXPECT_EQ(test, nr_mcaches(heap), 1U);
}

TEST_SUITE(mcache, FIXTURE,
	   KUNIT_CASE(the_last_freed_object_is_the_next),
	   KUNIT_CASE(a_stack_that_overflows_is_flushed_and_then_transferred),
	   KUNIT_CASE(what_a_cpu_wants_back_is_not_transferred),
	   KUNIT_CASE(a_transferred_stack_is_taken_by_who_has_none),
	   KUNIT_CASE(a_heap_without_recycling_has_no_stacks),
	   KUNIT_CASE(spare_spans_are_kept_for_few_objects),
	   KUNIT_CASE(a_large_object_is_kept_for_the_next_of_its_size),
	   KUNIT_CASE(no_more_than_a_few_large_objects_are_kept),
	   KUNIT_CASE(spans_go_round_and_all_come_back),
	   KUNIT_CASE(a_cpu_has_room_for_many_classes),
	   KUNIT_CASE(a_busy_cache_is_gone_around),
	   KUNIT_CASE(a_busy_cache_is_gone_around_by_tiny_objects),
	   KUNIT_CASE(objects_freed_elsewhere_are_found_again),
	   KUNIT_CASE(objects_of_another_node_are_not_recycled),
	   KUNIT_CASE(the_cache_of_an_offline_cpu_is_drained),
	   KUNIT_CASE(a_cpu_gets_its_cache_when_it_uses_the_heap),
	   KUNIT_CASE(a_cpu_that_frees_first_gets_one_too),
	   KUNIT_CASE(without_a_cache_objects_go_past_it));
