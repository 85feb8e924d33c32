// SPDX-License-Identifier: GPL-2.0
/*
 * Memory allocation profiling: each line that allocates has a tag, which counts what it
 * has. Kernels that are built without it, or have it off, skip these.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "drain.h"
#include "fixture.h"
#include "mvmap.h"

#ifdef CONFIG_MEM_ALLOC_PROFILING
static int tag_init(struct kunit *test)
{
	if (!mem_alloc_profiling_enabled()) {
		kunit_mark_skipped(test, "boot with sysctl.vm.mem_profiling=1");
		return -EOPNOTSUPP;
	}
	return fixture_init(test);
}

static void tag_exit(struct kunit *test)
{
	if (test->priv)
		fixture_exit(test);
}

/* What the tag of a line counts */
static void expect_tag(struct kunit *test, struct alloc_tag *tag, u64 calls, u64 bytes)
{
	struct alloc_tag_counters n = alloc_tag_read(tag);

	KUNIT_EXPECT_EQ(test, n.calls, calls);
	KUNIT_EXPECT_EQ(test, n.bytes, bytes);
}

/* The size, as an argument of a call: while that is evaluated the task has the call's tag */
#define tagged(_tag, _size)	((_tag) = current->alloc_tag, (size_t)(_size))

static void a_call_is_named_by_its_line_and_function(struct kunit *test)
{
	struct alloc_tag *tag;
	unsigned int line = __LINE__ + 1;
	void *p = got(test, gomalloc(tagged(tag, 100), GFP_KERNEL));

	KUNIT_EXPECT_EQ(test, tag->ct.lineno, line);
	KUNIT_EXPECT_STREQ(test, tag->ct.function, __func__);
	KUNIT_EXPECT_STREQ(test, tag->ct.modname, KBUILD_MODNAME);
	expect_tag(test, tag, 1, gosize(p));
	gofree(p);
	expect_tag(test, tag, 0, 0);
}

static void objects_of_every_size_are_counted_till_they_are_freed(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 9, 16, 100, 4096, 32768, 32769, SZ_1M };
	struct gomalloc_heap *heap = test_heap(test);
	struct alloc_tag *tag = NULL;
	void *p[ARRAY_SIZE(sizes)];
	u64 bytes = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[i] = got(test, gomalloc_heap_alloc(heap, tagged(tag, sizes[i]),
						     GFP_KERNEL, GOMALLOC_NOSCAN));
		bytes += gosize(p[i]);
		expect_tag(test, tag, i + 1, bytes);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		bytes -= gosize(p[i]);
		gofree(p[i]);
		expect_tag(test, tag, ARRAY_SIZE(sizes) - 1 - i, bytes);
	}
}

static void calls_made_of_others_count_once_and_for_their_caller(struct kunit *test)
{
	struct alloc_tag *tag;
	void *p = got(test, gocalloc(tagged(tag, 10), 20, GFP_KERNEL));
	char *text;

	expect_tag(test, tag, 1, gosize(p));
	gofree(p);
	expect_tag(test, tag, 0, 0);
	text = got(test, gostrdup((tag = current->alloc_tag, "text"), GFP_KERNEL));
	expect_tag(test, tag, 1, gosize(text));
	gofree(text);
	expect_tag(test, tag, 0, 0);
}

static void objects_in_bulk_are_counted_one_by_one(struct kunit *test)
{
	struct alloc_tag *tag;
	void *p[20];

	KUNIT_ASSERT_EQ(test, gomalloc_bulk(GFP_KERNEL, tagged(tag, 64), 20, p), 20);
	expect_tag(test, tag, 20, 20 * 64);
	gofree_bulk(20, p);
	expect_tag(test, tag, 0, 0);
}

static void a_double_free_is_taken_off_once(struct kunit *test)
{
	struct alloc_tag *tag;
	void *p = got(test, gomalloc(tagged(tag, 200), GFP_KERNEL));

	gofree(p);
	gofree(p);
	expect_tag(test, tag, 0, 0);
}

static void an_object_counts_until_the_callback_of_rcu(struct kunit *test)
{
	struct alloc_tag *tag;
	struct rcu_head *p = got(test, gomalloc(tagged(tag, 96), GFP_KERNEL));

	gofree_call_rcu(p, p);
	expect_tag(test, tag, 1, 96);
	rcu_barrier();
	expect_tag(test, tag, 0, 0);
}

static void mapped_objects_are_counted_by_page(struct kunit *test)
{
	size_t size = GOMALLOC_MAX_SIZE + PAGE_SIZE;
	struct alloc_tag *tag;
	void *p = got(test, gokvmalloc(tagged(tag, size), GFP_KERNEL));

	expect_tag(test, tag, size >> PAGE_SHIFT, size);
	gofree(p);
	mvmap_drain(&gomalloc_sys);
	expect_tag(test, tag, 0, 0);
}

static void an_object_that_moves_is_of_who_moved_it(struct kunit *test)
{
	struct alloc_tag *first, *second;
	void *p = got(test, gomalloc(tagged(first, 64), GFP_KERNEL));

	p = got(test, gorealloc(p, tagged(second, 1000), GFP_KERNEL));
	expect_tag(test, first, 0, 0);
	expect_tag(test, second, 1, gosize(p));
	gofree(p);
	expect_tag(test, second, 0, 0);
}

/* A free looks at no tag while profiling is off; what is left goes with the span */
static void what_is_freed_meanwhile_counts_until_its_span_is_released(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct alloc_tag *tag;
	void *p = got(test, gomalloc_heap_alloc(heap, tagged(tag, 500), GFP_KERNEL, 0));
	size_t size = gosize(p);

	static_branch_disable(&mem_alloc_profiling_key);
	gofree(p);
	static_branch_enable(&mem_alloc_profiling_key);
	expect_tag(test, tag, 1, size);
	drain_cpus(heap);
	expect_tag(test, tag, 0, 0);
}

static void a_slot_that_is_used_again_has_one_tag(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct alloc_tag *first, *second;
	void *p = got(test, gomalloc_heap_alloc(heap, tagged(first, 500), GFP_KERNEL, 0));
	void *q;

	static_branch_disable(&mem_alloc_profiling_key);
	gofree(p);
	static_branch_enable(&mem_alloc_profiling_key);
	q = got(test, gomalloc_heap_alloc(heap, tagged(second, 500), GFP_KERNEL, 0));
	KUNIT_EXPECT_PTR_EQ(test, p, q);
	expect_tag(test, first, 0, 0);
	expect_tag(test, second, 1, gosize(q));
	gofree(q);
	expect_tag(test, second, 0, 0);
}

/* As one argument */
#define TAG_FIXTURE	.init = tag_init, .exit = tag_exit

TEST_SUITE(tag, TAG_FIXTURE,
	   KUNIT_CASE(a_call_is_named_by_its_line_and_function),
	   KUNIT_CASE(objects_of_every_size_are_counted_till_they_are_freed),
	   KUNIT_CASE(calls_made_of_others_count_once_and_for_their_caller),
	   KUNIT_CASE(objects_in_bulk_are_counted_one_by_one),
	   KUNIT_CASE(a_double_free_is_taken_off_once),
	   KUNIT_CASE(an_object_counts_until_the_callback_of_rcu),
	   KUNIT_CASE(mapped_objects_are_counted_by_page),
	   KUNIT_CASE(an_object_that_moves_is_of_who_moved_it),
	   KUNIT_CASE(what_is_freed_meanwhile_counts_until_its_span_is_released),
	   KUNIT_CASE(a_slot_that_is_used_again_has_one_tag));
#else
static void the_calls_of_a_line_are_counted(struct kunit *test)
{
	kunit_skip(test, "a kernel without memory allocation profiling");
}

TEST_SUITE(tag, NO_FIXTURE,
	   KUNIT_CASE(the_calls_of_a_line_are_counted));
#endif
