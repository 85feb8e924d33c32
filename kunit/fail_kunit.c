// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that are made to fail: each kind of them does, for once, and is had
 * when it is asked for again.
 */
#include <linux/device.h>
#include <linux/sched.h>

#include "fail.h"
#include "fixture.h"

#ifdef CONFIG_FAULT_INJECTION
/* The next @n requests fail, whoever makes them */
static void fail_next(struct kunit *test, int n)
{
	struct fault_attr *attr = &gomalloc_sys.fail->attr;

	attr->verbose = 0;
	attr->interval = 1;
	atomic_set(&attr->times, n);
	attr->probability = n ? 100 : 0;
}

/* The @nth thing that this task asks for fails, whatever it is */
static void fail_nth(struct kunit *test, int nth)
{
	gomalloc_sys.fail->attr.verbose = 0;
	WRITE_ONCE(current->fail_nth, nth);
}

/* Return: has it failed? */
static bool has_failed(void)
{
	unsigned int left = READ_ONCE(current->fail_nth);

	WRITE_ONCE(current->fail_nth, 0);
	return !left;
}
#else
static void fail_nth(struct kunit *test, int nth)
{
	kunit_skip(test, "a kernel without fault injection");
}

static bool has_failed(void)
{
	return false;
}

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
	fail_next(test, 1);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_bulk(test_heap(test), GFP_KERNEL, 0, 100,
						 16, p), 0);
	fail_next(test, 0);
	KUNIT_EXPECT_EQ(test, live_objects(test_heap(test)), 0ULL);
}

/*
 * A request to an empty heap of which the @nth step fails. Return: false: it
 * has not so many.
 */
static bool fails_cleanly(struct kunit *test, size_t size, gfp_t gfp, int nth)
{
	struct gomalloc_heap *heap = test_heap(test);
	bool failed;
	void *p;

	fail_nth(test, nth);
	p = gomalloc_heap_alloc(heap, size, gfp | __GFP_NOWARN, 0);
	failed = has_failed();
	if (p)
		memset(p, 0x5a, size);
	KUNIT_EXPECT_TRUE(test, p || (failed && !(gfp & __GFP_NOFAIL)));
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
	/* A free may need memory, too, and does without */
	fail_nth(test, 1);
	gofree(p);
	has_failed();
	expect_all_released(test, heap);
	return failed;
}

static const gfp_t contexts[] = {
	GFP_KERNEL, GFP_NOIO, GFP_NOFS, GFP_NOWAIT, GFP_ATOMIC,
	GFP_KERNEL | __GFP_NORETRY, GFP_KERNEL | __GFP_RETRY_MAYFAIL,
	GFP_KERNEL | __GFP_NOFAIL, GFP_KERNEL | __GFP_THISNODE,
	GFP_KERNEL_ACCOUNT, GFP_ATOMIC | __GFP_ZERO,
};

/* Each step of refill and growth, down to the last arena that would just do */
static void every_step_fails_in_turn(struct kunit *test)
{
	static const size_t sizes[] = { 8, 1000, 32768, 40000, 1 << 20 };
	unsigned int i, j, steps = 0;
	int nth;

	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			for (nth = 1; fails_cleanly(test, sizes[j],
						    contexts[i], nth); nth++)
				KUNIT_ASSERT_LT(test, nth, 100);
			steps += nth - 1;
			cond_resched();
		}
	}
	kunit_info(test, "%u steps failed", steps);
	/* The request itself, span and arena metadata, the pages at least */
	KUNIT_EXPECT_GE(test, steps,
			4U * (ARRAY_SIZE(contexts) - 1) * ARRAY_SIZE(sizes));
}

/*
 * Steps of the first request for an object to a heap of its own, which may have
 * served one of that class before, each of which fails in turn
 */
static unsigned int steps_of_first(struct kunit *test, bool used)
{
	struct gomalloc_heap *heap;
	bool failed = true;
	int nth;
	void *p;

	/* Each step is of this CPU, which makes its cache in the first use */
	migrate_disable();
	for (nth = 1; failed && nth < 100; nth++) {
		heap = make_heap(test, "first", 0, 0);
		if (used)
			gofree(got(test, gomalloc_heap_alloc(heap, 1000,
							     GFP_KERNEL, 0)));
		gomalloc_heap_trim(heap);
		fail_nth(test, nth);
		p = gomalloc_heap_alloc(heap, 1000, GFP_NOWAIT | __GFP_NOWARN, 0);
		failed = has_failed();
		KUNIT_EXPECT_TRUE(test, p || failed);
		KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(heap), 0);
		gofree(p);
		destroy_heap(test, heap);
	}
	migrate_enable();
	KUNIT_EXPECT_FALSE(test, failed);
	return nth - 2;
}

/* Where its pages are in a part of memory that had none yet, the page map takes a step, too */
static unsigned int least_steps_of_first(struct kunit *test, bool used)
{
	unsigned int i, least = UINT_MAX;

	for (i = 0; i < 4; i++)
		least = min(least, steps_of_first(test, used));
	return least;
}

/* It has two steps more than another: the mcentral of the class, the cache of the CPU */
static void the_first_object_of_a_class_fails_cleanly(struct kunit *test)
{
	/* Where nothing fails there need not be a heap */
	fail_nth(test, 0);
	KUNIT_EXPECT_EQ(test, least_steps_of_first(test, false),
			least_steps_of_first(test, true) + 2);
}

/* The object, or what names it: neither stays without the other */
static void each_step_of_a_device_fails_in_turn(struct kunit *test)
{
	struct device *dev = __root_device_register("gomalloc-kunit", NULL);
	u64 before = live_objects(gomalloc_default_heap);
	bool failed = true;
	int nth;
	void *p;

	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	for (nth = 1; failed; nth++) {
		KUNIT_ASSERT_LT(test, nth, 100);
		fail_nth(test, nth);
		p = devm_gomalloc(dev, 1000, GFP_KERNEL | __GFP_NOWARN);
		failed = has_failed();
		KUNIT_EXPECT_TRUE(test, p || failed);
		KUNIT_EXPECT_EQ(test, live_objects(gomalloc_default_heap), before + !!p);
		devm_gofree(dev, p);
	}
	KUNIT_EXPECT_EQ(test, live_objects(gomalloc_default_heap), before);
	root_device_unregister(dev);
}

TEST_SUITE(fail, FIXTURE,
	   KUNIT_CASE(requests_fail_as_often_as_is_wanted),
	   KUNIT_CASE(requests_that_must_not_fail_do_not),
	   KUNIT_CASE(every_step_fails_in_turn),
	   KUNIT_CASE(the_first_object_of_a_class_fails_cleanly),
	   KUNIT_CASE(each_step_of_a_device_fails_in_turn),
	   KUNIT_CASE(a_bulk_request_that_fails_leaves_nothing));
