// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps that are harder to exploit: where objects lie, what is left in them,
 * and how long they are quarantined.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "fixture.h"

#define NR	60

static struct gomalloc_heap *hard_heap(struct kunit *test, unsigned int flags,
				       unsigned int quarantine)
{
	struct gomalloc_heap_params params = {
		.name = "hard",
		.flags = flags | GOMALLOC_HEAP_NO_DMA,
		.quarantine = quarantine,
	};

	return make_heap_like(test, &params);
}

static void *object(struct kunit *test, struct gomalloc_heap *heap, size_t size)
{
	return got(test, gomalloc_heap_alloc(heap, size, GFP_KERNEL,
					     GOMALLOC_NOSCAN));
}

/* How many of the objects lie right behind the one before */
static unsigned int count_neighbours(void **p, unsigned int nr, size_t size)
{
	unsigned int i, n = 0;

	for (i = 1; i < nr; i++)
		n += p[i] == p[i - 1] + size;
	return n;
}

static void objects_lie_in_no_order(struct kunit *test)
{
	struct gomalloc_heap *heap = hard_heap(test, GOMALLOC_HEAP_RANDOM, 0);
	void *p[NR], *q[NR];
	int i, j;

	for (i = 0; i < NR; i++) {
		p[i] = object(test, heap, 128);
		q[i] = heap_object(test, 128);
		stamp(p[i], 128, i);
		for (j = 0; j < i; j++)
			KUNIT_ASSERT_PTR_NE(test, p[i], p[j]);
	}
	/* One in sixty by chance; without it, but for a new span, all */
	KUNIT_EXPECT_LT(test, count_neighbours(p, NR, 128), NR / 4U);
	KUNIT_EXPECT_GT(test, count_neighbours(q, NR, 128), NR * 3U / 4);
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_TRUE(test, stamped(p[i], 128, i));
	gofree_bulk(NR, p);
	gofree_bulk(NR, q);
	destroy_heap(test, heap);
}

static void every_object_of_a_span_is_used(struct kunit *test)
{
	struct gomalloc_heap *heap = hard_heap(test, GOMALLOC_HEAP_RANDOM, 0);
	void *p[64];
	int i;

	/* 64 KiB in all: eight spans of eight */
	for (i = 0; i < 64; i++)
		p[i] = object(test, heap, 1024);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 64ULL);
	KUNIT_EXPECT_LE(test, stats_of(heap).spans, 8ULL + num_possible_cpus());
	gofree_bulk(64, p);
	destroy_heap(test, heap);
}

static void freed_objects_are_zero(struct kunit *test)
{
	static const size_t sizes[] = { 8, 16, 100, 2048, 32768, 40960 };
	struct gomalloc_heap *heap = hard_heap(test, GOMALLOC_HEAP_ZERO_FREE, 0);
	void *keep, *p;
	int i;

	migrate_disable();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* So that the span stays */
		keep = object(test, heap, sizes[i]);
		p = object(test, heap, sizes[i]);
		memset(p, 0xaa, sizes[i]);
		gofree(p);
		KUNIT_EXPECT_TRUE(test, hook_is_zero(p, sizes[i]));
		gofree(keep);
	}
	migrate_enable();
	destroy_heap(test, heap);
}

static void tiny_objects_share_no_slot(struct kunit *test)
{
	struct gomalloc_heap *heap = hard_heap(test, GOMALLOC_HEAP_ZERO_FREE, 0);
	u8 *a = object(test, heap, 3), *b = object(test, heap, 3);

	KUNIT_EXPECT_NE(test, round_down((unsigned long)a, 8),
			round_down((unsigned long)b, 8));
	KUNIT_EXPECT_EQ(test, gosize(a), (size_t)8);
	memset(a, 1, 3);
	memset(b, 2, 3);
	gofree(a);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(b, 2, 3), (void *)NULL);
	gofree(b);
	destroy_heap(test, heap);
}

/* With @n frees of others after that of the first, is this the next object? */
static bool is_used_again(struct kunit *test, struct gomalloc_heap *heap, int n)
{
	void *first, *p[40];
	bool again = false;
	int i;

	migrate_disable();
	first = object(test, heap, 64);
	for (i = 0; i < n; i++)
		p[i] = object(test, heap, 64);
	gofree(first);
	gofree_bulk(n, p);
	for (i = 0; i < n; i++) {
		p[i] = object(test, heap, 64);
		again |= p[i] == first;
	}
	gofree_bulk(n, p);
	migrate_enable();
	return again;
}

static void an_object_waits_for_as_many_frees_as_was_said(struct kunit *test)
{
	struct gomalloc_heap *heap = hard_heap(test, 0, 20);

	KUNIT_EXPECT_FALSE(test, is_used_again(test, heap, 19));
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_TRUE(test, is_used_again(test, heap, 20));
	destroy_heap(test, heap);
}

static void a_double_free_in_quarantine_is_refused(struct kunit *test)
{
	struct gomalloc_heap *heap = hard_heap(test, GOMALLOC_HEAP_RANDOM, 20);
	void *p = object(test, heap, 500);

	gofree(p);
	gofree(p);
	KUNIT_EXPECT_EQ(test,
			atomic_long_read(&heap->misuses[GOMALLOC_DOUBLE_FREE]), 1L);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	destroy_heap(test, heap);
}

static void a_write_after_free_is_noticed(struct kunit *test)
{
	struct gomalloc_heap *heap = hard_heap(test, GOMALLOC_HEAP_ZERO_FREE, 20);
	char text[REPORT_TEXT_LEN];
	u8 *p = object(test, heap, 500), *q = object(test, heap, 500);

	gofree(p);
	gofree(q);
	write_freed(p + 77, 1);
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->misuses[GOMALLOC_WRITTEN]),
			1L);
	report_last(&gomalloc_sys, text, sizeof(text));
	KUNIT_EXPECT_TRUE(test, strstr(text, "write to an object after it was freed"));
	destroy_heap(test, heap);
}

static void free_here(void *p)
{
	gofree(p);
}

/*
 * Those of the last CPU are freed by the first one, whose own cache is empty by
 * then. A stack that is lost in that is a warning, which fails the run.
 */
static void who_destroys_a_heap_frees_what_others_keep_back(struct kunit *test)
{
	int i, last = cpumask_last(cpu_online_mask);
	struct gomalloc_heap *heap;
	void *p;

	if (num_online_cpus() < 2) {
		kunit_skip(test, "needs two CPUs");
		return;
	}
	heap = hard_heap(test, 0, 20);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_first(cpu_online_mask)));
	for (i = 0; i < 20; i++) {
		p = object(test, heap, 64 << i % 4);
		smp_call_function_single(last, free_here, p, true);
	}
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
	gomalloc_heap_destroy(heap);
}

static void parameters_that_make_no_sense_are_refused(struct kunit *test)
{
	struct gomalloc_heap_params params = {
		.quarantine = GOMALLOC_MAX_QUARANTINE + 1,
	};

	KUNIT_EXPECT_EQ(test, PTR_ERR(gomalloc_heap_create(&params)),
			(long)-EINVAL);
	params.quarantine = 0;
	/* What the module itself uses cannot be asked for */
	params.flags = BIT(31);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gomalloc_heap_create(&params)),
			(long)-EINVAL);
}

TEST_SUITE(harden, FIXTURE,
	   KUNIT_CASE(objects_lie_in_no_order),
	   KUNIT_CASE(every_object_of_a_span_is_used),
	   KUNIT_CASE(freed_objects_are_zero),
	   KUNIT_CASE(tiny_objects_share_no_slot),
	   KUNIT_CASE(an_object_waits_for_as_many_frees_as_was_said),
	   KUNIT_CASE(a_double_free_in_quarantine_is_refused),
	   KUNIT_CASE(a_write_after_free_is_noticed),
	   KUNIT_CASE(who_destroys_a_heap_frees_what_others_keep_back),
	   KUNIT_CASE(parameters_that_make_no_sense_are_refused));
