// SPDX-License-Identifier: GPL-2.0
/*
 * What a cache learns: how large the stack of a class is to be, and which classes
 * give when one needs more.
 */
#include <linux/cpumask.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "fixture.h"

/* More objects than the largest stack has room for, and more than a fourth of those */
#define MANY	320

static unsigned int room_of(struct gomalloc_heap *heap, size_t size)
{
	return recycle_stack_of(this_class(heap, size))->room;
}

/* Take many and free them; the CPU stays */
static void go_round(struct kunit *test, void **p, size_t size)
{
	take_objects(test, p, MANY, size);
	free_objects(p, MANY);
}

static void what_was_flushed_and_missed_gets_a_larger_stack(struct kunit *test)
{
	static const unsigned int rooms[] = { 60, 60, 60, 124, 124, 124, 252, 252 };
	void **p = scratch(test, MANY * sizeof(*p));
	struct gomalloc_heap *heap = test_heap(test);
	int round;

	migrate_disable();
	for (round = 0; round < ARRAY_SIZE(rooms); round++) {
		go_round(test, p, 64);
		KUNIT_EXPECT_EQ(test, room_of(heap, 64), rooms[round]);
	}
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	/* Each object that was moved to the larger one is there once */
	take_objects(test, p, MANY, 64);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, live_objects(heap), (u64)MANY);
	free_objects(p, MANY);
	expect_all_released(test, heap);
}

static void objects_of_many_bytes_get_no_larger_stack(struct kunit *test)
{
	static const struct {
		size_t		size;
		unsigned int	room;
	} most[] = { { 256, 252 }, { 512, 124 }, { 1024, 60 }, { 8192, 16 } };
	void **p = scratch(test, MANY * sizeof(*p));
	int i, round;

	migrate_disable();
	for (i = 0; i < ARRAY_SIZE(most); i++) {
		for (round = 0; round < 8; round++)
			go_round(test, p, most[i].size);
		KUNIT_EXPECT_LE_MSG(test, room_of(test_heap(test), most[i].size),
				    most[i].room, "of %zu bytes", most[i].size);
	}
	KUNIT_EXPECT_EQ(test, room_of(test_heap(test), 512), 124U);
	migrate_enable();
}

/* Objects that another CPU allocates for this one to free */
struct gift {
	struct gomalloc_heap *heap;
	size_t size;
	void *p[MANY];
};

static long take_elsewhere(void *data)
{
	struct gift *gift = data;
	int i;

	for (i = 0; i < MANY; i++)
		gift->p[i] = gomalloc_heap_alloc(gift->heap, gift->size,
						 GFP_KERNEL, 0);
	return 0;
}

/* Another CPU of the node of this one, which stays; or nr_cpu_ids */
static unsigned int neighbour(void)
{
	unsigned int cpu, here = smp_processor_id();

	for_each_online_cpu(cpu) {
		if (cpu != here && cpu_to_mem(cpu) == cpu_to_mem(here))
			return cpu;
	}
	return nr_cpu_ids;
}

/* More for this CPU, which stays, would only be less for others */
static void who_only_frees_keeps_little(struct kunit *test)
{
	struct gift *gift = scratch(test, sizeof(*gift));
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int round, cpu;

	gift->heap = heap;
	migrate_disable();
	cpu = neighbour();
	for (round = 0; round < 16 && cpu < nr_cpu_ids; round++) {
		gift->size = round % 2 ? 64 : 2048;
		work_on_cpu(cpu, take_elsewhere, gift);
		free_objects(gift->p, MANY);
	}
	if (round) {
		KUNIT_EXPECT_EQ(test, room_of(heap, 64), 60U);
		KUNIT_EXPECT_EQ(test, (int)this_class(heap, 64)->cap, 60);
		KUNIT_EXPECT_EQ(test, (int)this_class(heap, 2048)->cap, 8);
		KUNIT_EXPECT_GT(test, ledger_sum_counter(heap, LEDGER_TRANSFER_OUT), 1ULL);
		KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	} else {
		kunit_mark_skipped(test, "one CPU");
	}
	migrate_enable();
	expect_all_released(test, heap);
}

static void in_atomic_context_a_worker_makes_the_larger_stack(struct kunit *test)
{
	void **p = scratch(test, MANY * sizeof(*p));
	struct gomalloc_heap *heap = test_heap(test);

	int round;

	migrate_disable();
	for (round = 0; round < 3; round++)
		go_round(test, p, 64);
	take_objects(test, p, MANY, 64);
	preempt_disable();
	free_objects(p, MANY);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, room_of(heap, 64), 60U);
	flush_work(&heap->stack_work);
	/* The class has missed what was flushed then, so it takes the one it is offered */
	take_objects(test, p, MANY, 64);
	preempt_disable();
	free_objects(p, MANY);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, room_of(heap, 64), 124U);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	migrate_enable();
	expect_all_released(test, heap);
}

/*
 * === who gives ===
 */

static struct gomalloc_heap *small_heap(struct kunit *test, size_t cache_limit)
{
	struct gomalloc_heap_params params = { .name = "learns",
					       .cache_limit = cache_limit };

	return make_heap_like(test, &params);
}

static void fill_stack(struct kunit *test, struct gomalloc_heap *heap, int nr,
		       size_t size)
{
	void **p = scratch(test, nr * sizeof(*p));
	int i;

	for (i = 0; i < nr; i++)
		p[i] = got(test, gomalloc_heap_alloc(heap, size, GFP_KERNEL, 0));
	free_objects(p, nr);
}

static int nr_of(struct gomalloc_heap *heap, size_t size)
{
	return recycle_nr(this_class(heap, size));
}

/* As a second in which nothing happened */
static void drain_looks(struct gomalloc_heap *heap, size_t size)
{
	mcache_drain_class(heap, size_to_class(size) << 1, false);
}

static void a_cold_class_gives_before_one_in_use(struct kunit *test)
{
	struct gomalloc_heap *heap = small_heap(test, SZ_1M);
	size_t size;
	void *p;

	migrate_disable();
	fill_stack(test, heap, 50, 256);
	fill_stack(test, heap, 50, 512);
	drain_looks(heap, 256);
	drain_looks(heap, 512);
	/* From here on one of them is in use */
	p = gomalloc_heap_alloc(heap, 512, GFP_KERNEL, 0);
	for (size = SZ_1K; nr_of(heap, 256) > 40 && size <= SZ_4K; size += 256) {
		fill_stack(test, heap, 50, size);
		drain_looks(heap, size);
	}
	KUNIT_EXPECT_LE(test, nr_of(heap, 256), 25);
	KUNIT_EXPECT_EQ(test, nr_of(heap, 512), 49);
	KUNIT_EXPECT_GT(test, ledger_sum_counter(heap, LEDGER_EVICT), 0ULL);
	gofree(p);
	migrate_enable();
	destroy_heap(test, heap);
}

/* Of what nobody uses the charge goes, and no object */
static void what_is_charged_and_not_used_goes_first(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p = scratch(test, 60 * sizeof(*p));
	unsigned int spc = size_to_class(64) << 1;
	u32 before;

	migrate_disable();
	take_objects(test, p, 60, 64);
	free_objects(p, 60);
	take_objects(test, p, 55, 64);
	before = gate_mcache_here(heap)->charge[spc];
	/* Once to see where it is, once to find it in use */
	drain_looks(heap, 64);
	gofree(p[0]);
	drain_looks(heap, 64);
	KUNIT_EXPECT_LE(test, (int)this_class(heap, 64)->cap, 8);
	KUNIT_EXPECT_LE(test, gate_mcache_here(heap)->charge[spc], before - 50 * 64);
	free_objects(p + 1, 54);
	KUNIT_EXPECT_EQ(test, nr_of(heap, 64), 60);
	migrate_enable();
	expect_all_released(test, heap);
}

static void large_objects_push_no_small_ones_out(struct kunit *test)
{
	struct gomalloc_heap *heap = small_heap(test, SZ_1M);
	size_t size;
	long most = 0;

	migrate_disable();
	fill_stack(test, heap, 50, 256);
	drain_looks(heap, 256);
	for (size = SZ_8K; size <= SZ_32K; size += SZ_2K) {
		fill_stack(test, heap, 12, size);
		most = max(most, atomic_long_read(&gate_mcache_here(heap)->cached_large));
	}
	KUNIT_EXPECT_GT(test, ledger_sum_counter(heap, LEDGER_EVICT), 0ULL);
	KUNIT_EXPECT_EQ(test, nr_of(heap, 256), 50);
	KUNIT_EXPECT_LE(test, most, (long)SZ_512K);
	migrate_enable();
	destroy_heap(test, heap);
}

/* Of a MiB two of 256 KiB, and none that is larger */
static void large_objects_are_kept_up_to_half_of_the_cache(struct kunit *test)
{
	struct gomalloc_heap *heap = small_heap(test, SZ_1M);
	const struct mcache *cache;
	void *p;

	migrate_disable();
	fill_stack(test, heap, 3, SZ_256K);
	cache = gate_mcache_here(heap);
	KUNIT_EXPECT_EQ(test, (int)recycle_nr(cache->class), 2);
	KUNIT_EXPECT_EQ(test, cache->charge[0], (u32)SZ_512K);
	p = got(test, gomalloc_heap_alloc(heap, SZ_256K + 1, GFP_KERNEL, 0));
	gofree(p);
	KUNIT_EXPECT_EQ(test, (int)recycle_nr(cache->class), 2);
	/* Room for the next one is made by the oldest */
	fill_stack(test, heap, 1, SZ_128K);
	KUNIT_EXPECT_EQ(test, (int)recycle_nr(cache->class), 2);
	KUNIT_EXPECT_EQ(test, cache->charge[0], (u32)(SZ_256K + SZ_128K));
	migrate_enable();
	destroy_heap(test, heap);
}

static void a_cpu_caches_a_share_of_the_memory(struct kunit *test)
{
	size_t bytes = test_heap(test)->cache_bytes;
	size_t least = max_t(size_t, SZ_1M + SZ_512K, 64 * PAGE_SIZE);

	KUNIT_EXPECT_GE(test, bytes, least);
	KUNIT_EXPECT_LE(test, bytes, max_t(size_t, SZ_4M, least));
	if (bytes > least)
		KUNIT_EXPECT_LE(test, bytes * num_possible_cpus(),
				(totalram_pages() << PAGE_SHIFT) / 128);
}

TEST_SUITE(learn, FIXTURE,
	   KUNIT_CASE(what_was_flushed_and_missed_gets_a_larger_stack),
	   KUNIT_CASE(objects_of_many_bytes_get_no_larger_stack),
	   KUNIT_CASE(who_only_frees_keeps_little),
	   KUNIT_CASE(in_atomic_context_a_worker_makes_the_larger_stack),
	   KUNIT_CASE(a_cold_class_gives_before_one_in_use),
	   KUNIT_CASE(what_is_charged_and_not_used_goes_first),
	   KUNIT_CASE(large_objects_push_no_small_ones_out),
	   KUNIT_CASE(large_objects_are_kept_up_to_half_of_the_cache),
	   KUNIT_CASE(a_cpu_caches_a_share_of_the_memory));
