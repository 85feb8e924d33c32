// SPDX-License-Identifier: GPL-2.0
/*
 * copy: what may be copied to and from user space
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "fixture.h"

static u64 refused(struct kunit *test)
{
	return atomic_long_read(&test_heap(test)->misuses[GOMALLOC_COPY]);
}

/* All of it, any part, and not a byte more */
static void expect_bounds(struct kunit *test, const u8 *p, size_t size)
{
	u64 before = refused(test);

	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(p, size));
	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(p + size / 2, size - size / 2));
	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(p + size - 1, 1));
	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(p, 0));
	KUNIT_EXPECT_EQ(test, refused(test), before);
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p, size + 1));
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p + size - 1, 2));
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p, SIZE_MAX));
	KUNIT_EXPECT_EQ(test, refused(test), before + 3);
}

static void a_copy_stays_within_its_object(struct kunit *test)
{
	static const size_t sizes[] = { 8, 24, 100, 4096, 32768, 100000, SZ_1M };
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = heap_object(test, sizes[i]);
		expect_bounds(test, p, gosize(p));
		gofree(p);
	}
}

/* Up to the next one in the block */
static void a_copy_stays_within_a_tiny_object(struct kunit *test)
{
	void *p[3];
	int i;

	migrate_disable();
	for (i = 0; i < 3; i++)
		p[i] = gomalloc_heap_alloc(test_heap(test), 4, GFP_KERNEL,
					   GOMALLOC_NOSCAN);
	migrate_enable();
	for (i = 0; i < 3; i++)
		expect_bounds(test, p[i], gosize(p[i]));
	gofree(p[1]);
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p[1], 13));
	gofree(p[0]);
	gofree(p[2]);
}

static void what_is_not_live_is_not_copied(struct kunit *test)
{
	void *keep = heap_object(test, 200), *p = heap_object(test, 200);

	gofree(p);
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p, 1));
	KUNIT_EXPECT_FALSE(test, gomalloc_check_copy(p + 100, 1));
	gofree(keep);
}

static void memory_of_others_is_not_judged(struct kunit *test)
{
	void *k = kmalloc(100, GFP_KERNEL), *v = gokvmalloc(5 << 20, GFP_KERNEL);
	int on_the_stack;

	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(k, 1000));
	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(&on_the_stack, 1000));
	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(v + 100, 1000));
	KUNIT_EXPECT_TRUE(test, gomalloc_check_copy(NULL, 10));
	gofree(v);
	kfree(k);
}

static struct kunit_case copy_cases[] = {
	KUNIT_CASE(a_copy_stays_within_its_object),
	KUNIT_CASE(a_copy_stays_within_a_tiny_object),
	KUNIT_CASE(what_is_not_live_is_not_copied),
	KUNIT_CASE(memory_of_others_is_not_judged),
	{}
};

static struct kunit_suite copy_suite = {
	.name = "gomalloc_copy",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = copy_cases,
};

kunit_test_suite(copy_suite);
