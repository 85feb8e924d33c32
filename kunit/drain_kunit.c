// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of drain.c: other CPUs release what they have cached, whatever runs there
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "drain.h"
#include "fixture.h"

/*
 * A call that waited for the other CPU's tasks would take 950 ms at least: so
 * long a task of real time runs before it is throttled (sched_rt_runtime_us).
 * Far from both ends, for machines that stand still now and then.
 */
#define LONGEST_WAIT_MS	500

/* The CPU is kept so long if no one ends that */
#define HOG_MS	2000

static int hog_fn(void *arg)
{
	bool *is_there = arg;
	ktime_t end = ktime_add_ms(ktime_get(), HOG_MS);

	/* Pairs with the acquire of start_hog() */
	smp_store_release(is_there, true);
	while (!kthread_should_stop() && ktime_before(ktime_get(), end))
		cpu_relax();
	while (!kthread_should_stop())
		usleep_range(1000, 2000);
	return 0;
}

/* Keep a CPU by a task that stands aside for no other */
static struct task_struct *start_hog(struct kunit *test, int cpu,
				     bool *is_there)
{
	struct task_struct *hog = kthread_create(hog_fn, is_there,
						 "gomalloc_hog");

	KUNIT_ASSERT_FALSE(test, IS_ERR(hog));
	kthread_bind(hog, cpu);
	sched_set_fifo(hog);
	wake_up_process(hog);
	/* Pairs with the release of hog_fn() */
	while (!smp_load_acquire(is_there))
		usleep_range(1000, 2000);
	return hog;
}

/* Of many classes, so that each of them holds something */
static long fill_here(void *arg)
{
	struct gomalloc_heap *heap = arg;
	unsigned int i;
	size_t size;
	void *p[8];

	for (size = 8; size <= SZ_64K; size *= 2) {
		for (i = 0; i < ARRAY_SIZE(p); i++)
			p[i] = gomalloc_heap_alloc(heap, size, GFP_KERNEL, 0);
		for (i = 0; i < ARRAY_SIZE(p); i++)
			gofree(p[i]);
	}
	return 0;
}

static long cached_by(struct gomalloc_heap *heap, int cpu)
{
	return atomic_long_read(&gate_mcache_of(heap, cpu)->cached);
}

/* Another CPU than this, where the test stays */
static int stay_beside(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU");
	return other_cpu();
}

static void fill_other(struct kunit *test, struct gomalloc_heap *heap, int cpu)
{
	work_on_cpu(cpu, fill_here, heap);
	KUNIT_ASSERT_GT(test, cached_by(heap, cpu), 0L);
}

static s64 ms_since(ktime_t start)
{
	return ktime_ms_delta(ktime_get(), start);
}

static void a_cpu_that_a_task_keeps_is_drained(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct task_struct *hog;
	int cpu = stay_beside(test);
	bool is_there = false;
	ktime_t start;

	fill_other(test, heap, cpu);
	hog = start_hog(test, cpu, &is_there);
	start = ktime_get();
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_LT(test, ms_since(start), LONGEST_WAIT_MS);
	KUNIT_EXPECT_EQ(test, cached_by(heap, cpu), 0L);
	start = ktime_get();
	KUNIT_EXPECT_EQ(test, gomalloc_heap_set_limits(heap, SZ_64K, 0), 0);
	KUNIT_EXPECT_LT(test, ms_since(start), LONGEST_WAIT_MS);
	kthread_stop(hog);
	KUNIT_EXPECT_EQ(test, stats_of(heap).held_bytes, 0ULL);
}

static void what_another_cpu_has_serves_who_waits(struct kunit *test)
{
	int cpu = stay_beside(test);
	struct gomalloc_heap *heap = make_heap(test, "waits", SZ_1M, 0);
	struct task_struct *hog;
	bool is_there = false;
	ktime_t start;
	void *p;

	fill_other(test, heap, cpu);
	hog = start_hog(test, cpu, &is_there);
	start = ktime_get();
	p = gomalloc_heap_alloc(heap, SZ_1M, GFP_KERNEL, 0);
	KUNIT_EXPECT_LT(test, ms_since(start), LONGEST_WAIT_MS);
	KUNIT_EXPECT_TRUE(test, p);
	kthread_stop(hog);
	gofree(p);
	destroy_heap(test, heap);
}

static void a_cpu_without_anything_is_not_interrupted(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	int cpu = stay_beside(test);
	u64 asked;

	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_EQ(test, ledger_sum_counter(heap, LEDGER_DRAIN_ASK), 0ULL);
	fill_other(test, heap, cpu);
	gomalloc_heap_trim(heap);
	asked = ledger_sum_counter(heap, LEDGER_DRAIN_ASK);
	KUNIT_EXPECT_GT(test, asked, 0ULL);
	gomalloc_heap_trim(heap);
	scavenge_make_room(heap, 1, GFP_KERNEL);
	flush_delayed_work(&heap->scavenge_work);
	KUNIT_EXPECT_EQ(test, ledger_sum_counter(heap, LEDGER_DRAIN_ASK), asked);
}

/* As page reclaim does, and others that may not wait */
static void a_cpu_drains_for_who_cannot_wait(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	unsigned long flags;
	int cpu = stay_beside(test);

	fill_other(test, heap, cpu);
	local_irq_save(flags);
	KUNIT_EXPECT_TRUE(test, drain_ask_cpus(heap, true));
	local_irq_restore(flags);
	drain_wait(heap);
	KUNIT_EXPECT_EQ(test, cached_by(heap, cpu), 0L);
	KUNIT_EXPECT_FALSE(test, drain_ask_cpus(heap, true));
}

struct shut_class {
	struct gomalloc_heap	*heap;
	long			left;
};

/* The interrupt comes while a class is in use; the others are drained */
static void drain_with_one_shut(void *arg)
{
	struct shut_class *shut = arg;
	struct gomalloc_heap *heap = shut->heap;
	struct mcache_class *mc = gate_enter(heap, 2 * 8);

	drain_ask_cpus(heap, true);
	shut->left = cached_by(heap, smp_processor_id()) -
		     gate_mcache_here(heap)->charge[2 * 8];
	gate_leave(mc);
}

static void a_class_in_use_is_left_and_drained_later(struct kunit *test)
{
	struct shut_class shut = { .heap = test_heap(test) };
	void *p = heap_object(test, class_to_size[8]);

	gofree(p);
	fill_here(shut.heap);
	drain_with_one_shut(&shut);
	KUNIT_EXPECT_EQ(test, shut.left, 0L);
	KUNIT_EXPECT_GT(test, cached_by(shut.heap, raw_smp_processor_id()), 0L);
	drain_cpus(shut.heap);
	KUNIT_EXPECT_EQ(test, cached_by(shut.heap, raw_smp_processor_id()), 0L);
}

TEST_SUITE(drain, FIXTURE,
	   KUNIT_CASE(a_cpu_that_a_task_keeps_is_drained),
	   KUNIT_CASE(what_another_cpu_has_serves_who_waits),
	   KUNIT_CASE(a_cpu_without_anything_is_not_interrupted),
	   KUNIT_CASE(a_cpu_drains_for_who_cannot_wait),
	   KUNIT_CASE(a_class_in_use_is_left_and_drained_later));
