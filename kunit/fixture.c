// SPDX-License-Identifier: GPL-2.0
/*
 * fixture - a heap for each test, and what several suites need
 */
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "drain.h"
#include "fixture.h"

/* An object takes as much of it with KASAN as without */
struct gomalloc_heap *make_heap_like(struct kunit *test,
				     const struct gomalloc_heap_params *params)
{
	struct gomalloc_heap *heap = gomalloc_heap_create(params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	heap->flags &= ~HEAP_REDZONE;
	return heap;
}

/*
 * Its objects are packed, so that tests of classes see the same ones on every
 * machine. For the other heaps there is dma_kunit.c.
 */
struct gomalloc_heap *make_heap(struct kunit *test, const char *name,
				size_t limit, unsigned int flags)
{
	struct gomalloc_heap_params params = {
		.name = name,
		.limit = limit,
		.flags = flags | GOMALLOC_HEAP_NO_DMA,
	};

	return make_heap_like(test, &params);
}

int fixture_init(struct kunit *test)
{
	stay_on_this_cpu();
	test->priv = make_heap(test, "kunit", 0, 0);
	return 0;
}

/* A heap that is not empty says "leak" in the log, which fails the run */
void fixture_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)), 0);
	gomalloc_heap_destroy(test_heap(test));
}

/* Nothing is left in the heap, and what it believes of itself is right */
void destroy_heap(struct kunit *test, struct gomalloc_heap *heap)
{
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
	expect_all_released(test, heap);
	gomalloc_heap_destroy(heap);
}

void *heap_object(struct kunit *test, size_t size)
{
	return got(test, gomalloc_heap_alloc(test_heap(test), size, GFP_KERNEL,
					     0));
}

void take_objects(struct kunit *test, void **p, int nr, size_t size)
{
	while (nr--)
		*p++ = heap_object(test, size);
}

void **heap_objects(struct kunit *test, int nr, size_t size)
{
	void **p = scratch(test, nr * sizeof(*p));

	take_objects(test, p, nr, size);
	return p;
}

/* One by one, the first of them first */
void free_objects(void **p, int nr)
{
	while (nr--)
		gofree(*p++);
}

struct gomalloc_stats stats_of(struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(heap, &stats);
	return stats;
}

/* By class */
struct gomalloc_class_stats *rows_of(struct kunit *test,
				     struct gomalloc_heap *heap)
{
	struct gomalloc_class_stats *rows;

	rows = scratch(test, GOMALLOC_NR_CLASSES * sizeof(*rows));
	gomalloc_heap_class_stats(heap, rows);
	return rows;
}

u64 live_objects(struct gomalloc_heap *heap)
{
	return stats_of(heap).objects;
}

/* The one to use for work_on_cpu(): this one, where there is no other */
int other_cpu(void)
{
	int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());

	return cpu < nr_cpu_ids ? cpu : 0;
}

/* One look sees what a CPU has, the next that it has not used it */
void look_and_wait(struct gomalloc_heap *heap)
{
	flush_delayed_work(&heap->scavenge_work);
	drain_wait(heap);
}

/* Are tiny objects packed, as the test needs it? */
bool packs_tiny(struct kunit *test)
{
	if (!tiny_is_packed())
		kunit_mark_skipped(test, "with init_on_free=1 or allocation profiling");
	return tiny_is_packed();
}

void write_freed(u8 *p, u8 value)
{
	kasan_disable_current();
	*p = value;
	kasan_enable_current();
}

/* All objects are freed: after a trim not a page is left */
void expect_all_released(struct kunit *test, struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	gomalloc_heap_trim(heap);
	stats = stats_of(heap);
	KUNIT_EXPECT_EQ(test, stats.objects, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.spans, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.held_bytes, 0ULL);
}

MODULE_DESCRIPTION("Unit tests of gomalloc");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
GOMALLOC_IMPORT_KUNIT_NS();
