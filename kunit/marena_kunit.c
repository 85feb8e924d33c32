// SPDX-License-Identifier: GPL-2.0
/*
 * marena: runs of pages are where a naive search says that they are.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/prandom.h>

#include "marena.h"
#include "suite.h"

#define PAGES	512
#define RUNS	200

struct model {
	struct rb_root	arenas;
	struct marena	*arena;
	unsigned long	used[BITS_TO_LONGS(PAGES)];
	struct {
		unsigned int	page;
		unsigned int	npages;
	} run[RUNS];
	unsigned int	nr;
};

static struct model *make_model(struct kunit *test, unsigned int npages)
{
	struct model *m = scratch(test, sizeof(*m));

	m->arena = scratch(test, struct_size(m->arena, used, BITS_TO_LONGS(npages)));
	marena_init(m->arena, 0, npages);
	marena_insert(&m->arenas, m->arena);
	return m;
}

static bool has_run(const struct model *m, unsigned int npages,
		    unsigned int align)
{
	unsigned int page;

	for (page = 0; page + npages <= m->arena->npages; page += align) {
		if (find_next_bit(m->used, page + npages, page) ==
		    page + npages)
			return true;
	}
	return false;
}

/* Take up to @nr runs in a row, and compare. Return: how many there were. */
static unsigned int take(struct kunit *test, struct model *m,
			 unsigned int npages, unsigned int align,
			 unsigned int nr)
{
	bool there = has_run(m, npages, align);
	unsigned int page, i;

	nr = marena_take_runs(m->arena, npages, align, nr, &page);
	KUNIT_EXPECT_EQ(test, nr > 0, there);
	if (nr)
		KUNIT_EXPECT_EQ(test, page % align, 0U);
	for (i = 0; i < nr; i++, page += npages) {
		KUNIT_ASSERT_EQ(test, find_next_bit(m->used, page + npages, page),
				(unsigned long)(page + npages));
		bitmap_set(m->used, page, npages);
		m->run[m->nr].page = page;
		m->run[m->nr++].npages = npages;
	}
	KUNIT_ASSERT_TRUE(test, marena_valid(m->arena));
	return nr;
}

static void put(struct kunit *test, struct model *m, unsigned int i)
{
	marena_put_run(m->arena, m->run[i].page, m->run[i].npages);
	bitmap_clear(m->used, m->run[i].page, m->run[i].npages);
	m->run[i] = m->run[--m->nr];
	KUNIT_ASSERT_TRUE(test, marena_valid(m->arena));
}

static void runs_are_found_if_and_only_if_they_are_there(struct kunit *test)
{
	struct model *m = make_model(test, PAGES);
	unsigned int i, npages, align;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 20000; i++) {
		if (m->nr && (m->nr > RUNS - 8 ||
			      prandom_u32_state(&rnd) % 100 < 45)) {
			put(test, m, prandom_u32_state(&rnd) % m->nr);
			continue;
		}
		npages = 1 + prandom_u32_state(&rnd) %
			 (1U << prandom_u32_state(&rnd) % 8);
		align = is_power_of_2(npages) ? npages : 1;
		take(test, m, npages, align, 1 + prandom_u32_state(&rnd) % 8);
	}
	KUNIT_EXPECT_EQ(test, (unsigned int)bitmap_weight(m->arena->used, PAGES),
			(unsigned int)bitmap_weight(m->used, PAGES));
}

static void a_row_of_runs_is_taken_in_one_go(struct kunit *test)
{
	struct model *m = make_model(test, PAGES);

	KUNIT_EXPECT_EQ(test, take(test, m, 2, 2, 8), 8U);
	KUNIT_EXPECT_EQ(test, m->run[7].page, 14U);
	/* A hole of two pages and nothing in a row with it */
	put(test, m, 3);
	KUNIT_EXPECT_EQ(test, take(test, m, 2, 2, 8), 1U);
	KUNIT_EXPECT_EQ(test, m->run[m->nr - 1].page, 6U);
}

static void what_is_beyond_a_small_arena_is_not_free(struct kunit *test)
{
	struct model *m = make_model(test, 16);

	KUNIT_EXPECT_EQ(test, take(test, m, 17, 1, 1), 0U);
	KUNIT_EXPECT_EQ(test, take(test, m, 8, 8, 8), 2U);
	KUNIT_EXPECT_EQ(test, take(test, m, 1, 1, 1), 0U);
}

static void a_miss_is_remembered_until_a_run_comes_back(struct kunit *test)
{
	struct model *m = make_model(test, 16);
	unsigned int i;

	for (i = 0; i < 16; i++)
		take(test, m, 1, 1, 1);
	/* Two free pages, but not side by side where they must be */
	put(test, m, 7);
	put(test, m, 8);
	KUNIT_EXPECT_EQ(test, take(test, m, 2, 2, 1), 0U);
	KUNIT_EXPECT_NE(test, m->arena->unaligned & 2, 0U);
	put(test, m, 6);
	KUNIT_EXPECT_EQ(test, take(test, m, 2, 2, 1), 1U);
}

static void the_highest_pages_are_parted_with_first(struct kunit *test)
{
	struct model *m = make_model(test, PAGES);
	struct marena *arena = m->arena;
	unsigned int page;

	take(test, m, PAGES / 2, 1, 1);
	put(test, m, 0);
	take(test, m, 500, 1, 1);
	KUNIT_EXPECT_EQ(test, marena_part_with_run(arena, 5, &page), 5U);
	KUNIT_EXPECT_EQ(test, page, PAGES - 5U);
	KUNIT_EXPECT_EQ(test, marena_part_with_run(arena, 100, &page), 7U);
	KUNIT_EXPECT_EQ(test, page, 500U);
	KUNIT_EXPECT_EQ(test, marena_held(arena), 500U);
	KUNIT_EXPECT_EQ(test, arena->longest, 0U);
	KUNIT_EXPECT_TRUE(test, marena_valid(arena));
	put(test, m, 0);
	KUNIT_EXPECT_TRUE(test, marena_is_empty(arena));
	/* What is gone is not found again */
	bitmap_set(m->used, 500, 12);
	KUNIT_EXPECT_EQ(test, take(test, m, 501, 1, 1), 0U);
	KUNIT_EXPECT_EQ(test, take(test, m, 500, 1, 1), 1U);
}

/* As it is where a page that went has come again with another arena */
static void arenas_within_others_are_met_once(struct kunit *test)
{
	static const unsigned long bases[] = { 0, 0, 16 * PAGE_SIZE, 0 };
	struct model *m = make_model(test, PAGES);
	struct marena *arena[4], *at = NULL;
	unsigned long base = 0;
	unsigned int i, met = 0;

	arena[0] = m->arena;
	for (i = 1; i < 4; i++) {
		arena[i] = scratch(test, struct_size(m->arena, used, 1));
		marena_init(arena[i], bases[i], 16);
		marena_insert(&m->arenas, arena[i]);
	}
	while ((at = marena_from(&m->arenas, base, at))) {
		for (i = 0; i < 4; i++)
			met += (at == arena[i]) << i * 4;
		base = at->base;
		at++;
	}
	KUNIT_EXPECT_EQ(test, met, 0x1111U);
}

TEST_SUITE(marena, NO_FIXTURE,
	   KUNIT_CASE(runs_are_found_if_and_only_if_they_are_there),
	   KUNIT_CASE(a_row_of_runs_is_taken_in_one_go),
	   KUNIT_CASE(what_is_beyond_a_small_arena_is_not_free),
	   KUNIT_CASE(a_miss_is_remembered_until_a_run_comes_back),
	   KUNIT_CASE(the_highest_pages_are_parted_with_first),
	   KUNIT_CASE(arenas_within_others_are_met_once));
