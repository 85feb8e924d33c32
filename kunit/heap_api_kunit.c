// SPDX-License-Identifier: GPL-2.0
/*
 * heap_api: the calls of the default heap, from a heap of one's own.
 */
#include <linux/string.h>
#include <linux/topology.h>

#include "fixture.h"

/* Freed, and counted in the test's heap before */
static void expect_of_heap(struct kunit *test, void *p)
{
	struct gomalloc_heap *heap = test_heap(test);
	u64 live = live_objects(heap);

	gofree(got(test, p));
	KUNIT_EXPECT_EQ(test, live_objects(heap), live - 1);
}

static void objects_of_a_node_are_of_the_heap(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 16, 17, 1000, 32768, 32769, 1 << 20 };
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int i, flags;
	int nid;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
		flags = i & 1 ? GOMALLOC_NOSCAN | GOMALLOC_NO_DMA : 0;
		for_each_node_state(nid, N_MEMORY) {
			p = gomalloc_heap_alloc_node(heap, sizes[i / 2],
						     GFP_KERNEL | __GFP_ZERO,
						     flags, nid);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(p)), nid);
			KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, sizes[i / 2]));
			KUNIT_EXPECT_GE(test, gosize(p), sizes[i / 2]);
			expect_of_heap(test, p);
		}
	}
	expect_of_heap(test, gomalloc_heap_alloc_node(heap, 100, GFP_KERNEL, 0,
						      NUMA_NO_NODE));
	KUNIT_EXPECT_PTR_EQ(test, gomalloc_heap_alloc_node(heap, 0, GFP_KERNEL, 0, 0),
			    ZERO_SIZE_PTR);
	expect_all_released(test, heap);
}

static void noscan_objects_of_a_node_are_kept_apart(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	int nid = numa_mem_id();
	void *p, *q;

	p = got(test, gomalloc_heap_alloc_node(heap, 64, GFP_KERNEL, 0, nid));
	q = got(test, gomalloc_heap_alloc_node(heap, 64, GFP_KERNEL,
					       GOMALLOC_NOSCAN, nid));
	KUNIT_EXPECT_EQ(test, span_of(p)->spanclass & 1, 0U);
	KUNIT_EXPECT_EQ(test, span_of(q)->spanclass & 1, 1U);
	KUNIT_EXPECT_PTR_NE(test, span_of(p), span_of(q));
	gofree(p);
	gofree(q);
}

/* The next one is not the neighbour, as it would be by the hot path */
static void objects_of_a_node_are_taken_at_random(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "random", 0, GOMALLOC_HEAP_RANDOM);
	void *p[20];
	int i, rising = 0;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = got(test, gomalloc_heap_alloc_node(heap, 64, GFP_KERNEL, 0,
							  numa_mem_id()));
		rising += i && p[i] > p[i - 1];
	}
	KUNIT_EXPECT_LT(test, rising, (int)ARRAY_SIZE(p) - 1);
	free_objects(p, ARRAY_SIZE(p));
	destroy_heap(test, heap);
}

static void what_is_mapped_is_of_the_heap(struct kunit *test)
{
	static const size_t sizes[] = { 100, 10000, 1 << 20, 5 << 20 };
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = got(test, gomalloc_heap_kvmalloc(heap, sizes[i], GFP_KERNEL,
						     GOMALLOC_NOSCAN));
		KUNIT_EXPECT_GE(test, stats_of(heap).held_bytes, (u64)sizes[i]);
		memset(p, 1, sizes[i]);
		gofree(p);
	}
	mvmap_drain(&gomalloc_sys);
	expect_all_released(test, heap);
}

static void a_heap_at_its_limit_maps_no_more(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "limit", 4 << 20, 0);

	KUNIT_EXPECT_NULL(test, gomalloc_heap_kvmalloc(heap, 5 << 20,
						       GFP_KERNEL | __GFP_NOWARN, 0));
	destroy_heap(test, heap);
}

static void copies_are_of_the_heap(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	static const u8 some[] = { 1, 2, 3, 4, 5 };
	char *s = got(test, gomalloc_heap_strdup(heap, "text", GFP_KERNEL));
	u8 *p = got(test, gomalloc_heap_memdup(heap, some, sizeof(some), GFP_KERNEL));

	KUNIT_EXPECT_STREQ(test, s, "text");
	KUNIT_EXPECT_FALSE(test, memcmp(p, some, sizeof(some)));
	expect_of_heap(test, s);
	expect_of_heap(test, p);
	KUNIT_EXPECT_NULL(test, gomalloc_heap_strdup(heap, NULL, GFP_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, gomalloc_heap_memdup(heap, some, 0, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	expect_all_released(test, heap);
}

static void several_are_of_the_heap_or_none(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "bulk", 1 << 20, 0);
	static void *p[64];
	u64 live = live_objects(heap);

	KUNIT_ASSERT_EQ(test, gomalloc_heap_bulk(heap, GFP_KERNEL, GOMALLOC_NOSCAN,
						 300, 64, p), 64);
	KUNIT_EXPECT_EQ(test, live_objects(heap), live + 64);
	gofree_bulk(64, p);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_bulk(heap, GFP_KERNEL | __GFP_NOWARN, 0,
						 100000, 64, p), 0);
	KUNIT_EXPECT_EQ(test, live_objects(heap), live);
	expect_all_released(test, heap);
	destroy_heap(test, heap);
}

TEST_SUITE(heap_api, FIXTURE,
	   KUNIT_CASE(objects_of_a_node_are_of_the_heap),
	   KUNIT_CASE(noscan_objects_of_a_node_are_kept_apart),
	   KUNIT_CASE(objects_of_a_node_are_taken_at_random),
	   KUNIT_CASE(what_is_mapped_is_of_the_heap),
	   KUNIT_CASE(a_heap_at_its_limit_maps_no_more),
	   KUNIT_CASE(copies_are_of_the_heap),
	   KUNIT_CASE(several_are_of_the_heap_or_none));
