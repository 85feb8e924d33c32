// SPDX-License-Identifier: GPL-2.0
/*
 * Guarded objects, where no page faults: all that a kernel without probes can tell.
 * The faults are gomalloc_guard's.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "fixture.h"
#include "guard.h"
#include "guard_pool.h"
#include "sample.h"

#define GUARD	(&gomalloc_sys.sample.guard)

/* Objects that the pool has room for */
#define ROOM	8

/* A pool for this test, and each request of a heap that asks for it guarded */
static struct gomalloc_heap *guarded_heap(struct kunit *test)
{
	struct gomalloc_heap_params params = {
		.name = "guarded",
		.flags = GOMALLOC_HEAP_GUARD | GOMALLOC_HEAP_NO_DMA,
	};

	gomalloc_sys.guard = got(test, guard_pool_create(ROOM, false));
	KUNIT_ASSERT_EQ(test, sample_set_rate(&gomalloc_sys, GUARD, 1), 0);
	return make_heap_like(test, &params);
}

static void drop_pool(struct kunit *test)
{
	struct guard *g = gomalloc_sys.guard;

	KUNIT_EXPECT_EQ(test, sample_set_rate(&gomalloc_sys, GUARD, 0), 0);
	KUNIT_EXPECT_EQ(test, sample_set_names(&gomalloc_sys, GUARD, ""), 0);
	gomalloc_sys.guard = NULL;
	guard_pool_destroy(g);
}

static void end_guarded(struct kunit *test, struct gomalloc_heap *heap)
{
	destroy_heap(test, heap);
	drop_pool(test);
}

static u8 *object(struct kunit *test, struct gomalloc_heap *heap, size_t size,
		  gfp_t gfp)
{
	return got(test, gomalloc_heap_alloc(heap, size, gfp, 0));
}

static bool is_guarded(const void *p)
{
	return guard_has(&gomalloc_sys, p);
}

static long nr_misuses(struct gomalloc_heap *heap, enum gomalloc_misuse kind)
{
	return atomic_long_read(&heap->misuses[kind]);
}

static bool was_reported(const char *what)
{
	char text[REPORT_TEXT_LEN];

	report_last(&gomalloc_sys, text, sizeof(text));
	return strstr(text, what);
}

static void an_object_has_a_page_to_itself(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 61, 64, 100, 2048, PAGE_SIZE };
	struct gomalloc_heap *heap = guarded_heap(test);
	u8 *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = object(test, heap, sizes[i], GFP_KERNEL | __GFP_ZERO);
		KUNIT_EXPECT_TRUE(test, is_guarded(p));
		KUNIT_EXPECT_EQ(test, gosize(p), sizes[i]);
		KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
						   max(sizes[i] & -sizes[i], 8UL)));
		KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0, sizes[i]), (void *)NULL);
		KUNIT_EXPECT_EQ(test, live_objects(heap), 1ULL);
		gofree(p);
		KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	}
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, 0ULL);
	end_guarded(test, heap);
}

/* Of a size that is a class's, half of them end with the page */
static void objects_lie_at_either_end_of_their_page(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	int i, left = 0, right = 0;
	u8 *p;

	for (i = 0; i < 100; i++) {
		p = object(test, heap, 64, GFP_KERNEL);
		left += !offset_in_page(p);
		right += !offset_in_page(p + 64);
		gofree(p);
	}
	KUNIT_EXPECT_EQ(test, left + right, 100);
	KUNIT_EXPECT_GT(test, left, 20);
	KUNIT_EXPECT_GT(test, right, 20);
	end_guarded(test, heap);
}

static void what_the_pool_has_no_room_for_is_an_object_as_any(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	u8 *large = object(test, heap, PAGE_SIZE + 1, GFP_KERNEL), *p[ROOM + 1];
	int i;

	KUNIT_EXPECT_FALSE(test, is_guarded(large));
	gofree(large);
	for (i = 0; i <= ROOM; i++) {
		p[i] = object(test, heap, 64, GFP_KERNEL);
		stamp(p[i], 64, i);
		KUNIT_EXPECT_EQ(test, is_guarded(p[i]), i < ROOM);
	}
	KUNIT_EXPECT_EQ(test, live_objects(heap), ROOM + 1ULL);
	for (i = 0; i <= ROOM; i++) {
		KUNIT_EXPECT_TRUE(test, stamped(p[i], 64, i));
		gofree(p[i]);
	}
	end_guarded(test, heap);
}

static void a_page_waits_before_it_has_another_object(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	unsigned long first, p;
	int i;

	first = (unsigned long)object(test, heap, 64, GFP_KERNEL) & PAGE_MASK;
	gofree((void *)guard_object(gomalloc_sys.guard, (void *)first));
	for (i = 1; i < ROOM; i++) {
		p = (unsigned long)object(test, heap, 64, GFP_KERNEL);
		KUNIT_EXPECT_NE(test, p & PAGE_MASK, first);
		gofree((void *)p);
	}
	p = (unsigned long)object(test, heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, p & PAGE_MASK, first);
	gofree((void *)p);
	end_guarded(test, heap);
}

/* @at is beside an object of 61 bytes */
static void write_beside(struct kunit *test, struct gomalloc_heap *heap, long at,
			 const char *offset)
{
	long before = nr_misuses(heap, GOMALLOC_BESIDE);
	u8 *p;

	/* What is on the other side of it is another page */
	do {
		p = object(test, heap, 61, GFP_KERNEL);
		if (is_guarded(p + at) &&
		    ((unsigned long)p ^ (unsigned long)(p + at)) < PAGE_SIZE)
			break;
		gofree(p);
	} while (true);
	write_freed(p + at, 0x11);
	gofree(p);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_BESIDE), before + 1);
	KUNIT_EXPECT_TRUE(test, was_reported("bytes beside an object"));
	KUNIT_EXPECT_TRUE(test, was_reported(offset));
}

static void what_was_written_beside_an_object_is_found_at_its_free(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);

	write_beside(test, heap, 61, "of 61 bytes, offset 61; freed");
	write_beside(test, heap, -1, "of 61 bytes, offset -1; freed");
	write_beside(test, heap, 1000, "of 61 bytes, offset 1000; freed");
	end_guarded(test, heap);
}

static void misuse_of_a_guarded_object_is_refused(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	u8 *p = object(test, heap, 100, GFP_KERNEL);

	gofree(p + 8);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_INTERIOR), 1L);
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p, 101));
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p + 100, 1));
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_COPY), 2L);
	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(p + 1, 99));
	gofree(p);
	gofree(p);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_DOUBLE_FREE), 1L);
	KUNIT_EXPECT_TRUE(test, was_reported("double free"));
	KUNIT_EXPECT_TRUE(test, was_reported("heap guarded, guarded object"));
	end_guarded(test, heap);
}

static void a_guarded_object_is_resized_as_any(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	u8 *p = object(test, heap, 100, GFP_KERNEL), *q;

	memset(p, 7, 100);
	q = got(test, gorealloc(p, 200, GFP_KERNEL));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(q, 7, 100), (void *)NULL);
	p = got(test, gorealloc(q, 40000, GFP_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 7, 100), (void *)NULL);
	gofree_sensitive(p);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	end_guarded(test, heap);
}

static void a_guarded_object_waits_for_its_grace_period(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	struct rcu_head *p = (void *)object(test, heap, 200, GFP_KERNEL);

	gofree_call_rcu(p + 1, p);
	gofree(p);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	KUNIT_EXPECT_GE(test, nr_misuses(heap, GOMALLOC_PENDING) +
			nr_misuses(heap, GOMALLOC_DOUBLE_FREE), 1L);
	end_guarded(test, heap);
}

static void what_a_heap_leaves_is_freed_and_reported(struct kunit *test)
{
	struct gomalloc_heap_params params = {
		.name = "expected-leak",
		.flags = GOMALLOC_HEAP_GUARD,
	};
	struct gomalloc_heap *heap = guarded_heap(test), *lost;
	u8 *p;

	lost = make_heap_like(test, &params);
	p = object(test, lost, 64, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_guarded(p));
	gomalloc_heap_destroy(lost);
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	end_guarded(test, heap);
}

/* Of 10000 requests, a hundredth, more or less by chance */
static void one_of_as_many_as_was_said_is_guarded(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	int i, n = 0;
	void *p;

	KUNIT_EXPECT_EQ(test, sample_set_rate(&gomalloc_sys, GUARD, 100), 0);
	for (i = 0; i < 10000; i++) {
		p = object(test, heap, 64, GFP_KERNEL);
		n += is_guarded(p);
		gofree(p);
	}
	KUNIT_EXPECT_GT(test, n, 50);
	KUNIT_EXPECT_LT(test, n, 200);
	end_guarded(test, heap);
}

/* Return: was one of some objects guarded? */
static bool guards(struct kunit *test, void *(*alloc)(size_t size, gfp_t gfp),
		   size_t size)
{
	bool seen = false;
	void *p;
	int i;

	for (i = 0; i < 10; i++) {
		p = got(test, alloc(size, GFP_KERNEL | __GFP_ZERO));
		seen |= is_guarded(p);
		KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0, size), (void *)NULL);
		KUNIT_EXPECT_GE(test, gosize(p), size);
		gofree(p);
	}
	return seen;
}

static void requests_of_gomalloc_are_sampled_if_it_is_said(struct kunit *test)
{
	struct gomalloc_heap *heap = guarded_heap(test);
	u64 before = live_objects(gomalloc_default_heap);

	KUNIT_EXPECT_FALSE(test, guards(test, __gomalloc, 100));
	KUNIT_EXPECT_EQ(test, sample_set_names(&gomalloc_sys, GUARD, "a,default,b"), 0);
	KUNIT_EXPECT_TRUE(test, guards(test, __gomalloc, 100));
	KUNIT_EXPECT_TRUE(test, guards(test, __gomalloc_noscan, 100));
	KUNIT_EXPECT_TRUE(test, guards(test, __gomalloc_noscan, 5));
	KUNIT_EXPECT_FALSE(test, guards(test, __gomalloc, 100000));
	KUNIT_EXPECT_EQ(test, sample_set_names(&gomalloc_sys, GUARD, "defaul"), 0);
	KUNIT_EXPECT_FALSE(test, guards(test, __gomalloc, 100));
	KUNIT_EXPECT_EQ(test, live_objects(gomalloc_default_heap), before);
	end_guarded(test, heap);
}

TEST_SUITE(guard, FIXTURE,
	   KUNIT_CASE(an_object_has_a_page_to_itself),
	   KUNIT_CASE(objects_lie_at_either_end_of_their_page),
	   KUNIT_CASE(what_the_pool_has_no_room_for_is_an_object_as_any),
	   KUNIT_CASE(a_page_waits_before_it_has_another_object),
	   KUNIT_CASE(what_was_written_beside_an_object_is_found_at_its_free),
	   KUNIT_CASE(misuse_of_a_guarded_object_is_refused),
	   KUNIT_CASE(a_guarded_object_is_resized_as_any),
	   KUNIT_CASE(a_guarded_object_waits_for_its_grace_period),
	   KUNIT_CASE(what_a_heap_leaves_is_freed_and_reported),
	   KUNIT_CASE(one_of_as_many_as_was_said_is_guarded),
	   KUNIT_CASE(requests_of_gomalloc_are_sampled_if_it_is_said));
