// SPDX-License-Identifier: GPL-2.0
/*
 * marena: runs of pages, and what is released first, are where a naive search says
 * that they are.
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

/*
 * === what is released first ===
 */

#define ARENAS	10

struct forest {
	struct rb_root		arenas;
	struct marena		*arena[ARENAS];
	unsigned int		nfree[ARENAS];
	unsigned int		gone[ARENAS];
	struct {
		unsigned int	at;
		unsigned int	page;
		unsigned int	npages;
	} run[RUNS];
	unsigned int		nr;
	struct rnd_state	rnd;
};

static unsigned int draw(struct forest *f, unsigned int below)
{
	return prandom_u32_state(&f->rnd) % below;
}

/* A new arena in place @at, smaller than a block or not */
static void plant(struct forest *f, unsigned int at)
{
	static const unsigned int sizes[] = {
		MARENA_BLOCK / 4, MARENA_BLOCK - 1, MARENA_BLOCK, 2 * MARENA_BLOCK
	};
	struct marena *arena = f->arena[at];
	unsigned int npages = sizes[draw(f, ARRAY_SIZE(sizes))];

	memset(arena, 0, struct_size(arena, used, BITS_TO_LONGS(npages)));
	marena_init(arena, (unsigned long)at * SZ_4M, npages);
	marena_insert(&f->arenas, arena);
	f->nfree[at] = npages;
	f->gone[at] = 0;
}

static struct forest *make_forest(struct kunit *test)
{
	const unsigned int words = BITS_TO_LONGS(2 * MARENA_BLOCK);
	struct forest *f = scratch(test, sizeof(*f));
	unsigned int at;

	prandom_seed_state(&f->rnd, 1);
	for (at = 0; at < ARENAS; at++) {
		f->arena[at] = scratch(test, struct_size(f->arena[at], used,
							 words));
		plant(f, at);
	}
	return f;
}

static void take_any(struct forest *f)
{
	unsigned int at = draw(f, ARENAS), page;
	unsigned int npages = 1 + draw(f, 1U << draw(f, 11));

	if (!marena_take_runs(f->arena[at], npages, 1, 1, &page))
		return;
	f->nfree[at] -= npages;
	f->run[f->nr].at = at;
	f->run[f->nr].page = page;
	f->run[f->nr++].npages = npages;
}

/* Of some, a page or a few are gone */
static void put_any(struct forest *f)
{
	unsigned int i = draw(f, f->nr), at = f->run[i].at;
	unsigned int page = f->run[i].page, npages = f->run[i].npages;
	unsigned int lost = draw(f, 4) ? 0 : min(npages, 1 + draw(f, 3));

	f->gone[at] += lost;
	f->nfree[at] += npages - lost;
	for (; lost; lost--, page++, npages--)
		marena_lose_page(f->arena[at]);
	if (npages)
		marena_put_run(f->arena[at], page, npages);
	f->run[i] = f->run[--f->nr];
}

static void part_with_one(struct forest *f, struct marena *arena)
{
	unsigned int at = arena->base / SZ_4M, npages, page;

	npages = marena_part_with_run(arena, 1 + draw(f, 200), &page);
	f->nfree[at] -= npages;
	f->gone[at] += npages;
}

/* As who releases: often all that is not of a whole block, or else of one a part */
static void part_with_any(struct forest *f)
{
	struct marena *arena = marena_highest_broken(&f->arenas);

	arena = arena ?: marena_highest_free(&f->arenas);
	while (arena) {
		part_with_one(f, arena);
		arena = draw(f, 100) ? marena_highest_broken(&f->arenas) : NULL;
	}
}

static void replant_any(struct forest *f)
{
	unsigned int at = draw(f, ARENAS);

	if (!marena_is_empty(f->arena[at]))
		return;
	marena_erase(&f->arenas, f->arena[at]);
	plant(f, at);
}

static struct marena *naive_highest(const struct forest *f, bool broken)
{
	unsigned int at;

	for (at = ARENAS; at--;) {
		if (f->nfree[at] && (!broken || f->gone[at] ||
				     f->arena[at]->npages < MARENA_BLOCK))
			return f->arena[at];
	}
	return NULL;
}

static void expect_as_naive(struct kunit *test, struct forest *f)
{
	unsigned int at;

	for (at = 0; at < ARENAS; at++)
		KUNIT_ASSERT_TRUE(test, marena_valid(f->arena[at]));
	KUNIT_ASSERT_PTR_EQ(test, marena_highest_free(&f->arenas),
			    naive_highest(f, false));
	KUNIT_ASSERT_PTR_EQ(test, marena_highest_broken(&f->arenas),
			    naive_highest(f, true));
}

static void whole_blocks_are_told_from_others(struct kunit *test)
{
	struct forest *f = make_forest(test);
	unsigned int i, whole_above = 0, whole_only = 0;
	struct marena *broken, *any;

	for (i = 0; i < 20000; i++) {
		if (f->nr && (f->nr == RUNS || draw(f, 100) < 46))
			put_any(f);
		else if (draw(f, 100) < 90)
			take_any(f);
		else if (draw(f, 3))
			replant_any(f);
		else
			part_with_any(f);
		expect_as_naive(test, f);
		broken = marena_highest_broken(&f->arenas);
		any = marena_highest_free(&f->arenas);
		whole_above += broken && broken != any;
		whole_only += !broken && any;
	}
	/* It has met what there is to be told */
	KUNIT_EXPECT_GT(test, whole_above, 100U);
	KUNIT_EXPECT_GT(test, whole_only, 100U);
}

TEST_SUITE(marena, NO_FIXTURE,
	   KUNIT_CASE(runs_are_found_if_and_only_if_they_are_there),
	   KUNIT_CASE(a_row_of_runs_is_taken_in_one_go),
	   KUNIT_CASE(what_is_beyond_a_small_arena_is_not_free),
	   KUNIT_CASE(a_miss_is_remembered_until_a_run_comes_back),
	   KUNIT_CASE(the_highest_pages_are_parted_with_first),
	   KUNIT_CASE(arenas_within_others_are_met_once),
	   KUNIT_CASE(whole_blocks_are_told_from_others));
