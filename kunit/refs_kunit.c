// SPDX-License-Identifier: GPL-2.0
/*
 * refs: pages of objects to which others refer, and frees by others.
 */
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fixture.h"

#define ROUNDS	64

/* Is the page of a freed object used for another one of @size? */
static bool is_used_again(struct kunit *test, struct page *page, size_t size)
{
	void *p[ROUNDS];
	bool again = false;
	unsigned int i, at;

	take_objects(test, p, ROUNDS, size);
	for (i = 0; i < ROUNDS; i++) {
		for (at = 0; at < PFN_UP(size); at++)
			again |= virt_to_page(p[i] + at * PAGE_SIZE) == page;
	}
	free_objects(p, ROUNDS);
	return again;
}

static u64 given_up(struct gomalloc_heap *heap)
{
	return ledger_sum_counter(heap, LEDGER_GIVE_UP);
}

/* From cached ones to those that take an arena, a page in the midst of each */
static void a_large_object_is_not_used_again_while_a_page_is_referred_to(struct kunit *test)
{
	static const size_t sizes[] = { 40000, 131072, 300000, SZ_1M };
	struct gomalloc_heap *heap = test_heap(test);
	struct page *page;
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = heap_object(test, sizes[i]);
		page = virt_to_page(p + sizes[i] / 2);
		get_page(page);
		gofree(p);
		KUNIT_EXPECT_FALSE(test, is_used_again(test, page, sizes[i]));
		KUNIT_EXPECT_EQ(test, given_up(heap), i + 1ULL);
		KUNIT_EXPECT_EQ(test, page_count(page), 1);
		put_page(page);
	}
	expect_all_released(test, heap);
}

static void nor_is_a_small_one_when_its_span_went(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p = heap_objects(test, ROUNDS, 4096);
	struct page *page = virt_to_page(p[ROUNDS / 2]);

	get_page(page);
	free_objects(p, ROUNDS);
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_EQ(test, given_up(heap), 1ULL);
	KUNIT_EXPECT_FALSE(test, is_used_again(test, page, 4096));
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
	expect_all_released(test, heap);
}

/* An arena may have no page left */
static void all_pages_of_an_arena_may_go_to_others(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p = heap_object(test, SZ_1M);
	struct page *page = virt_to_page(p);
	unsigned int i, npages = SZ_1M >> PAGE_SHIFT;

	for (i = 0; i < npages; i++)
		get_page(page + i);
	gofree(p);
	KUNIT_EXPECT_EQ(test, given_up(heap), (u64)npages);
	expect_all_released(test, heap);
	KUNIT_EXPECT_EQ(test, stats_of(heap).arenas, 0ULL);
	for (i = 0; i < npages; i++)
		put_page(page + i);
}

static void only_large_objects_may_be_sent(struct kunit *test)
{
	void *small = heap_object(test, GOMALLOC_MAX_SMALL_SIZE);
	void *large = heap_object(test, GOMALLOC_MAX_SMALL_SIZE + 1);
	void *other = kmalloc(100, GFP_KERNEL);
	void *page = (void *)__get_free_page(GFP_KERNEL);

	KUNIT_EXPECT_FALSE(test, sendpage_ok(virt_to_page(small)));
	KUNIT_EXPECT_FALSE(test, gomalloc_sendpage_ok(small));
	KUNIT_EXPECT_FALSE(test, sendpage_ok(virt_to_page(large)));
	KUNIT_EXPECT_TRUE(test, gomalloc_sendpage_ok(large + 20000));
	KUNIT_EXPECT_TRUE(test, sendpage_ok(virt_to_page(large)));
	KUNIT_EXPECT_TRUE(test, sendpage_ok(virt_to_page(large + 32768)));
	KUNIT_EXPECT_FALSE(test, gomalloc_sendpage_ok(other));
	KUNIT_EXPECT_TRUE(test, gomalloc_sendpage_ok(page));
	KUNIT_EXPECT_FALSE(test, gomalloc_sendpage_ok(NULL));
	KUNIT_EXPECT_FALSE(test, gomalloc_sendpage_ok(&test_heap));
	free_page((unsigned long)page);
	kfree(other);
	gofree(large);
	gofree(small);
}

/* What sending does: refers to pages, and is done after the object is freed */
static void what_was_sent_stays_until_it_has_arrived(struct kunit *test)
{
	char *p = heap_object(test, 100000);
	struct page *page = virt_to_page(p);

	memset(p, 'A', 100000);
	KUNIT_ASSERT_TRUE(test, gomalloc_sendpage_ok(p));
	get_page(page + 1);
	gofree(p);
	KUNIT_EXPECT_FALSE(test, is_used_again(test, page + 1, 100000));
	KUNIT_EXPECT_EQ(test, ((char *)page_address(page + 1))[100], 'A');
	put_page(page + 1);
	/* One that is lent and not referred to is ours again */
	p = heap_object(test, 100000);
	KUNIT_EXPECT_TRUE(test, gomalloc_sendpage_ok(p));
	gofree(p);
	KUNIT_EXPECT_EQ(test, given_up(test_heap(test)), 1ULL);
	expect_all_released(test, test_heap(test));
}

/* Also of a heap that clears what is freed: that page is no longer its own */
static void what_was_sent_is_not_cleared(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "clearing", 0,
					       GOMALLOC_HEAP_ZERO_FREE);
	char *p = got(test, gomalloc_heap_alloc(heap, 3 * SZ_64K, GFP_KERNEL, 0));
	struct page *page = virt_to_page(p + SZ_64K);

	memset(p, 'A', 3 * SZ_64K);
	get_page(page);
	gofree(p);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 'A', PAGE_SIZE));
	put_page(page);
	destroy_heap(test, heap);
}

/* As often as kfree() of old kernels would have dropped the page */
static void a_page_that_others_put_stays_and_is_reported(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p = heap_objects(test, ROUNDS, 64);
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		memset(p[i], i, 64);
	for (i = 0; i < 10; i++)
		put_page(virt_to_page(p[i]));
	for (i = 0; i < ROUNDS; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], i, 64));
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, 10ULL);
	free_objects(p, ROUNDS);
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, 10ULL);
	KUNIT_EXPECT_EQ(test, given_up(heap), 0ULL);
}

/* Its address may be that of another by the time we hear of it */
static void a_mapped_object_that_others_free_is_reported(struct kunit *test)
{
	u64 before = stats_of(gomalloc_default_heap).misuses;
	u64 held = stats_of(gomalloc_default_heap).held_bytes;
	void *p = got(test, gokvmalloc(5 * SZ_1M, GFP_KERNEL)), *q;

	vfree(p);
	gofree(p);
	mvmap_drain(&gomalloc_sys);
	KUNIT_EXPECT_EQ(test, stats_of(gomalloc_default_heap).misuses, before + 1);
	p = got(test, gokvmalloc(5 * SZ_1M, GFP_KERNEL));
	vfree(p);
	q = got(test, vmalloc(5 * SZ_1M));
	gofree(p);
	mvmap_drain(&gomalloc_sys);
	KUNIT_EXPECT_EQ(test, stats_of(gomalloc_default_heap).misuses, before + 2);
	/* Still there */
	memset(q, 1, 5 * SZ_1M);
	vfree(q);
	KUNIT_EXPECT_LE(test, stats_of(gomalloc_default_heap).held_bytes, held);
}

/* Until the same address comes again */
static void a_mapped_object_that_others_free_is_replaced(struct kunit *test)
{
	u64 before = stats_of(gomalloc_default_heap).misuses;
	void *p = got(test, gokvmalloc(5 * SZ_1M, GFP_KERNEL)), *q = NULL;
	unsigned int i;

	vfree(p);
	for (i = 0; i < ROUNDS && q != p; i++) {
		gofree(q);
		mvmap_drain(&gomalloc_sys);
		q = got(test, gokvmalloc(5 * SZ_1M, GFP_KERNEL));
	}
	gofree(q);
	/* Where it did not come */
	if (q != p)
		gofree(p);
	mvmap_drain(&gomalloc_sys);
	KUNIT_EXPECT_EQ(test, stats_of(gomalloc_default_heap).misuses, before + 1);
}

TEST_SUITE(refs, FIXTURE,
	   KUNIT_CASE(a_large_object_is_not_used_again_while_a_page_is_referred_to),
	   KUNIT_CASE(nor_is_a_small_one_when_its_span_went),
	   KUNIT_CASE(all_pages_of_an_arena_may_go_to_others),
	   KUNIT_CASE(only_large_objects_may_be_sent),
	   KUNIT_CASE(what_was_sent_stays_until_it_has_arrived),
	   KUNIT_CASE(what_was_sent_is_not_cleared),
	   KUNIT_CASE(a_page_that_others_put_stays_and_is_reported),
	   KUNIT_CASE(a_mapped_object_that_others_free_is_reported),
	   KUNIT_CASE(a_mapped_object_that_others_free_is_replaced));
