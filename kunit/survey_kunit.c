// SPDX-License-Identifier: GPL-2.0
/*
 * Does a survey tell what is where, of a heap of which that is known?
 */
#include "fixture.h"
#include "stats.h"
#include "survey.h"

#define NR	100

/* All spans of the heap that have objects of @spc, summed */
static struct survey_span sum_of(struct gomalloc_heap *heap, unsigned int spc)
{
	struct survey_walk walk = {};
	struct survey_span span, sum = {};

	while (survey_next_span(heap, &walk, &span)) {
		if (span.spanclass != spc)
			continue;
		sum.npages += span.npages;
		sum.nelems += span.nelems;
		sum.objects += span.objects;
		sum.live += span.live;
		sum.free += span.free;
		sum.cached += span.cached;
	}
	return sum;
}

static void each_slot_is_live_free_or_cached(struct kunit *test)
{
	unsigned int spc = size_to_class(64) << 1;
	void **p = heap_objects(test, NR, 64);
	struct survey_span sum;

	migrate_disable();
	sum = sum_of(test_heap(test), spc);
	KUNIT_EXPECT_EQ(test, sum.objects, (unsigned int)NR);
	KUNIT_EXPECT_EQ(test, sum.live, (unsigned int)NR);
	KUNIT_EXPECT_EQ(test, sum.cached, 0U);
	KUNIT_EXPECT_EQ(test, sum.live + sum.free, sum.nelems);
	free_objects(p, 7);
	sum = sum_of(test_heap(test), spc);
	KUNIT_EXPECT_EQ(test, sum.live, NR - 7U);
	KUNIT_EXPECT_EQ(test, sum.cached,
			recycle_nr(this_class(test_heap(test), 64)));
	KUNIT_EXPECT_EQ(test, sum.live + sum.free + sum.cached, sum.nelems);
	migrate_enable();
	free_objects(p + 7, NR - 7);
}

static void tiny_objects_share_slots(struct kunit *test)
{
	void *p[32];
	struct survey_span sum;
	int i;

	if (!packs_tiny(test))
		return;
	migrate_disable();
	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = got(test, gomalloc_heap_alloc(test_heap(test), 4, GFP_KERNEL,
						     GOMALLOC_NOSCAN));
	sum = sum_of(test_heap(test), TINY_SPAN_CLASS);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, sum.objects, 32U);
	KUNIT_EXPECT_LT(test, sum.live, 32U);
	KUNIT_EXPECT_GE(test, sum.live, 32U / 4);
	free_objects(p, ARRAY_SIZE(p));
}

static void a_large_object_is_live_or_cached(struct kunit *test)
{
	void *p = heap_object(test, SZ_64K);
	struct survey_span sum = sum_of(test_heap(test), 0);

	KUNIT_EXPECT_EQ(test, sum.live, 1U);
	KUNIT_EXPECT_EQ(test, sum.npages, (unsigned int)(SZ_64K >> PAGE_SHIFT));
	gofree(p);
	sum = sum_of(test_heap(test), 0);
	KUNIT_EXPECT_EQ(test, sum.live, 0U);
	KUNIT_EXPECT_EQ(test, sum.cached, sum.nelems);
}

/* Pages by what stands for them on the map, and all of them */
static unsigned int map_of(struct gomalloc_heap *heap, unsigned int pages[128])
{
	struct survey_walk walk = {};
	struct survey_run run;
	unsigned int all = 0;

	memset(pages, 0, 128 * sizeof(*pages));
	while (survey_next_run(heap, &walk, &run)) {
		pages[(unsigned int)survey_run_char(&run)] += run.npages;
		all += run.npages;
	}
	return all;
}

static void each_page_is_on_the_map(struct kunit *test)
{
	unsigned int *pages = scratch(test, 128 * sizeof(*pages)), all;
	struct gomalloc_heap *heap = test_heap(test);
	void *large = heap_object(test, SZ_64K);
	void **p = heap_objects(test, 8192 / 64, 64);

	all = map_of(heap, pages);
	KUNIT_EXPECT_EQ(test, (u64)all << PAGE_SHIFT, stats_of(heap).held_bytes);
	KUNIT_EXPECT_EQ(test, pages['L'], (unsigned int)(SZ_64K >> PAGE_SHIFT));
	KUNIT_EXPECT_EQ(test, pages['-'], 0U);
	KUNIT_EXPECT_EQ(test, (u64)(all - pages['.']) << PAGE_SHIFT,
			stats_of(heap).span_bytes);
	gofree(large);
	free_objects(p, 8192 / 64);
}

/* A page goes from an arena of which others are in use */
static void a_page_that_was_released_is_on_the_map(struct kunit *test)
{
	unsigned int *pages = scratch(test, 128 * sizeof(*pages)), all;
	struct gomalloc_heap *heap = test_heap(test);
	void **p = heap_objects(test, 16, SZ_64K);

	free_objects(p, 8);
	gomalloc_heap_trim(heap);
	all = map_of(heap, pages);
	KUNIT_EXPECT_EQ(test, pages['L'], 8U * (unsigned int)(SZ_64K >> PAGE_SHIFT));
	KUNIT_EXPECT_EQ(test, pages['.'] + pages['l'], 0U);
	KUNIT_EXPECT_EQ(test, (u64)(all - pages['-']) << PAGE_SHIFT,
			stats_of(heap).held_bytes);
	free_objects(p + 8, 8);
}

static void the_map_shows_how_full_a_span_is(struct kunit *test)
{
	struct survey_run run = { .kind = SURVEY_SPAN };

	run.span.spanclass = TINY_SPAN_CLASS;
	run.span.nelems = 30;
	KUNIT_EXPECT_EQ(test, survey_run_char(&run), '0');
	run.span.live = 15;
	KUNIT_EXPECT_EQ(test, survey_run_char(&run), '5');
	run.span.live = 29;
	KUNIT_EXPECT_EQ(test, survey_run_char(&run), '9');
	run.span.live = 30;
	KUNIT_EXPECT_EQ(test, survey_run_char(&run), '#');
}

/* It begins before the page that the walk has come to, and does not hide the next one */
static void a_span_that_came_meanwhile_hides_none(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *a = heap_object(test, 4 * SZ_64K), *b = heap_object(test, SZ_64K);
	struct survey_walk walk = {};
	struct survey_span span;
	unsigned int page;

	while (survey_next_span(heap, &walk, &span)) {
		if (span.base == (unsigned long)a)
			break;
	}
	page = walk.walk.page;
	/* As if the walk had come to the middle of it when it was made */
	walk.walk.page -= 2;
	KUNIT_ASSERT_TRUE(test, survey_next_span(heap, &walk, &span));
	KUNIT_EXPECT_EQ(test, span.base, (unsigned long)a);
	KUNIT_EXPECT_EQ(test, walk.walk.page, page);
	gofree(a);
	gofree(b);
}

static void what_a_cpu_has_cached_is_told(struct kunit *test)
{
	struct survey_class *rows = scratch(test, NUM_SPAN_CLASSES * sizeof(*rows));
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int spc = size_to_class(64) << 1, sum = 0, i;
	void **p = scratch(test, NR * sizeof(*p));
	struct mcache_class *mc;
	struct mcache *cache;

	migrate_disable();
	take_objects(test, p, NR, 64);
	free_objects(p, 5);
	cache = gate_mcache_here(heap);
	mc = this_class(heap, 64);
	KUNIT_EXPECT_EQ(test, survey_cpu(cache, rows), 0);
	KUNIT_EXPECT_FALSE(test, rows[spc].busy);
	KUNIT_EXPECT_EQ(test, rows[spc].objects, recycle_nr(mc));
	KUNIT_EXPECT_EQ(test, rows[spc].cap, (unsigned int)mc->cap);
	KUNIT_EXPECT_EQ(test, rows[spc].room, (unsigned int)recycle_stack_of(mc)->room);
	KUNIT_EXPECT_EQ(test, rows[spc].window, mspan_count_free(mc->span));
	for (i = 0; i < NUM_SPAN_CLASSES; i++)
		sum += rows[i].charge;
	KUNIT_EXPECT_EQ(test, (long)sum, atomic_long_read(&cache->cached));
	migrate_enable();
	free_objects(p + 5, NR - 5);
}

static void spares_and_used_up_spans_are_told(struct kunit *test)
{
	struct survey_class *rows = scratch(test, NUM_SPAN_CLASSES * sizeof(*rows));
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int spc = size_to_class(SZ_8K) << 1, i, spares = 0, used = 0;
	void *p[NR];

	migrate_disable();
	/* Spares are made of the metadata of spans that are gone */
	take_objects(test, p, NR, SZ_8K);
	free_objects(p, NR);
	for (i = 0; i < NR; i++) {
		p[i] = heap_object(test, SZ_8K);
		KUNIT_EXPECT_EQ(test, survey_cpu(gate_mcache_here(heap), rows), 0);
		spares = max(spares, rows[spc].spares);
		used = max(used, rows[spc].used);
	}
	migrate_enable();
	KUNIT_EXPECT_GT(test, spares, 0U);
	KUNIT_EXPECT_GT(test, used, 0U);
	free_objects(p, NR);
}

static void a_class_that_is_entered_is_left_out(struct kunit *test)
{
	struct survey_class *rows = scratch(test, NUM_SPAN_CLASSES * sizeof(*rows));
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int spc = size_to_class(64) << 1;
	void *p = heap_object(test, 64);
	struct mcache_class *mc;

	migrate_disable();
	mc = &gate_mcache_here(heap)->class[spc];
	/* As if a task had it shut, and the interrupt came */
	WRITE_ONCE(mc->gate, GATE_SHUT);
	KUNIT_EXPECT_EQ(test, survey_cpu(gate_mcache_here(heap), rows), 0);
	WRITE_ONCE(mc->gate, mc->nid);
	migrate_enable();
	KUNIT_EXPECT_TRUE(test, rows[spc].busy);
	KUNIT_EXPECT_EQ(test, rows[spc].objects, 0U);
	gofree(p);
}

/* So they say of themselves that they are pinned for no longer than that */
static void who_looks_for_long_is_told_to_end(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p = heap_object(test, 64);
	struct gomalloc_stats stats;

	KUNIT_EXPECT_EQ(test, stats_sum_killable(heap, &stats), 0);
	WRITE_ONCE(heap->leaving, true);
	KUNIT_EXPECT_EQ(test, stats_sum_killable(heap, &stats), -ENOENT);
	WRITE_ONCE(heap->leaving, false);
	gofree(p);
}

static void counters_of_cpus_add_up(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p = heap_objects(test, NR, 1024);
	u64 value, all, sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		KUNIT_EXPECT_STREQ(test, ledger_cpu_counter(heap, cpu, LEDGER_REFILLS,
							    &value), "refill");
		sum += value;
	}
	ledger_counter(heap, LEDGER_REFILLS, &all);
	KUNIT_EXPECT_GT(test, all, 0ULL);
	KUNIT_EXPECT_EQ(test, sum, all);
	KUNIT_EXPECT_NULL(test, ledger_cpu_counter(heap, 0, NR_LEDGER_EVENTS, &value));
	free_objects(p, NR);
}

TEST_SUITE(survey, FIXTURE,
	   KUNIT_CASE(each_slot_is_live_free_or_cached),
	   KUNIT_CASE(tiny_objects_share_slots),
	   KUNIT_CASE(a_large_object_is_live_or_cached),
	   KUNIT_CASE(each_page_is_on_the_map),
	   KUNIT_CASE(a_page_that_was_released_is_on_the_map),
	   KUNIT_CASE(the_map_shows_how_full_a_span_is),
	   KUNIT_CASE(a_span_that_came_meanwhile_hides_none),
	   KUNIT_CASE(what_a_cpu_has_cached_is_told),
	   KUNIT_CASE(spares_and_used_up_spans_are_told),
	   KUNIT_CASE(a_class_that_is_entered_is_left_out),
	   KUNIT_CASE(who_looks_for_long_is_told_to_end),
	   KUNIT_CASE(counters_of_cpus_add_up));
