// SPDX-License-Identifier: GPL-2.0
/*
 * mheap: runs of pages, arenas, growth.
 */
#include <linux/nodemask.h>
#include <linux/prandom.h>
#include <linux/sched/mm.h>

#include "below.h"
#include "marena.h"
#include "mgrow.h"

/* A span of @npages without a class */
static struct mspan *run(struct kunit *test, unsigned int npages)
{
	return got(test, mheap_alloc(test_mheap(test), 0, npages, GFP_KERNEL));
}

/* Not a power of two, so that alignment is not asked for */
#define PAGES	3

/* An arena with room for a few of these: that of a new heap is of 64 KiB */
static void make_room(struct kunit *test)
{
	mheap_free(run(test, 16));
}

static void the_lowest_address_is_taken_first(struct kunit *test)
{
	struct mspan *span[5];
	unsigned long base[5];
	unsigned int i;

	make_room(test);
	for (i = 0; i < 5; i++) {
		span[i] = run(test, PAGES);
		base[i] = span[i]->base;
	}
	for (i = 1; i < 5; i++)
		KUNIT_EXPECT_EQ(test, base[i], base[i - 1] + PAGES * PAGE_SIZE);
	mheap_free(span[3]);
	mheap_free(span[1]);
	span[1] = run(test, PAGES);
	KUNIT_EXPECT_EQ(test, span[1]->base, base[1]);
	span[3] = run(test, PAGES);
	KUNIT_EXPECT_EQ(test, span[3]->base, base[3]);
	for (i = 0; i < 5; i++)
		mheap_free(span[i]);
}

static void neighbouring_runs_become_one(struct kunit *test)
{
	struct mspan *a, *b, *c, *both;
	unsigned long base;

	make_room(test);
	a = run(test, PAGES);
	b = run(test, PAGES);
	c = run(test, PAGES);
	base = a->base;
	mheap_free(b);
	mheap_free(a);
	both = run(test, 2 * PAGES);
	KUNIT_EXPECT_EQ(test, both->base, base);
	mheap_free(both);
	mheap_free(c);
	KUNIT_EXPECT_TRUE(test, mwalk_valid(test_mheap(test)));
}

/* In memory: a direct map may begin at a multiple of less than the largest */
static void powers_of_two_are_naturally_aligned(struct kunit *test)
{
	struct mspan *odd = run(test, 1), *span;
	unsigned int order;

	for (order = 0; order <= get_order(SZ_4M); order++) {
		span = run(test, 1 << order);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(__pa(span->base),
						   PAGE_SIZE << order));
		mheap_free(span);
	}
	mheap_free(odd);
}

static void empty_arenas_stay_a_while_and_then_go(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan *span[20];
	unsigned int i;

	for (i = 0; i < 20; i++)
		span[i] = run(test, SZ_2M / PAGE_SIZE - 1);
	KUNIT_EXPECT_GT(test, h->nr_arenas, 10U);
	for (i = 0; i < 20; i++)
		mheap_free(span[i]);
	KUNIT_EXPECT_GT(test, h->nr_arenas, 10U);
	KUNIT_EXPECT_EQ(test, h->used_pages, 0UL);
	/* The first look sees how much was in use, the second that it is not */
	mrelease_scavenge(h, false);
	KUNIT_EXPECT_GT(test, h->nr_arenas, 10U);
	mrelease_scavenge(h, false);
	KUNIT_EXPECT_EQ(test, h->nr_arenas, 0U);
	KUNIT_EXPECT_EQ(test, h->held_pages, 0UL);
}

static void a_node_counts_what_its_mheap_holds(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	atomic_long_t *held = &h->heap->sys->node_held[h->nid];
	struct mspan *span[20];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(span); i++)
		span[i] = run(test, SZ_1M / PAGE_SIZE - 1);
	KUNIT_EXPECT_GT(test, h->held_pages, 0UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(held), (long)h->held_pages);
	/* Whole arenas, and runs of others */
	for (i = 1; i < ARRAY_SIZE(span); i++)
		mheap_free(span[i]);
	mrelease_trim(h);
	KUNIT_EXPECT_EQ(test, h->held_pages, h->used_pages);
	KUNIT_EXPECT_EQ(test, atomic_long_read(held), (long)h->held_pages);
	mheap_free(span[0]);
	mrelease_trim(h);
	KUNIT_EXPECT_EQ(test, atomic_long_read(held), 0L);
}

/* In bytes, while the largest page block has up to 512 MiB */
static void growth_releases_a_few_mib_at_once(struct kunit *test)
{
	unsigned long held, mib = SZ_1M / PAGE_SIZE;
	struct mheap *h = test_mheap(test);
	struct mspan *span[16];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(span); i++)
		span[i] = run(test, 2 * mib);
	for (i = 0; i < ARRAY_SIZE(span); i++)
		mheap_free(span[i]);
	held = h->held_pages;
	mrelease_excess(h);
	KUNIT_EXPECT_LE(test, h->held_pages, held - 4 * mib);
	KUNIT_EXPECT_GE(test, h->held_pages, held - 6 * mib);
}

static void growth_is_a_part_of_what_is_in_use(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan *span = run(test, 1), *large;

	KUNIT_EXPECT_EQ(test, h->held_pages, max(SZ_64K / PAGE_SIZE, 1UL));
	mheap_free(span);
	span = run(test, 17);
	KUNIT_EXPECT_LE(test, h->held_pages, 48UL);
	mheap_free(span);
	large = run(test, 1024);
	/* A sixteenth of it, or what the request needs */
	span = run(test, 100);
	KUNIT_EXPECT_LE(test, h->held_pages, 1024UL + 48 + 128);
	KUNIT_EXPECT_GE(test, h->held_pages, 1024UL + 128);
	mheap_free(span);
	mheap_free(large);
}

static void growth_takes_a_small_block_where_a_large_one_is_refused(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan *a, *b;

	h->heap->limit_pages = 5;
	a = mheap_alloc(h, 0, 3, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, a);
	KUNIT_EXPECT_EQ(test, h->held_pages, 4UL);
	/* With the page that was left over released, the limit suffices */
	KUNIT_EXPECT_NULL(test, mheap_alloc(h, 0, 2, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, mrelease_heap(h->heap, 2), 1UL);
	b = mheap_alloc(h, 0, 2, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, b);
	KUNIT_EXPECT_EQ(test, h->held_pages, 5UL);
	KUNIT_EXPECT_NULL(test, mheap_alloc(h, 0, 1, GFP_KERNEL | __GFP_NOWARN));
	if (a)
		mheap_free(a);
	if (b)
		mheap_free(b);
}

static bool overlaps(struct mspan **spans, unsigned int nr, struct mspan *span)
{
	unsigned long end = span->base + span->npages * PAGE_SIZE;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (spans[i] && spans[i] != span && spans[i]->base < end &&
		    span->base < spans[i]->base + spans[i]->npages * PAGE_SIZE)
			return true;
	}
	return false;
}

/* The largest: of a few MiB, whatever the size of a page */
#define LONG_RUN	min_t(unsigned int, 600, SZ_4M / PAGE_SIZE)

static void random_runs_keep_the_accounts(struct kunit *test)
{
	struct mspan **spans;
	struct rnd_state rnd;
	unsigned int i, at;

	spans = scratch(test, 64 * sizeof(*spans));
	prandom_seed_state(&rnd, 42);
	for (i = 0; i < 3000; i++) {
		at = prandom_u32_state(&rnd) % 64;
		if (spans[at]) {
			mheap_free(spans[at]);
			spans[at] = NULL;
		} else {
			spans[at] = run(test, 1 + prandom_u32_state(&rnd) %
					(i % 50 ? 20 : LONG_RUN));
			KUNIT_ASSERT_FALSE(test, overlaps(spans, 64, spans[at]));
		}
		if (i % 64 == 0)
			mrelease_pages(test_mheap(test), 0, i % 200);
		KUNIT_ASSERT_TRUE(test, mwalk_valid(test_mheap(test)));
	}
	for (at = 0; at < 64; at++) {
		if (spans[at])
			mheap_free(spans[at]);
	}
}

static void a_walk_meets_each_span_once(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan *span[10], *found;
	struct mwalk walk = {};
	unsigned long flags;
	unsigned int i, met = 0;

	for (i = 0; i < 10; i++)
		span[i] = run(test, 1 + i * 37);
	do {
		raw_spin_lock_irqsave(&h->lock, flags);
		found = mwalk_next_span_locked(h, &walk);
		raw_spin_unlock_irqrestore(&h->lock, flags);
		for (i = 0; i < 10; i++)
			met += found && found == span[i];
	} while (found);
	KUNIT_EXPECT_EQ(test, met, 10U);
	for (i = 0; i < 10; i++)
		mheap_free(span[i]);
}

static void each_page_of_a_span_leads_to_it_while_it_lives(struct kunit *test)
{
	static const unsigned int lengths[] = { 1, 3, 8, 75, 600, 1024 };
	struct mspan *span;
	unsigned long base;
	unsigned int i, page;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		span = run(test, lengths[i]);
		base = span->base;
		for (page = 0; page < lengths[i]; page++)
			KUNIT_ASSERT_PTR_EQ(test, span_of((void *)base +
						page * PAGE_SIZE), span);
		mheap_free(span);
		KUNIT_EXPECT_PTR_EQ(test, pagemap_entry((void *)base),
				    &pagemap_free_page);
		mrelease_trim(test_mheap(test));
		KUNIT_EXPECT_PTR_EQ(test, pagemap_entry((void *)base),
				    &pagemap_foreign_page);
	}
}

static void reclaim_gets_what_it_needs_and_no_more(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan *large[8], *span;
	unsigned long held;
	unsigned int i, flags;

	for (i = 0; i < 8; i++) {
		large[i] = run(test, SZ_4M / PAGE_SIZE);
		KUNIT_ASSERT_TRUE(test, large[i]);
	}
	/* In a heap of this size an arena has 2 MiB */
	mrelease_trim(h);
	held = h->held_pages;
	flags = memalloc_noreclaim_save();
	span = run(test, 2);
	memalloc_noreclaim_restore(flags);
	KUNIT_ASSERT_TRUE(test, span);
	KUNIT_EXPECT_LE(test, h->held_pages - held, 16UL);
	mheap_free(span);
	for (i = 0; i < 8; i++)
		mheap_free(large[i]);
}

/* All that this node gives without effort */
static void hog_node(struct list_head *pages)
{
	gfp_t gfp = __GFP_THISNODE | __GFP_NORETRY | __GFP_NOWARN |
		    __GFP_NOMEMALLOC;
	struct page *page;

	while ((page = alloc_pages_node(numa_mem_id(), gfp, 0))) {
		list_add(&page->lru, pages);
		cond_resched();
	}
}

#define SPANS	200

static void a_full_node_grows_elsewhere_as_it_would_here(struct kunit *test)
{
	struct mspan *span[SPANS];
	struct page *page, *next;
	unsigned long grows = 0;
	LIST_HEAD(pages);
	struct mheap *h;
	unsigned int i;

	if (num_online_nodes() < 2)
		kunit_skip(test, "one node");
	hog_node(&pages);
	for (i = 0; i < SPANS; i++)
		span[i] = run(test, 2);
	list_for_each_entry_safe(page, next, &pages, lru)
		__free_page(page);
	for (i = 0; i < SPANS; i++) {
		KUNIT_EXPECT_TRUE(test, span[i]);
		if (span[i])
			mheap_free(span[i]);
	}
	for_each_mheap(h, test_heap(test), i)
		grows += h->grows;
	/* 64 KiB each, at least, but for some at the end of this node's */
	KUNIT_EXPECT_LE(test, grows, SPANS / 4UL);
}

/* At least so many spans of a page, by which arenas get holes, and at most */
#define CROWD		4096
#define CROWD_MOST	(4 * CROWD)

/* Of eight pages, six without an aligned run of four; of each sixth, such a run */
static bool is_hole(const struct mspan *span)
{
	unsigned int page = span->base / PAGE_SIZE % 8;

	return span->base / PAGE_SIZE / 8 % 6 ? page > 0 && page < 7 : page < 4;
}

/* Fills all pages, wherever they are, with spans of a page. Return: how many. */
static unsigned int crowd(struct kunit *test, struct mspan **span)
{
	struct mheap *h = test_mheap(test);
	unsigned int n;

	for (n = 0; n < CROWD || h->held_pages != h->used_pages; n++) {
		KUNIT_ASSERT_LT(test, n, CROWD_MOST);
		span[n] = run(test, 1);
	}
	return n;
}

static void a_search_with_many_misses_settles_for_less(struct kunit *test)
{
	struct mspan **span = scratch(test, CROWD_MOST * sizeof(*span));
	struct mspan *chain, *next;
	unsigned int n, i, found = 0;

	/* Another node has no such holes */
	migrate_disable();
	n = crowd(test, span);
	for (i = 0; i < n; i++) {
		if (is_hole(span[i])) {
			mheap_free(span[i]);
			span[i] = NULL;
		}
	}
	chain = got(test, mheap_alloc_chain(test_mheap(test), 0, 4, 16,
					    GFP_KERNEL));
	for (; chain; chain = next, found++) {
		next = chain->next;
		mheap_free(chain);
	}
	KUNIT_EXPECT_LT(test, found, 16U);
	for (i = 0; i < n; i++) {
		if (span[i])
			mheap_free(span[i]);
	}
	migrate_enable();
}

/* Pages of the arena that is taken for @npages, which stays the heap's */
static unsigned int hard_growth(struct kunit *test, unsigned int npages,
				gfp_t gfp)
{
	struct mheap *h = test_mheap(test);
	struct marena *arena = got(test, mgrow_hard(h, npages, gfp));

	raw_spin_lock_irq(&h->lock);
	mgrow_insert_arena_locked(h, arena);
	raw_spin_unlock_irq(&h->lock);
	return arena->npages;
}

/* The cgroup would be charged for the rest of the block, too */
static void what_may_pass_the_limit_of_a_cgroup_is_no_more_than_needed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hard_growth(test, 9, GFP_ATOMIC), 16U);
	test_heap(test)->flags |= GOMALLOC_HEAP_ACCOUNT;
	KUNIT_EXPECT_EQ(test, hard_growth(test, 9, GFP_KERNEL), 16U);
	KUNIT_EXPECT_EQ(test, hard_growth(test, 9, GFP_ATOMIC), 9U);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&test_heap(test)->held_pages), 41L);
}

TEST_SUITE(mheap, BELOW(below_init, below_exit),
	   KUNIT_CASE(the_lowest_address_is_taken_first),
	   KUNIT_CASE(neighbouring_runs_become_one),
	   KUNIT_CASE(powers_of_two_are_naturally_aligned),
	   KUNIT_CASE(empty_arenas_stay_a_while_and_then_go),
	   KUNIT_CASE(a_node_counts_what_its_mheap_holds),
	   KUNIT_CASE(growth_releases_a_few_mib_at_once),
	   KUNIT_CASE(growth_is_a_part_of_what_is_in_use),
	   KUNIT_CASE(growth_takes_a_small_block_where_a_large_one_is_refused),
	   KUNIT_CASE(random_runs_keep_the_accounts),
	   KUNIT_CASE(a_walk_meets_each_span_once),
	   KUNIT_CASE(each_page_of_a_span_leads_to_it_while_it_lives),
	   KUNIT_CASE(reclaim_gets_what_it_needs_and_no_more),
	   KUNIT_CASE(what_may_pass_the_limit_of_a_cgroup_is_no_more_than_needed),
	   KUNIT_CASE(a_full_node_grows_elsewhere_as_it_would_here),
	   KUNIT_CASE(a_search_with_many_misses_settles_for_less));
