/* SPDX-License-Identifier: GPL-2.0 */
/*
 * test - KUnit's interface, for a program that prints KTAP: see host/kunit.c
 */
#ifndef _KUNIT_TEST_H
#define _KUNIT_TEST_H

#include <host/kernel.h>

struct kunit;
struct kunit_suite;

/**
 * struct kunit_case - a test
 * @run_case: what it does
 * @name: its name
 */
struct kunit_case {
	void		(*run_case)(struct kunit *test);
	const char	*name;
};

/**
 * struct kunit_suite - tests that are set up alike
 * @name: its name
 * @suite_init: before the first
 * @suite_exit: after the last
 * @init: before each
 * @exit: after each, also of one that has failed
 * @test_cases: the tests; the last has no name
 * @next: of all suites
 */
struct kunit_suite {
	const char		*name;
	int			(*suite_init)(struct kunit_suite *suite);
	void			(*suite_exit)(struct kunit_suite *suite);
	int			(*init)(struct kunit *test);
	void			(*exit)(struct kunit *test);
	struct kunit_case	*test_cases;
	struct kunit_suite	*next;
};

/**
 * struct kunit - a test that runs
 * @priv: for the test
 * @name: its name
 * @failed: [racy] something was not as expected
 * @skipped: why it is skipped, or NULL
 * @resources: memory of the test
 * @abort: where it goes on when it is broken off
 */
struct kunit {
	void			*priv;
	const char		*name;
	bool			failed;
	const char		*skipped;
	struct list_head	resources;
	void			*abort;
};

#define KUNIT_CASE(test)	{ .run_case = (test), .name = #test }
#define kunit_test_suite(suite)						\
__attribute__((__constructor__)) static void suite##_register(void)	\
{									\
	kunit_register(&(suite));					\
}									\
									\
static_assert(sizeof(suite) > 0)

void kunit_register(struct kunit_suite *suite);
void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp);
void kunit_kfree(struct kunit *test, const void *p);
void kunit_fail(struct kunit *test, const char *file, int line,
		const char *what, long long left, long long right);
_Noreturn void kunit_abort(struct kunit *test);
void kunit_mark(struct kunit *test, const char *why);

#define kunit_mark_skipped(test, why, ...)	kunit_mark(test, why)
#define kunit_skip(test, why, ...)					\
do {									\
	kunit_mark(test, why);						\
	kunit_abort(test);						\
} while (0)
#define kunit_info(test, fmt, ...)	pr_info(fmt "\n", ##__VA_ARGS__)

/* What is compared is what it would be in the kernel: of two types, one */
#define host_expect(test, ok, left, right, text, fatal)			\
do {									\
	if (!(ok)) {							\
		kunit_fail(test, __FILE__, __LINE__, text, (long long)(left), \
			   (long long)(right));				\
		if (fatal)						\
			kunit_abort(test);				\
	}								\
} while (0)
#define host_compare(test, a, op, b, fatal)				\
do {									\
	typeof(a) _left = (a);						\
	typeof(b) _right = (b);						\
									\
	host_expect(test, _left op _right, _left, _right,		\
		    #a " " #op " " #b, fatal);				\
} while (0)
#define host_compare_pointers(test, a, op, b, fatal)			\
	host_compare(test, (unsigned long)(const void *)(a), op,	\
		     (unsigned long)(const void *)(b), fatal)

#define KUNIT_EXPECT_TRUE(test, x)	host_expect(test, !!(x), 0, 1, #x, false)
#define KUNIT_EXPECT_FALSE(test, x)	host_expect(test, !(x), 1, 0, "!" #x, false)
#define KUNIT_EXPECT_EQ(test, a, b)	host_compare(test, a, ==, b, false)
#define KUNIT_EXPECT_NE(test, a, b)	host_compare(test, a, !=, b, false)
#define KUNIT_EXPECT_LT(test, a, b)	host_compare(test, a, <, b, false)
#define KUNIT_EXPECT_LE(test, a, b)	host_compare(test, a, <=, b, false)
#define KUNIT_EXPECT_GT(test, a, b)	host_compare(test, a, >, b, false)
#define KUNIT_EXPECT_GE(test, a, b)	host_compare(test, a, >=, b, false)
#define KUNIT_EXPECT_PTR_EQ(test, a, b)	host_compare_pointers(test, a, ==, b, false)
#define KUNIT_EXPECT_PTR_NE(test, a, b)	host_compare_pointers(test, a, !=, b, false)
#define KUNIT_EXPECT_NULL(test, p)	host_compare_pointers(test, p, ==, NULL, false)
#define KUNIT_EXPECT_NOT_NULL(test, p)	host_compare_pointers(test, p, !=, NULL, false)
#define KUNIT_EXPECT_TRUE_MSG(test, x, ...)	KUNIT_EXPECT_TRUE(test, x)
#define KUNIT_EXPECT_EQ_MSG(test, a, b, ...)	KUNIT_EXPECT_EQ(test, a, b)
#define KUNIT_EXPECT_LE_MSG(test, a, b, ...)	KUNIT_EXPECT_LE(test, a, b)
#define KUNIT_EXPECT_STREQ(test, a, b) \
	host_expect(test, !strcmp(a, b), 0, 0, #a " is " #b, false)
#define KUNIT_ASSERT_TRUE(test, x)	host_expect(test, !!(x), 0, 1, #x, true)
#define KUNIT_ASSERT_FALSE(test, x)	host_expect(test, !(x), 1, 0, "!" #x, true)
#define KUNIT_ASSERT_EQ(test, a, b)	host_compare(test, a, ==, b, true)
#define KUNIT_ASSERT_NE(test, a, b)	host_compare(test, a, !=, b, true)
#define KUNIT_ASSERT_LT(test, a, b)	host_compare(test, a, <, b, true)
#define KUNIT_ASSERT_LE(test, a, b)	host_compare(test, a, <=, b, true)
#define KUNIT_ASSERT_GT(test, a, b)	host_compare(test, a, >, b, true)
#define KUNIT_ASSERT_GE(test, a, b)	host_compare(test, a, >=, b, true)
#define KUNIT_ASSERT_PTR_EQ(test, a, b)	host_compare_pointers(test, a, ==, b, true)
#define KUNIT_ASSERT_PTR_NE(test, a, b)	host_compare_pointers(test, a, !=, b, true)
#define KUNIT_ASSERT_NULL(test, p)	host_compare_pointers(test, p, ==, NULL, true)
#define KUNIT_ASSERT_NOT_NULL(test, p)	host_compare_pointers(test, p, !=, NULL, true)
#define KUNIT_ASSERT_TRUE_MSG(test, x, ...)	KUNIT_ASSERT_TRUE(test, x)

#endif /* _KUNIT_TEST_H */
