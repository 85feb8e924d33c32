// SPDX-License-Identifier: GPL-2.0
/*
 * Whole blocks, of 2 MiB: they are released as such, and broken last.
 */
#include <linux/mm.h>
#include <linux/sort.h>

#include "fixture.h"
#include "marena.h"

/* Pages of an arena that is no whole block */
#define SMALL	(MARENA_BLOCK / 4)

/* Two spans that fill an arena: its last page, and all others */
struct pair {
	struct mspan	*most;
	struct mspan	*last;
};

static int by_address(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->most->base < y->most->base ? -1 : 1;
}

/* @nr arenas of @npages each, lowest first. Small ones have to be made before. */
static void make_pairs(struct kunit *test, struct pair *pair, unsigned int nr,
		       unsigned int npages)
{
	struct mheap *h = test_mheap(test);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		pair[i].most = got(test, mheap_alloc(h, 0, npages - 1, GFP_KERNEL));
		pair[i].last = got(test, mheap_alloc(h, 0, 1, GFP_KERNEL));
		KUNIT_ASSERT_PTR_EQ(test, pair[i].most->arena, pair[i].last->arena);
		KUNIT_ASSERT_EQ(test, pair[i].most->arena->npages, npages);
	}
	sort(pair, nr, sizeof(*pair), by_address, NULL);
}

static void free_once(struct mspan **span)
{
	if (*span)
		mheap_free(*span);
	*span = NULL;
}

static void free_last(struct pair *pair, unsigned int nr)
{
	while (nr--)
		free_once(&pair[nr].last);
}

static void free_most(struct pair *pair, unsigned int nr)
{
	while (nr--)
		free_once(&pair[nr].most);
}

static u64 counted(struct kunit *test, enum ledger_event event)
{
	return ledger_sum_counter(test_heap(test), event);
}

/* A step of @most pages, of which the scavenger takes none */
static size_t release_step(struct kunit *test, size_t most)
{
	struct mheap *h = test_mheap(test);

	cancel_delayed_work_sync(&test_heap(test)->scavenge_work);
	return mrelease_pages(h, h->held_pages - most, most);
}

static bool is_released(unsigned long base)
{
	return pagemap_entry((void *)base) == &pagemap_foreign_page;
}

static void expect_released(struct kunit *test, const unsigned long *base,
			    unsigned int nr, unsigned int released)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, is_released(base[i]), i < released);
}

/* However many there are of the others, a few looks find a whole one */
static void expect_whole_first(struct kunit *test, struct mheap *h)
{
	struct marena *arena;
	bool broken = false;

	list_for_each_entry(arena, &h->empty, empty) {
		broken |= !marena_is_whole(arena);
		KUNIT_EXPECT_EQ(test, marena_is_whole(arena), !broken);
	}
}

static void empty_whole_blocks_are_released_first(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct pair small[4], block[3];
	unsigned long base[7];
	unsigned int i;

	make_pairs(test, small, 3, SMALL);
	/* What was a block and has a page less is as good as a small one */
	make_pairs(test, small + 3, 1, MARENA_BLOCK);
	free_last(small + 3, 1);
	KUNIT_ASSERT_EQ(test, release_step(test, 1), (size_t)1);
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 1ULL);
	sort(small, 4, sizeof(*small), by_address, NULL);
	make_pairs(test, block, 3, MARENA_BLOCK);
	for (i = 0; i < 3; i++)
		base[i] = block[2 - i].most->base;
	for (i = 0; i < 4; i++)
		base[3 + i] = small[3 - i].most->base;
	for (i = 0; i < 7; i++) {
		free_most(i & 1 ? block + i / 2 : small + i / 2, 1);
		free_last(i & 1 ? block + i / 2 : small + i / 2, 1);
	}
	expect_whole_first(test, h);
	for (i = 0; i < 7; i++) {
		expect_released(test, base, 7, i);
		release_step(test, 1);
		KUNIT_EXPECT_EQ(test, counted(test, LEDGER_RELEASE_BLOCK),
				min(i + 1, 3U) + 0ULL);
	}
	expect_released(test, base, 7, 7);
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_RELEASE_ARENA), 7ULL);
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 1ULL);
	KUNIT_EXPECT_EQ(test, h->nr_arenas, 0U);
}

static void whole_blocks_are_broken_last(struct kunit *test)
{
	struct pair small[2], block[2];
	unsigned long base[4];
	unsigned int i;

	make_pairs(test, small, 2, SMALL);
	make_pairs(test, block, 2, MARENA_BLOCK);
	for (i = 0; i < 2; i++) {
		base[i] = small[1 - i].most->base;
		base[2 + i] = block[1 - i].most->base;
	}
	free_most(small, 2);
	free_most(block, 2);
	for (i = 0; i < 2; i++) {
		expect_released(test, base, 4, i);
		KUNIT_EXPECT_EQ(test, release_step(test, SMALL - 1), SMALL - 1UL);
		KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 0ULL);
	}
	/* One that has lost a page loses all others before the next one does */
	for (i = 2; i < 4; i++) {
		expect_released(test, base, 4, i);
		KUNIT_EXPECT_EQ(test, release_step(test, 1), (size_t)1);
		KUNIT_EXPECT_EQ(test, release_step(test, MARENA_BLOCK - 2),
				MARENA_BLOCK - 2UL);
		KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), i - 1ULL);
	}
	expect_released(test, base, 4, 4);
	KUNIT_EXPECT_TRUE(test, mwalk_valid(test_mheap(test)));
	free_last(small, 2);
	free_last(block, 2);
	expect_all_released(test, test_heap(test));
}

static void a_page_that_others_refer_to_breaks_its_block(struct kunit *test)
{
	struct pair block[2];
	struct page *page;

	make_pairs(test, block, 2, MARENA_BLOCK);
	page = virt_to_page((void *)block[0].most->base);
	get_page(page);
	free_most(block, 2);
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 1ULL);
	KUNIT_EXPECT_TRUE(test, mwalk_valid(test_mheap(test)));
	/* Its other pages go before those of the one above it do */
	release_step(test, MARENA_BLOCK - 2);
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 1ULL);
	put_page(page);
	free_last(block, 2);
	expect_all_released(test, test_heap(test));
}

/* One step sees what was in use at most, the next what is */
static void scavenge(struct kunit *test)
{
	mrelease_scavenge(test_mheap(test), false);
	KUNIT_EXPECT_FALSE(test, mrelease_scavenge(test_mheap(test), false));
}

static void the_scavenger_breaks_a_block_for_no_less_than_one(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct pair block[3];
	unsigned long lowest;

	make_pairs(test, block, 3, MARENA_BLOCK);
	lowest = block[0].most->base;
	free_most(block + 2, 1);
	scavenge(test);
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 0ULL);
	KUNIT_EXPECT_EQ(test, h->held_pages, 3UL * MARENA_BLOCK);
	free_most(block, 2);
	scavenge(test);
	/* Two give the heap all that they have, and one is whole */
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 2ULL);
	KUNIT_EXPECT_EQ(test, h->held_pages, MARENA_BLOCK + 2UL);
	KUNIT_EXPECT_FALSE(test, is_released(lowest));
	free_last(block, 3);
	expect_all_released(test, test_heap(test));
}

/* And what page reclaim leaves of a block that it broke is looked after */
static void a_whole_block_does_not_keep_the_scavenger_awake(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct mheap *h = test_mheap(test);
	struct pair block;
	int looks;

	make_pairs(test, &block, 1, MARENA_BLOCK);
	free_most(&block, 1);
	for (looks = 0; looks < 5; looks++)
		look_and_wait(heap);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&heap->scavenge_work));
	KUNIT_EXPECT_EQ(test, h->held_pages, MARENA_BLOCK + 0UL);
	KUNIT_EXPECT_TRUE(test, mrelease_has_surplus(h));
	/* As page reclaim does */
	KUNIT_EXPECT_EQ(test, mrelease_pages(h, 0, 10), (size_t)10);
	KUNIT_EXPECT_EQ(test, counted(test, LEDGER_BREAK_BLOCK), 1ULL);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&heap->scavenge_work));
	for (looks = 0; looks < 5; looks++)
		look_and_wait(heap);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&heap->scavenge_work));
	KUNIT_EXPECT_EQ(test, h->held_pages, 1UL);
	free_last(&block, 1);
	expect_all_released(test, heap);
}

TEST_SUITE(block, FIXTURE,
	   KUNIT_CASE(empty_whole_blocks_are_released_first),
	   KUNIT_CASE(whole_blocks_are_broken_last),
	   KUNIT_CASE(a_page_that_others_refer_to_breaks_its_block),
	   KUNIT_CASE(the_scavenger_breaks_a_block_for_no_less_than_one),
	   KUNIT_CASE(a_whole_block_does_not_keep_the_scavenger_awake));
