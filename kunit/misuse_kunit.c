// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse: each kind is reported in words, counted, refused; the heap works on.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "fixture.h"

/* What the heap and the module have counted of a kind */
static long counted(struct gomalloc_heap *heap, enum gomalloc_misuse kind)
{
	return kind == GOMALLOC_FOREIGN || kind == GOMALLOC_FREE_PAGE ?
	       atomic_long_read(&gomalloc_sys.report.foreign) :
	       atomic_long_read(&heap->misuses[kind]);
}

/* The heap serves and takes back as if nothing had happened */
static void expect_healthy(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	u64 before = live_objects(heap);
	void *p[60];
	int i, j;

	for (i = 0; i < 60; i++) {
		p[i] = heap_object(test, 8 << i % 10);
		stamp(p[i], 8 << i % 10, i);
		for (j = 0; j < i; j++)
			KUNIT_ASSERT_PTR_NE(test, p[i], p[j]);
	}
	for (i = 0; i < 60; i++) {
		KUNIT_EXPECT_TRUE(test, stamped(p[i], 8 << i % 10, i));
		gofree(p[i]);
	}
	KUNIT_EXPECT_EQ(test, live_objects(heap), before);
	KUNIT_EXPECT_TRUE(test, mwalk_valid(test_mheap(test)));
}

/* Free @p, which must be refused with a report that contains @words */
static void expect_refused(struct kunit *test, const void *p,
			   enum gomalloc_misuse kind, const char *words)
{
	struct gomalloc_heap *heap = test_heap(test);
	u64 live = live_objects(heap);
	long before = counted(heap, kind);
	char text[REPORT_TEXT_LEN];

	gofree(p);
	KUNIT_EXPECT_EQ(test, counted(heap, kind), before + 1);
	KUNIT_EXPECT_EQ(test, live_objects(heap), live);
	report_last(&gomalloc_sys, text, sizeof(text));
	KUNIT_EXPECT_TRUE(test, strstr(text, words));
	KUNIT_EXPECT_TRUE(test, strstr(text, "expect_refused"));
	expect_healthy(test);
}

static void a_double_free_at_once(struct kunit *test)
{
	void *p = heap_object(test, 64);

	gofree(p);
	expect_refused(test, p, GOMALLOC_DOUBLE_FREE,
		       "heap kunit, class 6 (64 bytes, scan)");
	expect_refused(test, p, GOMALLOC_DOUBLE_FREE, "double free");
}

static void a_double_free_much_later(struct kunit *test)
{
	void **q = heap_objects(test, 200, 512);
	int i;

	/* Through the stack and back into its span, which its neighbours keep */
	for (i = 0; i < 200; i += 2)
		gofree(q[i]);
	expect_refused(test, q[0], GOMALLOC_DOUBLE_FREE, "double free");
	for (i = 1; i < 200; i += 2)
		gofree(q[i]);
}

static long free_here(void *p)
{
	gofree(p);
	return 0;
}

static void a_double_free_on_another_cpu(struct kunit *test)
{
	void *p = heap_object(test, 96);

	work_on_cpu(other_cpu(), free_here, p);
	expect_refused(test, p, GOMALLOC_DOUBLE_FREE, "double free");
}

static void a_double_free_of_a_large_object(struct kunit *test)
{
	void *kept = heap_object(test, 50000), *gone = heap_object(test, SZ_1M);

	gofree(kept);
	expect_refused(test, kept, GOMALLOC_DOUBLE_FREE, "double free");
	gofree(gone);
	expect_refused(test, gone, GOMALLOC_FREE_PAGE, "its span is gone");
}

static void a_double_free_of_a_tiny_object(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p[4];
	int i;

	if (!packs_tiny(test))
		return;
	migrate_disable();
	for (i = 0; i < 4; i++)
		p[i] = gomalloc_heap_alloc(heap, 4, GFP_KERNEL,
					   GOMALLOC_NOSCAN);
	/* The first has a tiny block to itself, the others share one */
	gofree(p[2]);
	expect_refused(test, p[2], GOMALLOC_TINY, "double free");
	/* Its neighbours are alive and can be freed, once */
	gofree(p[3]);
	expect_refused(test, p[3], GOMALLOC_TINY, "double free");
	gofree(p[1]);
	expect_refused(test, p[1], GOMALLOC_DOUBLE_FREE, "double free");
	gofree(p[0]);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
}

static void a_pointer_into_a_tiny_object(struct kunit *test)
{
	void *p;

	if (!packs_tiny(test))
		return;
	p = got(test, gomalloc_heap_alloc(test_heap(test), 12, GFP_KERNEL,
					  GOMALLOC_NOSCAN));
	expect_refused(test, p + 1, GOMALLOC_TINY, "pointer into a tiny object");
	expect_refused(test, p + 15, GOMALLOC_TINY, "pointer into a tiny object");
	gofree(p);
}

static void a_pointer_into_an_object(struct kunit *test)
{
	void *p = heap_object(test, 100), *q = heap_object(test, SZ_128K);

	expect_refused(test, p + 1, GOMALLOC_INTERIOR, "offset 1;");
	expect_refused(test, p + 111, GOMALLOC_INTERIOR, "offset 111;");
	expect_refused(test, q + 8, GOMALLOC_INTERIOR, "pointer into an object");
	expect_refused(test, q + PAGE_SIZE, GOMALLOC_INTERIOR,
		       "pointer into an object");
	gofree(p);
	gofree(q);
}

static void one_past_an_object(struct kunit *test)
{
	void *p;

	migrate_disable();
	p = heap_object(test, 3072);
	expect_refused(test, p + 3072, GOMALLOC_NEVER_ALLOCATED,
		       "never allocated");
	expect_refused(test, p + 3072 + 100, GOMALLOC_INTERIOR,
		       "pointer into an object");
	migrate_enable();
	gofree(p);
}

/* 48-byte objects leave 32 bytes at the end of their span */
static void behind_the_last_object_of_a_span(struct kunit *test)
{
	void *p = heap_object(test, 48);
	struct mspan *span = span_of(p);

	expect_refused(test, mspan_object(span, span->nelems), GOMALLOC_BEYOND,
		       "behind the last object");
	gofree(p);
}

static void memory_of_other_allocators(struct kunit *test)
{
	void *k = kmalloc(64, GFP_KERNEL), *v = vmalloc(64);

	KUNIT_ASSERT_TRUE(test, k && v);
	expect_refused(test, k, GOMALLOC_FOREIGN, "not gomalloc's");
	expect_refused(test, v, GOMALLOC_FOREIGN, "not gomalloc's");
	memset(k, 1, 64);
	memset(v, 1, 64);
	kfree(k);
	vfree(v);
}

static void what_was_never_allocated_at_all(struct kunit *test)
{
	static int in_the_image;
	int on_the_stack;

	expect_refused(test, &on_the_stack, GOMALLOC_FOREIGN, "not gomalloc's");
	expect_refused(test, &in_the_image, GOMALLOC_FOREIGN, "not gomalloc's");
	expect_refused(test, expect_refused, GOMALLOC_FOREIGN, "not gomalloc's");
	expect_refused(test, (void *)0x400000, GOMALLOC_FOREIGN,
		       "not gomalloc's");
	expect_refused(test, ERR_PTR(-ENOMEM), GOMALLOC_FOREIGN,
		       "not gomalloc's");
	expect_refused(test, (void *)0xdeadbeefdeadbeef, GOMALLOC_FOREIGN,
		       "not gomalloc's");
}

static void a_double_free_of_a_mapped_object(struct kunit *test)
{
	void *p = got(test, gokvmalloc(SZ_8M, GFP_KERNEL));

	expect_refused(test, p + PAGE_SIZE, GOMALLOC_FOREIGN, "not gomalloc's");
	gofree(p);
	expect_refused(test, p, GOMALLOC_FOREIGN, "not gomalloc's");
}

static void other_calls_refuse_as_well(struct kunit *test)
{
	long before = atomic_long_read(&gomalloc_sys.report.foreign);
	struct rcu_head head;
	int on_the_stack;

	KUNIT_EXPECT_EQ(test, gosize(&on_the_stack), (size_t)0);
	KUNIT_EXPECT_NULL(test, gorealloc(&on_the_stack, 100, GFP_KERNEL));
	gofree_sensitive(&on_the_stack);
	gofree_call_rcu(&head, &on_the_stack);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gomalloc_sys.report.foreign),
			before + 4);
	expect_healthy(test);
}

/* Two frees within nanoseconds both pass the test of the state byte */
static void a_race_of_two_frees_is_found_late(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p = heap_object(test, 64);
	struct mspan *span = span_of(p);

	/* What is handed out twice kmemleak cannot have */
	heap->flags |= GOMALLOC_HEAP_NOLEAKTRACE;
	gofree(p);
	span->objstate[mspan_index(span, p)] = OBJECT_ALLOCATED;
	gofree(p);
	/* Make the stacks flush, so that the second one meets the first */
	free_objects(heap_objects(test, 100, 64), 100);
	gomalloc_heap_trim(heap);
	gofree(heap_object(test, 24));
	KUNIT_EXPECT_GE(test, counted(heap, GOMALLOC_DOUBLE_FREE), 1L);
}

TEST_SUITE(misuse, FIXTURE,
	   KUNIT_CASE(a_double_free_at_once),
	   KUNIT_CASE(a_double_free_much_later),
	   KUNIT_CASE(a_double_free_on_another_cpu),
	   KUNIT_CASE(a_double_free_of_a_large_object),
	   KUNIT_CASE(a_double_free_of_a_tiny_object),
	   KUNIT_CASE(a_pointer_into_a_tiny_object),
	   KUNIT_CASE(a_pointer_into_an_object),
	   KUNIT_CASE(one_past_an_object),
	   KUNIT_CASE(behind_the_last_object_of_a_span),
	   KUNIT_CASE(memory_of_other_allocators),
	   KUNIT_CASE(what_was_never_allocated_at_all),
	   KUNIT_CASE(a_double_free_of_a_mapped_object),
	   KUNIT_CASE(other_calls_refuse_as_well),
	   KUNIT_CASE(a_race_of_two_frees_is_found_late));
