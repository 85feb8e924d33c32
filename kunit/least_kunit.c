// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of up to 8 bytes: their state is a bit, and neighbours share the word.
 */
#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "fixture.h"

/* More than two spans of them */
#define MANY	3000

/* Red zones make larger objects of them: then the test ends here */
static void require_least(struct kunit *test)
{
	void *p = heap_object(test, 8);
	bool bits = mspan_has_state_bits(span_of(p));

	gofree(p);
	if (!bits)
		kunit_skip(test, "no object is of 8 bytes with this checker");
}

static void **many(struct kunit *test)
{
	void **p = heap_objects(test, MANY, 8);
	int i;

	for (i = 0; i < MANY; i++)
		*(u64 *)p[i] = i;
	return p;
}

static void the_neighbours_of_a_freed_object_live_on(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p;
	int i;

	require_least(test);
	p = many(test);
	for (i = 0; i < MANY; i += 2)
		gofree(p[i]);
	KUNIT_EXPECT_EQ(test, live_objects(heap), (u64)MANY / 2);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
	for (i = 1; i < MANY; i += 2) {
		KUNIT_EXPECT_EQ(test, *(u64 *)p[i], (u64)i);
		KUNIT_ASSERT_EQ(test, gosize(p[i]), (size_t)8);
		gofree(p[i]);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->misuses[GOMALLOC_DOUBLE_FREE]), 0L);
	expect_all_released(test, heap);
}

static void a_second_free_is_found_wherever_the_object_is(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p;
	int i;

	require_least(test);
	p = many(test);
	/* All but one of 64, which keep the span: most are flushed to it */
	for (i = 0; i < 2 * MANY; i++) {
		if (i % MANY % BITS_PER_LONG)
			gofree(p[i % MANY]);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->misuses[GOMALLOC_DOUBLE_FREE]),
			(long)MANY - DIV_ROUND_UP(MANY, BITS_PER_LONG));
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
	for (i = 0; i < MANY; i += BITS_PER_LONG)
		gofree(p[i]);
	expect_all_released(test, heap);
}

static void a_pointer_into_one_is_refused(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	char *p;

	require_least(test);
	p = heap_object(test, 8);
	gofree(p + 3);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->misuses[GOMALLOC_INTERIOR]), 1L);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 1ULL);
	gofree(p);
}

/* What one of two CPUs frees and takes: every second object */
struct half {
	struct work_struct	work;
	struct gomalloc_heap	*heap;
	void			**p;
	int			first;
	atomic_t		*waiting;
};

/* Of one word, and as many as stacks have room for; how often they are taken */
#define FEW	64
#define ROUNDS	4000

static void free_and_take_half(struct work_struct *work)
{
	struct half *half = container_of(work, struct half, work);
	int i, round;

	/* Not before the other one can, too, or it is over before that has begun */
	atomic_dec(half->waiting);
	while (atomic_read(half->waiting))
		cond_resched();
	for (round = 0; round < ROUNDS; round++) {
		for (i = half->first; i < FEW; i += 2)
			gofree(half->p[i]);
		for (i = half->first; i < FEW; i += 2)
			half->p[i] = gomalloc_heap_alloc(half->heap, 8, GFP_KERNEL, 0);
	}
}

/* Of a word one CPU frees while another one does: were it no atomic, bits would be lost */
static void neighbours_on_two_cpus_keep_their_bits(struct kunit *test)
{
	struct half *half = scratch(test, 2 * sizeof(*half));
	atomic_t waiting = ATOMIC_INIT(2);
	int i;

	require_least(test);
	half[0].p = many(test);
	for (i = 0; i < 2; i++) {
		half[i].heap = test_heap(test);
		half[i].p = half[0].p;
		half[i].first = i;
		half[i].waiting = &waiting;
		INIT_WORK(&half[i].work, free_and_take_half);
	}
	migrate_disable();
	schedule_work_on(other_cpu(), &half[1].work);
	free_and_take_half(&half[0].work);
	migrate_enable();
	flush_work(&half[1].work);
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), (u64)MANY);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)), 0);
	free_objects(half[0].p, MANY);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&test_heap(test)->misuses[GOMALLOC_DOUBLE_FREE]),
			0L);
	expect_all_released(test, test_heap(test));
}

static void zeroes_are_given_where_they_are_asked_for(struct kunit *test)
{
	void **p;
	int i;

	require_least(test);
	p = many(test);
	free_objects(p, MANY);
	for (i = 0; i < MANY; i++) {
		p[i] = got(test, gomalloc_heap_alloc(test_heap(test), 8,
						     GFP_KERNEL | __GFP_ZERO, 0));
		KUNIT_ASSERT_EQ(test, *(u64 *)p[i], 0ULL);
	}
	free_objects(p, MANY);
}

static void a_hardened_heap_finds_a_second_free(struct kunit *test)
{
	struct gomalloc_heap_params params = {
		.name = "hard",
		.flags = GOMALLOC_HEAP_RANDOM | GOMALLOC_HEAP_ZERO_FREE,
		.quarantine = 16,
	};
	struct gomalloc_heap *heap = make_heap_like(test, &params);
	void *p;
	int i;

	for (i = 0; i < 100; i++) {
		p = got(test, gomalloc_heap_alloc(heap, 8, GFP_KERNEL, 0));
		gofree(p);
		gofree(p);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->misuses[GOMALLOC_DOUBLE_FREE]), 100L);
	destroy_heap(test, heap);
}

static void one_is_freed_after_a_grace_period(struct kunit *test)
{
	void *p = heap_object(test, 8);

	gofree_rcu_mightsleep(p);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
}

TEST_SUITE(least, FIXTURE,
	   KUNIT_CASE(the_neighbours_of_a_freed_object_live_on),
	   KUNIT_CASE(a_second_free_is_found_wherever_the_object_is),
	   KUNIT_CASE(a_pointer_into_one_is_refused),
	   KUNIT_CASE(neighbours_on_two_cpus_keep_their_bits),
	   KUNIT_CASE(zeroes_are_given_where_they_are_asked_for),
	   KUNIT_CASE(a_hardened_heap_finds_a_second_free),
	   KUNIT_CASE(one_is_freed_after_a_grace_period));
