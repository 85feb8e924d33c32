// SPDX-License-Identifier: GPL-2.0
/*
 * Does gomalloc_heap_validate() see what is wrong, and nothing where all is
 * well? Each fault is planted, found, and taken back.
 */
#include "fixture.h"

#define NR	200

static void expect_valid(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)), 0);
	KUNIT_EXPECT_EQ(test, validate_heap_live(test_heap(test)), 0);
}

/* Something is missing: if somebody were at work, he might have it */
static void expect_missing(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)),
			-EUCLEAN);
	KUNIT_EXPECT_EQ(test, validate_heap_live(test_heap(test)), 0);
}

static void expect_invalid(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)),
			-EUCLEAN);
	KUNIT_EXPECT_EQ(test, validate_heap_live(test_heap(test)), -EUCLEAN);
}

/* An object of a span of which others are free */
static void *object(struct kunit *test)
{
	void *p = heap_object(test, 64);

	KUNIT_ASSERT_GT(test, mspan_count_free(pagemap_entry(p)), 0U);
	return p;
}

/* The lowest bit of the first word that has one */
static unsigned long free_bit(const struct mspan *span, unsigned int *word)
{
	*word = 0;
	while (!span->free[*word])
		++*word;
	return span->free[*word] & -span->free[*word];
}

static void heaps_in_use_are_valid(struct kunit *test)
{
	void **p = scratch(test, NR * sizeof(*p));
	unsigned int i, round;

	for (round = 0; round < 4; round++) {
		for (i = round; i < NR; i += round + 1) {
			gofree(p[i]);
			p[i] = gomalloc_heap_alloc(test_heap(test),
						   1 + i * i * (round + 1),
						   GFP_KERNEL,
						   i & 1 ? GOMALLOC_NOSCAN : 0);
		}
		expect_valid(test);
	}
	free_objects(p, NR);
	expect_valid(test);
}

static void an_object_that_is_free_twice_is_found(struct kunit *test)
{
	void *p = object(test);
	struct mspan *span = pagemap_entry(p);
	unsigned int word;
	unsigned long bit = free_bit(span, &word);

	atomic_long_or(bit, &span->remote[word]);
	atomic_inc(&span->nremote);
	expect_invalid(test);
	atomic_long_andnot(bit, &span->remote[word]);
	atomic_dec(&span->nremote);
	expect_valid(test);
	gofree(p);
}

static void an_object_in_use_that_is_free_is_found(struct kunit *test)
{
	void *p = object(test);
	struct mspan *span = pagemap_entry(p);
	unsigned int index = mspan_index(span, p);

	__set_bit(index, span->free);
	expect_invalid(test);
	__clear_bit(index, span->free);
	expect_valid(test);
	gofree(p);
}

static void an_object_that_is_lost_is_found(struct kunit *test)
{
	void *p = object(test);
	struct mspan *span = pagemap_entry(p);
	unsigned int word;
	unsigned long bit = free_bit(span, &word);

	span->free[word] &= ~bit;
	expect_missing(test);
	span->free[word] |= bit;
	expect_valid(test);
	gofree(p);
}

static void a_span_that_is_miscounted_is_found(struct kunit *test)
{
	void *p = object(test);
	struct mspan *span = pagemap_entry(p);

	span->central->nr_full++;
	expect_invalid(test);
	span->central->nr_full--;
	expect_valid(test);
	gofree(p);
}

static void a_page_that_is_miscounted_is_found(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p = object(test);

	atomic_long_inc(&heap->held_pages);
	expect_missing(test);
	atomic_long_sub(2, &heap->held_pages);
	expect_invalid(test);
	atomic_long_inc(&heap->held_pages);
	expect_valid(test);
	gofree(p);
}

static void a_page_that_leads_elsewhere_is_found(struct kunit *test)
{
	void *p = object(test);
	struct mspan *span = pagemap_entry(p);

	pagemap_set(span->base, 1, &pagemap_free_page);
	expect_invalid(test);
	pagemap_set(span->base, 1, span);
	expect_valid(test);
	gofree(p);
}

/*
 * Whoever makes a span may be stopped before he has entered all its pages. A
 * freed object that is cached leaves one like that, in which nothing is lost.
 */
static void a_span_without_objects_may_lack_pages_in_use(struct kunit *test)
{
	struct mspan *span;
	unsigned long last;
	void *p;

	migrate_disable();
	p = heap_object(test, 2 * PAGE_SIZE);
	gofree(p);
	expect_valid(test);
	span = pagemap_entry(p);
	KUNIT_EXPECT_EQ(test, span->npages, 2);
	last = (unsigned long)p + PAGE_SIZE;
	pagemap_set(last, 1, &pagemap_free_page);
	expect_missing(test);
	pagemap_set(last, 1, &pagemap_foreign_page);
	expect_invalid(test);
	pagemap_set(last, 1, span);
	KUNIT_EXPECT_PTR_EQ(test, heap_object(test, 2 * PAGE_SIZE), p);
	migrate_enable();
	pagemap_set(last, 1, &pagemap_free_page);
	expect_invalid(test);
	pagemap_set(last, 1, span);
	expect_valid(test);
	gofree(p);
}

static void mapped_objects_are_counted(struct kunit *test)
{
	void *p = got(test, gokvmalloc(8 << 20, GFP_KERNEL));

	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(NULL), 0);
	gofree(p);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(NULL), 0);
}

TEST_SUITE(validate, FIXTURE,
	   KUNIT_CASE(heaps_in_use_are_valid),
	   KUNIT_CASE(an_object_that_is_free_twice_is_found),
	   KUNIT_CASE(an_object_in_use_that_is_free_is_found),
	   KUNIT_CASE(an_object_that_is_lost_is_found),
	   KUNIT_CASE(a_span_that_is_miscounted_is_found),
	   KUNIT_CASE(a_page_that_is_miscounted_is_found),
	   KUNIT_CASE(a_page_that_leads_elsewhere_is_found),
	   KUNIT_CASE(a_span_without_objects_may_lack_pages_in_use),
	   KUNIT_CASE(mapped_objects_are_counted));
