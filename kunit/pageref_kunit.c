// SPDX-License-Identifier: GPL-2.0
/*
 * pageref: a page is ours until nothing of ours is in it, and then whose it is.
 */
#include <linux/mm.h>
#include <linux/net.h>

#include "pageref.h"
#include "suite.h"

/* A page of ours */
static struct page *taken(struct kunit *test)
{
	struct page *page = got(test, alloc_page(GFP_KERNEL));

	pageref_take(page, 1);
	return page;
}

static void release(struct kunit *test, struct page *page)
{
	unsigned int puts = 0;

	KUNIT_EXPECT_TRUE(test, pageref_all_idle(page, 1));
	pageref_release(page, 1, &puts);
	KUNIT_EXPECT_EQ(test, puts, 0U);
}

static void a_put_of_others_frees_nothing(struct kunit *test)
{
	struct page *page = taken(test);
	unsigned int i, puts = 0;

	for (i = 0; i < 300; i++)
		put_page(page);
	KUNIT_EXPECT_FALSE(test, pageref_all_idle(page, 1));
	KUNIT_EXPECT_EQ(test, pageref_count_puts(page, 1), 300U);
	KUNIT_EXPECT_TRUE(test, pageref_settle(page, &puts));
	KUNIT_EXPECT_EQ(test, puts, 300U);
	KUNIT_EXPECT_EQ(test, pageref_count_puts(page, 1), 0U);
	release(test, page);
}

static void a_reference_that_was_dropped_leaves_no_trace(struct kunit *test)
{
	struct page *page = taken(test);

	get_page(page);
	get_page(page);
	KUNIT_EXPECT_FALSE(test, pageref_all_idle(page, 1));
	KUNIT_EXPECT_EQ(test, pageref_count_puts(page, 1), 0U);
	put_page(page);
	put_page(page);
	release(test, page);
}

static void a_page_of_others_is_left_to_them(struct kunit *test)
{
	struct page *page = taken(test);
	unsigned int puts = 0;

	get_page(page);
	get_page(page);
	KUNIT_EXPECT_FALSE(test, pageref_settle(page, &puts));
	KUNIT_EXPECT_EQ(test, puts, 0U);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);
	put_page(page);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

static void a_page_that_is_released_may_be_of_others(struct kunit *test)
{
	struct page *page = taken(test);
	unsigned int puts = 0;

	get_page(page);
	pageref_release(page, 1, &puts);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

static void only_a_lent_page_may_be_sent(struct kunit *test)
{
	struct page *page = taken(test);
	unsigned int puts = 0;

	KUNIT_EXPECT_FALSE(test, sendpage_ok(page));
	pageref_lend(page, 1);
	pageref_lend(page, 1);
	KUNIT_EXPECT_TRUE(test, sendpage_ok(page));
	KUNIT_EXPECT_FALSE(test, pageref_all_idle(page, 1));
	put_page(page);
	KUNIT_EXPECT_EQ(test, pageref_count_puts(page, 1), 1U);
	KUNIT_EXPECT_TRUE(test, pageref_settle(page, &puts));
	KUNIT_EXPECT_EQ(test, puts, 1U);
	KUNIT_EXPECT_FALSE(test, sendpage_ok(page));
	release(test, page);
}

static void a_lent_page_is_left_to_others_with_what_they_have(struct kunit *test)
{
	struct page *page = taken(test);
	unsigned int puts = 0;

	get_page(page);
	pageref_lend(page, 1);
	get_page(page);
	KUNIT_EXPECT_FALSE(test, pageref_settle(page, &puts));
	KUNIT_EXPECT_EQ(test, page_count(page), 2);
	put_page(page);
	put_page(page);
}

/* Each of up to nine may be the one, whatever is looked at in one step */
static void one_page_of_many_is_noticed(struct kunit *test)
{
	struct page *pages = got(test, alloc_pages(GFP_KERNEL, 4));
	unsigned int i, n, puts = 0;

	split_page(pages, 4);
	pageref_take(pages, 16);
	for (n = 1; n <= 9; n++) {
		KUNIT_EXPECT_TRUE(test, pageref_all_idle(pages, n));
		for (i = 0; i < 16; i++) {
			get_page(pages + i);
			KUNIT_EXPECT_EQ(test, pageref_all_idle(pages, n), i >= n);
			put_page(pages + i);
		}
	}
	pageref_release(pages, 16, &puts);
	KUNIT_EXPECT_EQ(test, puts, 0U);
}

TEST_SUITE(pageref, NO_FIXTURE,
	   KUNIT_CASE(a_put_of_others_frees_nothing),
	   KUNIT_CASE(a_reference_that_was_dropped_leaves_no_trace),
	   KUNIT_CASE(a_page_of_others_is_left_to_them),
	   KUNIT_CASE(a_page_that_is_released_may_be_of_others),
	   KUNIT_CASE(only_a_lent_page_may_be_sent),
	   KUNIT_CASE(a_lent_page_is_left_to_others_with_what_they_have),
	   KUNIT_CASE(one_page_of_many_is_noticed));
