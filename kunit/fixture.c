// SPDX-License-Identifier: GPL-2.0
/*
 * fixture - a heap for each test, and what several suites need
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/topology.h>

#include "fixture.h"

struct gomalloc_heap *make_heap(struct kunit *test, const char *name,
				size_t limit, unsigned int flags)
{
	struct gomalloc_heap_params params = {
		.name = name,
		.limit = limit,
		.flags = flags,
	};
	struct gomalloc_heap *heap = gomalloc_heap_create(&params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	return heap;
}

/*
 * What a test allocates has to come from the node whose mheap it looks at. The
 * thread ends with the test.
 */
static void stay_on_this_node(void)
{
	set_cpus_allowed_ptr(current, cpumask_of_node(numa_node_id()));
}

int fixture_init(struct kunit *test)
{
	stay_on_this_node();
	test->priv = make_heap(test, "kunit", 0, 0);
	return 0;
}

/* A heap that is not empty says "leak" in the log, which fails the run */
void fixture_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)), 0);
	gomalloc_heap_destroy(test_heap(test));
}

void *heap_object(struct kunit *test, size_t size)
{
	void *p = gomalloc_heap_alloc(test_heap(test), size, GFP_KERNEL, 0);

	KUNIT_ASSERT_TRUE(test, p);
	return p;
}

u64 live_objects(struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(heap, &stats);
	return stats.objects;
}

/* All objects are freed: after a trim not a page is left */
void expect_all_released(struct kunit *test, struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	gomalloc_heap_trim(heap);
	gomalloc_heap_stats(heap, &stats);
	KUNIT_EXPECT_EQ(test, stats.objects, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.spans, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.arenas, 0ULL);
	KUNIT_EXPECT_EQ(test, stats.held_bytes, 0ULL);
}

MODULE_DESCRIPTION("Unit tests of gomalloc");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
GOMALLOC_IMPORT_KUNIT_NS();
