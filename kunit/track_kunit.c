// SPDX-License-Identifier: GPL-2.0
/*
 * Tracked objects: who allocated what lives, and who freed what does not.
 */
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "fixture.h"
#include "sample.h"
#include "track.h"

#define TRACK	(&gomalloc_sys.sample.track)

/* Objects that the table has room for */
#define ROOM	16

/* A table for this test, and each object of the heap "kunit" tracked */
static struct gomalloc_heap *tracked_heap(struct kunit *test)
{
	gomalloc_sys.track = got(test, track_create(ROOM));
	KUNIT_ASSERT_EQ(test, sample_set_names(&gomalloc_sys, TRACK, "x,kunit"), 0);
	KUNIT_ASSERT_EQ(test, sample_set_rate(&gomalloc_sys, TRACK, 1), 0);
	return test_heap(test);
}

static void end_tracked(struct kunit *test)
{
	struct track *t = gomalloc_sys.track;

	KUNIT_EXPECT_EQ(test, sample_set_rate(&gomalloc_sys, TRACK, 0), 0);
	KUNIT_EXPECT_EQ(test, sample_set_names(&gomalloc_sys, TRACK, "*"), 0);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)), 0);
	gomalloc_sys.track = NULL;
	track_destroy(t);
}

/* Return: what is tracked and lives, with the sum of its bytes */
static unsigned int nr_tracked(size_t *bytes)
{
	struct track_entry e;
	unsigned int i, n = 0;

	*bytes = 0;
	for (i = 0; i < ROOM; i++) {
		if (!track_look(gomalloc_sys.track, i, &e))
			continue;
		n++;
		*bytes += e.size;
	}
	return n;
}

static void expect_tracked(struct kunit *test, unsigned int nr, size_t bytes)
{
	size_t sum;

	KUNIT_EXPECT_EQ(test, nr_tracked(&sum), nr);
	KUNIT_EXPECT_EQ(test, sum, bytes);
}

static void what_lives_is_tracked_and_what_was_freed_is_not(struct kunit *test)
{
	static const size_t sizes[] = { 5, 100, 4000, 30000, 50000 };
	struct gomalloc_heap *heap = tracked_heap(test);
	void *p[ARRAY_SIZE(sizes)];
	size_t sum = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[i] = got(test, gomalloc_heap_alloc(heap, sizes[i], GFP_KERNEL,
						     GOMALLOC_NOSCAN));
		sum += sizes[i];
		expect_tracked(test, i + 1, sum);
	}
	KUNIT_EXPECT_EQ(test, live_objects(heap), (u64)ARRAY_SIZE(sizes));
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		gofree(p[i]);
		sum -= sizes[i];
		expect_tracked(test, ARRAY_SIZE(sizes) - i - 1, sum);
	}
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, 0ULL);
	end_tracked(test);
}

static void a_tracked_object_is_freed_once(struct kunit *test)
{
	struct gomalloc_heap *heap = tracked_heap(test);
	void *small = heap_object(test, 100), *large = heap_object(test, 50000);

	gofree(small);
	gofree(small);
	gofree(large);
	gofree(large);
	KUNIT_EXPECT_EQ(test,
			atomic_long_read(&heap->misuses[GOMALLOC_DOUBLE_FREE]), 2L);
	expect_tracked(test, 0, 0);
	end_tracked(test);
}

/* The next object at an address that was tracked is another */
static void an_object_in_the_place_of_another_is_tracked(struct kunit *test)
{
	void *p;
	int i;

	tracked_heap(test);
	for (i = 0; i < 3 * ROOM; i++) {
		p = heap_object(test, 64);
		expect_tracked(test, 1, 64);
		gofree(p);
	}
	end_tracked(test);
}

static void what_there_is_no_room_for_is_counted(struct kunit *test)
{
	void *p[ROOM + 3];
	int i;

	tracked_heap(test);
	take_objects(test, p, ROOM + 3, 64);
	expect_tracked(test, ROOM, ROOM * 64);
	KUNIT_EXPECT_EQ(test, gomalloc_sys.track->missed, 3UL);
	for (i = 0; i < ROOM + 3; i++)
		gofree(p[i]);
	expect_tracked(test, 0, 0);
	end_tracked(test);
}

static void what_waits_for_a_grace_period_is_not_a_leak(struct kunit *test)
{
	struct rcu_head *small, *large;

	tracked_heap(test);
	small = heap_object(test, 100);
	large = heap_object(test, 50000);
	expect_tracked(test, 2, 50100);
	gofree_call_rcu(small, small);
	gofree_call_rcu(large, large);
	expect_tracked(test, 0, 0);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
	end_tracked(test);
}

static void who_turns_it_off_leaves_what_is_tracked(struct kunit *test)
{
	void *p, *q;

	tracked_heap(test);
	p = heap_object(test, 64);
	KUNIT_EXPECT_EQ(test, sample_set_rate(&gomalloc_sys, TRACK, 0), 0);
	q = heap_object(test, 64);
	expect_tracked(test, 1, 64);
	gofree(p);
	gofree(q);
	expect_tracked(test, 0, 0);
	end_tracked(test);
}

/* With the call sites of both, one for each of the two loops */
static void objects_of_one_place_have_one_stack(struct kunit *test)
{
	struct track_entry e[4];
	void *p[4];
	int i;

	tracked_heap(test);
	for (i = 0; i < 3; i++)
		p[i] = heap_object(test, 64);
	p[3] = heap_object(test, 64);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, track_look(gomalloc_sys.track, i, &e[i]));
	KUNIT_EXPECT_EQ(test, e[0].allocated.stack, e[1].allocated.stack);
	KUNIT_EXPECT_EQ(test, e[0].allocated.stack, e[2].allocated.stack);
	/* User-mode Linux sees no return address, without frame pointers */
	if (e[0].allocated.stack)
		KUNIT_EXPECT_NE(test, e[0].allocated.stack,
				e[3].allocated.stack);
	gofree_bulk(4, p);
	end_tracked(test);
	if (!e[0].allocated.stack)
		kunit_mark_skipped(test, "this kernel notes no stack");
}

TEST_SUITE(track, FIXTURE,
	   KUNIT_CASE(what_lives_is_tracked_and_what_was_freed_is_not),
	   KUNIT_CASE(a_tracked_object_is_freed_once),
	   KUNIT_CASE(an_object_in_the_place_of_another_is_tracked),
	   KUNIT_CASE(what_there_is_no_room_for_is_counted),
	   KUNIT_CASE(what_waits_for_a_grace_period_is_not_a_leak),
	   KUNIT_CASE(who_turns_it_off_leaves_what_is_tracked),
	   KUNIT_CASE(objects_of_one_place_have_one_stack));
