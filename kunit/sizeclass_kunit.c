// SPDX-License-Identifier: GPL-2.0
/*
 * Size classes: the tables against their definition.
 */
#include "fixture.h"

/* Go's choice: the smallest class that holds the size */
static unsigned int go_class(size_t size)
{
	unsigned int class = 0;

	while (class_to_size[class] < size)
		class++;
	return class;
}

static size_t align_of(size_t size)
{
	return size & -size;
}

/* That of all sizes that have a slot of the table with this one */
static size_t slot_of(size_t size)
{
	return size <= SMALL_SIZE_MAX ? round_up(size, SMALL_SIZE_DIV) :
					round_up(size, LARGE_SIZE_DIV);
}

static void every_size_gets_the_smallest_class_that_is_aligned_for_it(struct kunit *test)
{
	unsigned int class, better;
	size_t size, slot;

	for (size = 1; size <= MAX_SMALL_SIZE; size++) {
		class = size_to_class(size);
		slot = slot_of(size);
		KUNIT_ASSERT_GE(test, (size_t)class_to_size[class], size);
		KUNIT_ASSERT_GE(test, align_of(class_to_size[class]),
				align_of(size));
		for (better = go_class(size); better < class; better++)
			KUNIT_ASSERT_LT(test, align_of(class_to_size[better]),
					align_of(slot));
	}
}

static void sizes_at_the_seams_are_small(struct kunit *test)
{
	size_t size;

	for (size = 1017; size <= 1024; size++)
		KUNIT_EXPECT_EQ(test, size_to_class(size), 32U);
	KUNIT_EXPECT_EQ(test, size_to_class(1025), 33U);
	for (size = 32761; size <= 32768; size++)
		KUNIT_EXPECT_EQ(test, size_to_class(size), 67U);
}

static void the_compiler_and_the_table_agree(struct kunit *test)
{
	size_t size;

	for (size = 1; size <= MAX_SMALL_SIZE; size++)
		KUNIT_ASSERT_EQ(test, gomalloc_size_class(size),
				size_to_class(size));
	KUNIT_EXPECT_EQ(test, gomalloc_size_class(MAX_SMALL_SIZE + 1), 0U);
}

static void classes_are_those_of_go(struct kunit *test)
{
	unsigned int i, sum8 = 0, sum128 = 0;

	for (i = 0; i < ARRAY_SIZE(size_to_class8); i++)
		sum8 += go_class(i * SMALL_SIZE_DIV);
	for (i = 0; i < ARRAY_SIZE(size_to_class128); i++)
		sum128 += go_class(SMALL_SIZE_MAX + i * LARGE_SIZE_DIV);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(size_to_class8), 129UL);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(size_to_class128), 249UL);
	KUNIT_EXPECT_EQ(test, sum8, 2972U);
	KUNIT_EXPECT_EQ(test, sum128, 14342U);
}

static void the_multiplier_divides_every_offset(struct kunit *test)
{
	unsigned int class, size;
	u64 offset, bytes;

	for (class = 1; class < NUM_SIZE_CLASSES; class++) {
		size = class_to_size[class];
		bytes = (u64)class_to_pages(class) << PAGE_SHIFT;
		for (offset = 0; offset < bytes; offset += offset < 512 ? 1 : 7)
			KUNIT_ASSERT_EQ(test,
					offset * class_to_divmagic[class] >> 32,
					div_u64(offset, size));
	}
}

static void a_span_wastes_an_eighth_of_itself_at_most(struct kunit *test)
{
	unsigned int class, bytes;

	for (class = 1; class < NUM_SIZE_CLASSES; class++) {
		bytes = class_to_pages(class) << PAGE_SHIFT;
		KUNIT_EXPECT_LE(test, bytes % class_to_size[class], bytes / 8);
	}
}

TEST_SUITE(sizeclass, NO_FIXTURE,
	   KUNIT_CASE(every_size_gets_the_smallest_class_that_is_aligned_for_it),
	   KUNIT_CASE(sizes_at_the_seams_are_small),
	   KUNIT_CASE(the_compiler_and_the_table_agree),
	   KUNIT_CASE(classes_are_those_of_go),
	   KUNIT_CASE(the_multiplier_divides_every_offset),
	   KUNIT_CASE(a_span_wastes_an_eighth_of_itself_at_most));
