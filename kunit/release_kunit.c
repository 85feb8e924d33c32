// SPDX-License-Identifier: GPL-2.0
/*
 * What a heap releases: of itself, at a limit, when the machine asks for it.
 */
#include <linux/cpu.h>
#include <linux/shrinker.h>

#include "drain.h"
#include "fixture.h"
#include "shrink.h"

#define NR	2000

/* An object of this size has a span of its own, and fills it */
#define SPAN	max_t(size_t, PAGE_SIZE, SZ_32K)

/* @nr objects of @size in @heap, of which @step - 1 out of @step are freed */
static void **make_holes(struct kunit *test, struct gomalloc_heap *heap,
			 size_t size, int nr, int step)
{
	void **p = scratch(test, nr * sizeof(*p));
	int i;

	for (i = 0; i < nr; i++)
		p[i] = got(test, gomalloc_heap_alloc(heap, size, GFP_KERNEL, 0));
	for (i = 0; i < nr; i++) {
		if (i % step) {
			gofree(p[i]);
			p[i] = NULL;
		}
	}
	return p;
}

/* All classes, scan and noscan, enough of each to fill what a CPU keeps */
static void fill_caches(struct gomalloc_heap *heap)
{
	unsigned int spc, i;
	void *p[70];
	size_t size;

	for (spc = 2; spc < NUM_SPAN_CLASSES; spc++) {
		size = class_to_size[spc >> 1];
		for (i = 0; i < 70; i++)
			p[i] = gomalloc_heap_alloc(heap, size, GFP_KERNEL,
						   spc & 1);
		gofree_bulk(70, p);
	}
	for (i = 0; i < 8; i++)
		p[i] = gomalloc_heap_alloc(heap, 100000, GFP_KERNEL, i & 1);
	gofree_bulk(8, p);
}

/* Bytes that a CPU really has cached: on stacks, and free in its spans */
static size_t cached_bytes(struct mcache *cache)
{
	struct recycle_slot *slot;
	struct mcache_class *mc;
	struct mspan *span;
	size_t bytes = 0;

	for (mc = cache->class; mc < cache->class + NUM_SPAN_CLASSES; mc++) {
		for (slot = mc->top - 1; slot->object; slot--)
			bytes += span_of(slot->object)->elemsize;
		if (!mc->span->nelems)
			continue;
		for (span = mc->span; span; span = span->next)
			bytes += mspan_count_free(span) * span->elemsize;
	}
	return bytes;
}

static void expect_bounded(struct kunit *test, struct gomalloc_heap *heap,
			   size_t bound)
{
	struct mcache *cache;
	size_t bytes;
	long cached;

	migrate_disable();
	fill_caches(heap);
	cache = gate_mcache_here(heap);
	cached = atomic_long_read(&cache->cached);
	bytes = cached_bytes(cache);
	migrate_enable();
	KUNIT_EXPECT_GT(test, bytes, (size_t)0);
	KUNIT_EXPECT_LE(test, bytes, (size_t)cached);
	KUNIT_EXPECT_LE(test, (size_t)cached, bound);
}

static void a_cpu_caches_no_more_than_its_share(struct kunit *test)
{
	struct gomalloc_heap_params params = { .name = "capped",
					       .cache_limit = SZ_256K };
	struct gomalloc_heap *heap = gomalloc_heap_create(&params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	expect_bounded(test, test_heap(test), test_heap(test)->cache_bytes);
	expect_bounded(test, heap, SZ_256K);
	expect_all_released(test, test_heap(test));
	destroy_heap(test, heap);
}

static void an_idle_heap_releases_everything(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	int looks;

	fill_caches(heap);
	KUNIT_EXPECT_GT(test, stats_of(heap).cached_bytes, 0ULL);
	KUNIT_EXPECT_GT(test, stats_of(heap).held_bytes, 0ULL);
	for (looks = 0; looks < 5; looks++)
		look_and_wait(heap);
	KUNIT_EXPECT_EQ(test, stats_of(heap).cached_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, stats_of(heap).spans, 0ULL);
	KUNIT_EXPECT_EQ(test, stats_of(heap).held_bytes, 0ULL);
	/* And the scavenger goes to sleep */
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&heap->scavenge_work));
}

/* Who destroys a heap drains the caches of all CPUs, and no one else may */
static void the_scavenger_drains_no_dying_heap(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "going", 0, 0);
	u64 cached;
	int looks;

	fill_caches(heap);
	cached = stats_of(heap).cached_bytes;
	KUNIT_EXPECT_GT(test, cached, 0ULL);
	scavenge_exit(heap);
	for (looks = 0; looks < 5; looks++) {
		/* As every page does that is released */
		ledger_wake_scavenger(heap);
		look_and_wait(heap);
	}
	KUNIT_EXPECT_EQ(test, stats_of(heap).cached_bytes, cached);
	gomalloc_heap_destroy(heap);
}

static void a_class_in_use_stays_cached(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct mcache_class *mc;
	int i;

	migrate_disable();
	gofree(heap_object(test, 64));
	mc = this_class(heap, 64);
	for (i = 0; i < 4; i++) {
		void *p = heap_object(test, 64), *q = heap_object(test, 64);

		gofree(p);
		if (i & 1)
			gofree(q);
		look_and_wait(heap);
		KUNIT_EXPECT_NE(test, (int)mc->span->nelems, 0);
		if (!(i & 1))
			gofree(q);
	}
	migrate_enable();
	expect_all_released(test, heap);
}

static void free_runs_between_spans_are_released(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct mheap *h = test_mheap(test);
	struct gomalloc_stats stats;
	void **p;

	/* The first two beside each other, in one arena of sixteen pages */
	mheap_free(got(test, mheap_alloc(h, 0, 16, GFP_KERNEL)));
	p = make_holes(test, heap, SPAN, 100, 2);
	gomalloc_heap_trim(heap);
	stats = stats_of(heap);
	KUNIT_EXPECT_EQ(test, stats.objects, 50ULL);
	KUNIT_EXPECT_EQ(test, stats.span_bytes, 50ULL * SPAN);
	KUNIT_EXPECT_EQ(test, stats.held_bytes, stats.span_bytes);
	KUNIT_EXPECT_EQ(test, h->held_pages, h->used_pages);
	KUNIT_EXPECT_TRUE(test, mwalk_valid(h));
	KUNIT_EXPECT_PTR_EQ(test, pagemap_entry(p[0] + SPAN),
			    &pagemap_foreign_page);
	free_objects(p, 100);
	expect_all_released(test, heap);
}

static void low_addresses_are_kept(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan *span[5];
	unsigned long base;
	int i;

	/* In one arena, of sixteen pages */
	mheap_free(got(test, mheap_alloc(h, 0, 16, GFP_KERNEL)));
	for (i = 0; i < 5; i++)
		span[i] = got(test, mheap_alloc(h, 0, 3, GFP_KERNEL));
	base = span[1]->base;
	KUNIT_ASSERT_EQ(test, span[3]->base, base + 6 * PAGE_SIZE);
	mheap_free(span[1]);
	mheap_free(span[3]);
	mrelease_pages(h, h->used_pages + 3, 1000);
	KUNIT_EXPECT_EQ(test, h->held_pages, h->used_pages + 3);
	span[1] = got(test, mheap_alloc(h, 0, 3, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, span[1]->base, base);
	mheap_free(span[0]);
	mheap_free(span[1]);
	mheap_free(span[2]);
	mheap_free(span[4]);
	expect_all_released(test, test_heap(test));
}

/* Runs of every other page serve nothing, and do not become many */
static void a_heap_that_grows_has_few_pages_of_no_use(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	struct mspan **span = scratch(test, NR * sizeof(*span));
	int i;

	for (i = 0; i < NR; i++)
		span[i] = got(test, mheap_alloc(h, 0, 1, GFP_KERNEL));
	for (i = 0; i < NR; i += 2)
		mheap_free(span[i]);
	KUNIT_EXPECT_GE(test, h->held_pages - h->used_pages, NR / 2UL);
	for (i = 0; i < NR; i += 2)
		span[i] = got(test, mheap_alloc(h, 0, 2, GFP_KERNEL));
	KUNIT_EXPECT_LE(test, h->held_pages, h->used_pages +
			max(h->used_pages / 32, SZ_2M / PAGE_SIZE));
	for (i = 0; i < NR; i++)
		mheap_free(span[i]);
	expect_all_released(test, test_heap(test));
}

static void the_kernel_is_told_what_it_could_have(struct kunit *test)
{
	struct mheap *h = test_mheap(test);
	void **p = make_holes(test, test_heap(test), 32768, 400, 2);

	KUNIT_EXPECT_GT(test, h->counted_pages, 0L);
	free_objects(p, 400);
	look_and_wait(test_heap(test));
	KUNIT_EXPECT_EQ(test, h->counted_pages,
			(long)(h->held_pages - h->used_pages));
	gomalloc_heap_trim(test_heap(test));
	KUNIT_EXPECT_EQ(test, h->counted_pages, 0L);
}

/*
 * === limits ===
 */

static void a_limit_can_be_changed(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "limits", SZ_1M, 0);
	void *p = gomalloc_heap_alloc(heap, 700000, GFP_KERNEL, 0), *q;

	KUNIT_ASSERT_TRUE(test, p);
	KUNIT_EXPECT_NULL(test, gomalloc_heap_alloc(heap, 700000, GFP_KERNEL |
						    __GFP_NOWARN, 0));
	KUNIT_EXPECT_EQ(test, gomalloc_heap_set_limits(heap, SZ_2M, 0), 0);
	q = gomalloc_heap_alloc(heap, 700000, GFP_KERNEL, 0);
	KUNIT_EXPECT_TRUE(test, q);
	/* Not below what is live, and then nothing has changed */
	KUNIT_EXPECT_EQ(test, gomalloc_heap_set_limits(heap, SZ_1M, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_set_limits(heap, SZ_1M, SZ_2M),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, stats_of(heap).limit, (u64)SZ_2M);
	KUNIT_EXPECT_EQ(test, stats_of(heap).soft_limit, 0ULL);
	gofree(q);
	/* What is free is released for it */
	KUNIT_EXPECT_EQ(test, gomalloc_heap_set_limits(heap, SZ_1M, SZ_512K), 0);
	KUNIT_EXPECT_LE(test, stats_of(heap).held_bytes, (u64)SZ_1M);
	KUNIT_EXPECT_LE(test, stats_of(heap).peak_bytes, (u64)SZ_2M);
	KUNIT_EXPECT_GE(test, stats_of(heap).peak_bytes, 1400000ULL);
	gofree(p);
	destroy_heap(test, heap);
}

static void a_heap_is_trimmed_before_it_fails(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "full", SZ_1M, 0);
	void **p = make_holes(test, heap, 8192, 128, 64);
	void *q;

	/* 126 are cached, or in runs between the two that are live */
	q = gomalloc_heap_alloc(heap, 200000, GFP_KERNEL, 0);
	KUNIT_EXPECT_TRUE(test, q);
	KUNIT_EXPECT_LE(test, stats_of(heap).peak_bytes, (u64)SZ_1M);
	gofree(q);
	free_objects(p, 128);
	destroy_heap(test, heap);
}

static void above_its_soft_limit_a_heap_releases_at_once(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p = make_holes(test, heap, 32768, 100, 50);

	KUNIT_EXPECT_GT(test, stats_of(heap).held_bytes, (u64)SZ_1M);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_set_limits(heap, 0, SZ_1M), 0);
	flush_delayed_work(&heap->scavenge_work);
	KUNIT_EXPECT_LE(test, stats_of(heap).held_bytes, (u64)SZ_1M);
	free_objects(p, 100);
	/* It is no limit to what is live */
	p = make_holes(test, heap, 32768, 100, 1);
	KUNIT_EXPECT_GE(test, stats_of(heap).held_bytes, 3276800ULL);
	free_objects(p, 100);
	expect_all_released(test, heap);
}

/*
 * === the machine ===
 */

static unsigned long shrink_node(struct gomalloc_heap *heap)
{
	struct shrink_control sc = { .nid = numa_mem_id(), .nr_to_scan = 128 };
	struct shrinker *s = heap->sys->shrinker;
	unsigned long scanned = 0, n;

	while ((n = s->scan_objects(s, &sc)) != SHRINK_STOP)
		scanned += n;
	return scanned;
}

static void the_shrinker_takes_what_is_free(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct shrinker *s = heap->sys->shrinker;
	struct shrink_control sc = { .nid = numa_mem_id() };
	void **p = make_holes(test, heap, SPAN, 100, 100);
	struct mheap *h = test_mheap(test);
	unsigned long scanned;

	flush_work(&heap->hold_work);
	KUNIT_EXPECT_GE(test, s->count_objects(s, &sc),
			h->held_pages - h->used_pages);
	scanned = shrink_node(heap);
	KUNIT_EXPECT_GT(test, stats_of(heap).shrunk_bytes, 0ULL);
	/* The other heaps are shrunk with it */
	KUNIT_EXPECT_LE(test, stats_of(heap).shrunk_bytes,
			(u64)scanned * PAGE_SIZE);
	/* It has asked the CPUs to drain what they have cached */
	look_and_wait(heap);
	shrink_node(heap);
	KUNIT_EXPECT_EQ(test, h->held_pages, h->used_pages);
	KUNIT_EXPECT_EQ(test, stats_of(heap).span_bytes, SPAN + 0ULL);
	free_objects(p, 100);
}

static bool reclaim_knows(struct gomalloc_heap *heap)
{
	flush_work(&heap->hold_work);
	return !list_empty(&heap->in_holders);
}

static void page_reclaim_knows_heaps_that_hold_pages(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p;

	KUNIT_EXPECT_FALSE(test, reclaim_knows(heap));
	p = heap_object(test, 100);
	KUNIT_EXPECT_TRUE(test, reclaim_knows(heap));
	gofree(p);
	KUNIT_EXPECT_TRUE(test, reclaim_knows(heap));
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_FALSE(test, reclaim_knows(heap));
	gofree(heap_object(test, 100));
	KUNIT_EXPECT_TRUE(test, reclaim_knows(heap));
}

/* The lists may go before the heap's memory does */
static void page_reclaim_forgets_a_heap_that_goes(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "going", 0, 0);

	gofree(got(test, gomalloc_heap_alloc(heap, 100, GFP_KERNEL, 0)));
	KUNIT_EXPECT_TRUE(test, reclaim_knows(heap));
	shrink_exit_heap(heap);
	KUNIT_EXPECT_FALSE(test, reclaim_knows(heap));
	/* As the last look of the scavenger may do it */
	queue_work(heap->sys->wq, &heap->hold_work);
	KUNIT_EXPECT_FALSE(test, reclaim_knows(heap));
	gomalloc_heap_destroy(heap);
}

/* It may be at work on a CPU that a task of real time has taken */
static void a_trim_does_not_wait_long_for_page_reclaim(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);

	fill_caches(heap);
	/* In the place of another task */
	down_read_non_owner(&heap->reclaim_sem);
	/* Where it waits for ever, the kernel says so */
	KUNIT_EXPECT_GT(test, gomalloc_heap_trim(heap), (size_t)0);
	up_read_non_owner(&heap->reclaim_sem);
	KUNIT_EXPECT_EQ(test, stats_of(heap).held_bytes, 0ULL);
}

static void before_a_process_is_killed_all_is_released(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct notifier_block *nb = &heap->sys->oom_nb;
	unsigned long freed = 7;
	u64 held;

	fill_caches(heap);
	flush_work(&heap->hold_work);
	held = stats_of(heap).held_bytes;
	nb->notifier_call(nb, 0, &freed);
	/* Other CPUs may still be at it: it does not wait for them */
	drain_wait(heap);
	nb->notifier_call(nb, 0, &freed);
	KUNIT_EXPECT_GE(test, freed, 7 + (unsigned long)(held >> PAGE_SHIFT));
	KUNIT_EXPECT_EQ(test, stats_of(heap).held_bytes, 0ULL);
}

static void pinned_spans_show_in_the_occupancy(struct kunit *test)
{
	size_t size = max_t(size_t, PAGE_SIZE, SZ_8K) / 8;
	struct gomalloc_class_stats *rows, *row;
	void **p = make_holes(test, test_heap(test), size, 160, 16);
	void **q = make_holes(test, test_heap(test), 2 * size, 40, 1);
	unsigned int i;
	u64 sum = 0;

	gomalloc_heap_trim(test_heap(test));
	rows = rows_of(test, test_heap(test));
	row = &rows[size_to_class(size)];
	/* Eight to a span, and one of sixteen is live */
	KUNIT_EXPECT_EQ(test, row->spans, 10ULL);
	KUNIT_EXPECT_EQ(test, row->occupancy[1], 10ULL);
	/* Of these four are in each, and live */
	KUNIT_EXPECT_EQ(test, rows[size_to_class(2 * size)].occupancy[8], 10ULL);
	for (i = 0; i < GOMALLOC_NR_OCCUPANCIES; i++)
		sum += row->occupancy[i];
	KUNIT_EXPECT_EQ(test, sum, 10ULL);
	free_objects(p, 160);
	free_objects(q, 40);
}

TEST_SUITE(release, FIXTURE,
	   KUNIT_CASE(a_cpu_caches_no_more_than_its_share),
	   KUNIT_CASE(an_idle_heap_releases_everything),
	   KUNIT_CASE(the_scavenger_drains_no_dying_heap),
	   KUNIT_CASE(a_class_in_use_stays_cached),
	   KUNIT_CASE(free_runs_between_spans_are_released),
	   KUNIT_CASE(low_addresses_are_kept),
	   KUNIT_CASE(a_heap_that_grows_has_few_pages_of_no_use),
	   KUNIT_CASE(the_kernel_is_told_what_it_could_have),
	   KUNIT_CASE(a_limit_can_be_changed),
	   KUNIT_CASE(a_heap_is_trimmed_before_it_fails),
	   KUNIT_CASE(above_its_soft_limit_a_heap_releases_at_once),
	   KUNIT_CASE(the_shrinker_takes_what_is_free),
	   KUNIT_CASE(page_reclaim_knows_heaps_that_hold_pages),
	   KUNIT_CASE(page_reclaim_forgets_a_heap_that_goes),
	   KUNIT_CASE(a_trim_does_not_wait_long_for_page_reclaim),
	   KUNIT_CASE(before_a_process_is_killed_all_is_released),
	   KUNIT_CASE(pinned_spans_show_in_the_occupancy));
