// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that are made to fail: each kind of them does, for once, and is had
 * when it is asked for again.
 */
#include "fail.h"
#include "fixture.h"

#ifdef CONFIG_FAULT_INJECTION
/* The next @n requests fail, whoever makes them */
static void fail_next(struct kunit *test, int n)
{
	struct fault_attr *attr = &gomalloc_sys.fail.attr;

	attr->verbose = 0;
	attr->interval = 1;
	atomic_set(&attr->times, n);
	attr->probability = n ? 100 : 0;
}
#else
static void fail_next(struct kunit *test, int n)
{
	kunit_skip(test, "a kernel without fault injection");
}
#endif

static void requests_fail_as_often_as_is_wanted(struct kunit *test)
{
	static const struct {
		size_t size;
		unsigned int flags;
	} kinds[] = {
		{ 5, GOMALLOC_NOSCAN }, { 5, 0 }, { 64, 0 },
		{ 1000, GOMALLOC_NOSCAN }, { 32768, 0 }, { 40000, 0 },
		{ 1 << 20, GOMALLOC_NOSCAN },
	};
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		fail_next(test, 2);
		KUNIT_EXPECT_PTR_EQ(test, (void *)NULL,
				    gomalloc_heap_alloc(heap, kinds[i].size,
							GFP_KERNEL,
							kinds[i].flags));
		KUNIT_EXPECT_PTR_EQ(test, (void *)NULL,
				    gomalloc_heap_alloc(heap, kinds[i].size,
							GFP_KERNEL | __GFP_ZERO,
							kinds[i].flags));
		p = gomalloc_heap_alloc(heap, kinds[i].size, GFP_KERNEL,
					kinds[i].flags);
		KUNIT_EXPECT_TRUE(test, p);
		gofree(p);
	}
	fail_next(test, 0);
}

static void requests_that_must_not_fail_do_not(struct kunit *test)
{
	void *p;

	fail_next(test, 100);
	p = gomalloc_heap_alloc(test_heap(test), 100,
				GFP_KERNEL | __GFP_NOFAIL, 0);
	fail_next(test, 0);
	KUNIT_EXPECT_TRUE(test, p);
	gofree(p);
}

static void a_bulk_request_that_fails_leaves_nothing(struct kunit *test)
{
	void *p[16] = {};

	fail_next(test, 1);
	KUNIT_EXPECT_EQ(test, gomalloc_bulk(GFP_KERNEL, 100, 16, p), 0);
	fail_next(test, 0);
	KUNIT_EXPECT_EQ(test, gomalloc_bulk(GFP_KERNEL, 100, 16, p), 16);
	gofree_bulk(16, p);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(NULL), 0);
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE(requests_fail_as_often_as_is_wanted),
	KUNIT_CASE(requests_that_must_not_fail_do_not),
	KUNIT_CASE(a_bulk_request_that_fails_leaves_nothing),
	{}
};

static struct kunit_suite fail_suite = {
	.name = "gomalloc_fail",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = fail_cases,
};

kunit_test_suite(fail_suite);
