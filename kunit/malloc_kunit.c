// SPDX-License-Identifier: GPL-2.0
/*
 * The exported calls: kmalloc's rules, one by one, on the heap of gomalloc().
 */
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/vmalloc.h>
#include <linux/nodemask.h>

#include "fixture.h"
#include "malloc.h"

static bool is_zero(const void *p, size_t size)
{
	return !memchr_inv(p, 0, size);
}

/* An object that is packed on every machine */
static void *packed(struct kunit *test, size_t size, unsigned int flags)
{
	return got(test, gomalloc_heap_alloc(gomalloc_default_heap, size,
					     GFP_KERNEL,
					     flags | GOMALLOC_NO_DMA));
}

static void nothing_is_asked_for_and_given(struct kunit *test)
{
	size_t zero = 0;

	KUNIT_EXPECT_PTR_EQ(test, gomalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, gomalloc(zero, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, gomalloc_noscan(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, gozalloc(zero, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, gokvmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, gocalloc(0, 5, GFP_KERNEL), ZERO_SIZE_PTR);
	gofree(ZERO_SIZE_PTR);
	gofree(NULL);
	gofree_sensitive(NULL);
	KUNIT_EXPECT_EQ(test, gosize(NULL), (size_t)0);
	KUNIT_EXPECT_EQ(test, gosize(ZERO_SIZE_PTR), (size_t)0);
}

/* In memory: a direct map may begin at a multiple of less than the largest */
static void powers_of_two_are_naturally_aligned(struct kunit *test)
{
	size_t size;
	void *a, *b;

	for (size = 8; size <= GOMALLOC_MAX_SIZE; size *= 2) {
		a = gomalloc(size, GFP_KERNEL);
		b = gomalloc_noscan(size, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, a && b);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(__pa(a), size));
		if (size > 8)
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED(__pa(b), size));
		gofree(a);
		gofree(b);
	}
}

/* By the largest power of two in the size, up to a page for large ones */
static size_t promised(size_t size)
{
	return size > MAX_SMALL_SIZE ? min(size & -size, PAGE_SIZE) : size & -size;
}

static void all_sizes_are_aligned_as_the_kernel_promises(struct kunit *test)
{
	unsigned int i;
	size_t size;
	void *p[3];

	for (size = 8; size <= SZ_256K;
	     size += size < SZ_1K ? 8 : size < SZ_64K ? 128 : 3968) {
		/* Of several, so that not all lie at the start of a span */
		for (i = 0; i < 3; i++) {
			p[i] = got(test, i ? gomalloc(size, GFP_KERNEL) :
					     gomalloc_noscan(size, GFP_KERNEL));
			KUNIT_ASSERT_TRUE(test, IS_ALIGNED((unsigned long)p[i],
							   promised(size)));
		}
		gofree_bulk(3, p);
	}
}

static void realloc_aligns_as_a_new_object_would_be(struct kunit *test)
{
	static const size_t sizes[] = { 8, 3, 4, 12, 2, 8, 3000, 2560, 7, 8 };
	void *first, *p, *last;
	unsigned int i;

	/* One at an odd place, with the rest of its block to itself */
	migrate_disable();
	first = packed(test, 1, GOMALLOC_NOSCAN);
	p = packed(test, 1, GOMALLOC_NOSCAN);
	last = packed(test, 12, GOMALLOC_NOSCAN);
	migrate_enable();
	gofree(last);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = got(test, gorealloc(p, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
						   promised(sizes[i])));
	}
	gofree(p);
	gofree(first);
}

static void every_size_holds_what_it_says(struct kunit *test)
{
	size_t size, room;
	u8 *p;

	for (size = 1; size <= 300000; size += size < 2100 ? 1 : 977) {
		p = got(test, gomalloc(size, GFP_KERNEL));
		KUNIT_ASSERT_GE(test, gosize(p), size);
		KUNIT_ASSERT_EQ(test, gosize(p), gomalloc_size_roundup(size));
		p = gomalloc_claim(p, &room);
		stamp(p, room, size);
		KUNIT_ASSERT_TRUE(test, stamped(p, room, size));
		gofree(p);
	}
}

static void large_objects_are_contiguous_up_to_4_mib(struct kunit *test)
{
	size_t size, at;
	void *p;

	for (size = 36 * 1024; size <= SZ_4M; size = size * 3 / 2 + PAGE_SIZE) {
		p = got(test, gomalloc(size, GFP_KERNEL));
		for (at = 0; at < size; at += PAGE_SIZE)
			KUNIT_ASSERT_EQ(test,
					page_to_pfn(virt_to_page(p + at)),
					page_to_pfn(virt_to_page(p)) + PFN_DOWN(at));
		gofree(p);
	}
	KUNIT_EXPECT_NULL(test, gomalloc(SZ_4M + 1, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, gomalloc(SIZE_MAX, GFP_KERNEL | __GFP_NOWARN));
}

static void zeroed_is_zero_after_use(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 15, 16, 100, 2048, 30000, 70000 };
	unsigned int i, round;
	size_t all;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (round = 0; round < 3; round++) {
			p = got(test, gozalloc(sizes[i], GFP_KERNEL));
			p = gomalloc_claim(p, &all);
			KUNIT_EXPECT_TRUE(test, is_zero(p, all));
			memset(p, 0xff, all);
			gofree(p);
			p = gomalloc_noscan(sizes[i], GFP_KERNEL | __GFP_ZERO);
			KUNIT_ASSERT_TRUE(test, p);
			KUNIT_EXPECT_TRUE(test, is_zero(p, sizes[i]));
			memset(p, 0xff, sizes[i]);
			gofree(p);
		}
	}
}

static void arrays_that_overflow_are_refused(struct kunit *test)
{
	size_t huge = SIZE_MAX / 2;
	void *p;

	KUNIT_EXPECT_NULL(test, gomalloc_array(huge, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, gocalloc(3, huge, GFP_KERNEL));
	p = got(test, gocalloc(10, 10, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, is_zero(p, 100));
	gofree(p);
}

static void realloc_stays_where_the_class_allows(struct kunit *test)
{
	void *p = packed(test, 100, 0), *q;

	stamp(p, 100, 1);
	q = gorealloc(p, 112, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	q = gorealloc(p, 50, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	q = gorealloc(p, 113, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, q, p);
	KUNIT_EXPECT_EQ(test, gosize(q), (size_t)128);
	gofree(q);
}

static void realloc_keeps_the_contents_as_it_grows(struct kunit *test)
{
	size_t size = 1, next;
	u8 *p = gomalloc(1, GFP_KERNEL), *q;

	KUNIT_ASSERT_TRUE(test, p);
	*p = 0xaa;
	for (; size < SZ_1M; size = next) {
		next = size * 3 / 2 + 1;
		q = got(test, gorealloc(p, next, GFP_KERNEL));
		KUNIT_ASSERT_EQ(test, (int)q[0], 0xaa);
		KUNIT_ASSERT_EQ(test, (int)q[size - 1], 0xaa);
		memset(q, 0xaa, next);
		p = q;
	}
	KUNIT_EXPECT_PTR_EQ(test, gorealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	p = gorealloc(NULL, 10, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, p);
	gofree(p);
}

static void realloc_of_tiny_objects_leaves_their_neighbours(struct kunit *test)
{
	u8 *a = packed(test, 4, GOMALLOC_NOSCAN);
	u8 *b = packed(test, 4, GOMALLOC_NOSCAN);
	u8 *c;

	memset(a, 1, 4);
	memset(b, 2, 4);
	c = got(test, gorealloc(a, 12, GFP_KERNEL | __GFP_ZERO));
	KUNIT_EXPECT_EQ(test, (int)c[3], 1);
	KUNIT_EXPECT_FALSE(test, memchr_inv(b, 2, 4));
	memset(c, 3, 12);
	KUNIT_EXPECT_FALSE(test, memchr_inv(b, 2, 4));
	gofree(c);
	gofree(b);
}

static void realloc_with_zero_shows_zeroes(struct kunit *test)
{
	u8 *p = got(test, gozalloc(10, GFP_KERNEL));

	memset(p, 0xff, 10);
	p = gorealloc(p, 3, GFP_KERNEL | __GFP_ZERO);
	p = got(test, gorealloc(p, 16, GFP_KERNEL | __GFP_ZERO));
	KUNIT_EXPECT_TRUE(test, is_zero(p + 3, 13));
	p = got(test, gorealloc(p, 1000, GFP_KERNEL | __GFP_ZERO));
	KUNIT_EXPECT_TRUE(test, is_zero(p + 3, 997));
	gofree(p);
}

/* Nor what its neighbour left, where tiny objects are packed */
static void realloc_with_zero_shows_nothing_of_a_neighbour(struct kunit *test)
{
	unsigned int size, more;
	u8 *p, *q, *neighbour;

	for (size = 1; size < 15; size++) {
		for (more = size + 1; more < 16; more++) {
			p = got(test, gomalloc_noscan(size, GFP_KERNEL | __GFP_ZERO));
			neighbour = got(test, gomalloc_noscan(16 - size, GFP_KERNEL));
			memset(p, 0x11, size);
			memset(neighbour, 0xee, 16 - size);
			gofree(neighbour);
			q = got(test, gorealloc(p, more, GFP_KERNEL | __GFP_ZERO));
			KUNIT_EXPECT_NULL(test, memchr_inv(q, 0x11, size));
			KUNIT_EXPECT_TRUE(test, is_zero(q + size, more - size));
			gofree(q);
		}
	}
}

static void bulk_is_all_or_nothing(struct kunit *test)
{
	void **p = scratch(test, 100 * sizeof(*p));
	int i;

	KUNIT_ASSERT_EQ(test, gomalloc_bulk(GFP_KERNEL, 40, 100, p), 100);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, gosize(p[i]), gomalloc_size_roundup(40));
	gofree_bulk(100, p);
	KUNIT_EXPECT_EQ(test, gomalloc_bulk(GFP_KERNEL | __GFP_NOWARN, SZ_8M,
					    3, p), 0);
}

static void strings_and_memory_are_copied(struct kunit *test)
{
	char *s = gostrdup("gopher", GFP_KERNEL);
	u32 data[3] = { 1, 2, 3 }, *m = gomemdup(data, sizeof(data), GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, s && m);
	KUNIT_EXPECT_STREQ(test, s, "gopher");
	KUNIT_EXPECT_EQ(test, m[2], 3U);
	KUNIT_EXPECT_NULL(test, gostrdup(NULL, GFP_KERNEL));
	gofree_sensitive(s);
	gofree_sensitive(m);
}

static void the_node_that_is_asked_for_is_obeyed(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, 5000, 32768, 200000 };
	unsigned int i, round;
	void *p;
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			for (round = 0; round < 50; round++) {
				p = gomalloc_node(sizes[i], GFP_KERNEL, nid);
				KUNIT_ASSERT_TRUE(test, p);
				KUNIT_ASSERT_EQ(test, nid, page_to_nid(virt_to_page(p)));
				gofree(p);
			}
		}
	}
	p = gozalloc_node(64, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_TRUE(test, p);
	gofree(p);
	p = gomalloc_node(64, GFP_KERNEL, MAX_NUMNODES + 5);
	KUNIT_EXPECT_TRUE(test, p);
	gofree(p);
}

static void other_zones_are_refused(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, gomalloc(10, GFP_KERNEL | GFP_DMA));
	KUNIT_EXPECT_NULL(test, gomalloc(100000, GFP_KERNEL | GFP_DMA32));
	KUNIT_EXPECT_NULL(test, gomalloc_noscan(3, GFP_KERNEL | __GFP_HIGHMEM));
}

static void atomic_requests_are_served_with_interrupts_off(struct kunit *test)
{
	void *p[40];
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	for (i = 0; i < 40; i++)
		p[i] = gomalloc(1 + i * 100, i & 1 ? GFP_ATOMIC : GFP_NOWAIT);
	for (i = 0; i < 40; i++)
		gofree(p[i]);
	local_irq_restore(flags);
	for (i = 0; i < 40; i++)
		KUNIT_EXPECT_TRUE(test, p[i]);
}

static void nofail_does_not_fail(struct kunit *test)
{
	void *p = gomalloc(64, GFP_KERNEL | __GFP_NOFAIL);
	void *q = gomalloc(SZ_128K, GFP_KERNEL | __GFP_NOFAIL);

	KUNIT_EXPECT_TRUE(test, p && q);
	gofree(p);
	gofree(q);
}

static void what_no_block_holds_is_mapped(struct kunit *test)
{
	size_t size = 5 * SZ_1M + 100;
	u8 *p = got(test, gokvmalloc(size, GFP_KERNEL | __GFP_ZERO));

	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_TRUE(test, is_zero(p, size));
	KUNIT_EXPECT_EQ(test, gosize(p), PAGE_ALIGN(size));
	stamp(p, size, 9);
	KUNIT_EXPECT_TRUE(test, stamped(p, size, 9));
	p = got(test, gorealloc(p, size + SZ_1M, GFP_KERNEL));
	gofree(p);
	p = gokvmalloc(SZ_64K, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	gofree(p);
	KUNIT_EXPECT_NULL(test, gokvmalloc(5 * SZ_1M, GFP_ATOMIC));
}

/* Whether it is one of these nothing tells that sees every one of them */
static void a_mapped_object_can_be_freed_where_one_cannot_sleep(struct kunit *test)
{
	struct gomalloc_heap *heap = gomalloc_default_heap;
	unsigned long flags;
	void *p[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		p[i] = got(test, gokvmalloc(5 * SZ_1M, GFP_KERNEL));
	local_irq_save(flags);
	gofree(p[0]);
	local_irq_restore(flags);
	rcu_read_lock();
	gofree(p[1]);
	rcu_read_unlock();
	preempt_disable();
	gofree(p[2]);
	KUNIT_EXPECT_GE(test, atomic_long_read(&heap->held_pages),
			atomic_long_read(&heap->vmap_pages));
	preempt_enable();
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->vmap_pages), 0L);
}

/* For what was freed and is not yet unmapped still counts */
static void a_mapped_object_gets_what_another_held_at_a_limit(struct kunit *test)
{
	struct gomalloc_heap *heap = gomalloc_default_heap;
	size_t held = stats_of(heap).held_bytes;
	unsigned int i;
	void *p;

	KUNIT_ASSERT_EQ(test, gomalloc_heap_set_limits(NULL, held + 7 * SZ_1M, 0), 0);
	for (i = 0; i < 20; i++) {
		p = gokvmalloc(5 * SZ_1M, GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, p);
		gofree(p);
	}
	KUNIT_EXPECT_EQ(test, gomalloc_heap_set_limits(NULL, 0, 0), 0);
}

static void the_pages_of_a_mapped_object_are_released(struct kunit *test)
{
	void *p = got(test, gokvmalloc(5 * SZ_1M, GFP_KERNEL));
	struct page *page;

	page = vmalloc_to_page(p + SZ_1M);
	get_page(page);
	gofree(p);
	mvmap_drain(&gomalloc_sys);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

struct rcu_object {
	u64		before[3];
	struct rcu_head	rcu;
	u8		after[500];
};

static void rcu_frees_wait_for_readers(struct kunit *test)
{
	u64 before = live_objects(gomalloc_default_heap);
	struct rcu_object *o;

	o = got(test, gomalloc(sizeof(*o), GFP_KERNEL));
	rcu_read_lock();
	gofree_rcu(o, rcu);
	KUNIT_EXPECT_EQ(test, live_objects(gomalloc_default_heap), before + 1);
	rcu_read_unlock();
	o = NULL;
	gofree_rcu(o, rcu);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, live_objects(gomalloc_default_heap), before);
}

static void scope_based_frees_work(struct kunit *test)
{
	u64 before = live_objects(gomalloc_default_heap);

	{
		void *p __free(gofree) = gomalloc(77, GFP_KERNEL);

		KUNIT_EXPECT_TRUE(test, p);
	}
	KUNIT_EXPECT_EQ(test, live_objects(gomalloc_default_heap), before);
}

static void scan_and_noscan_never_share_a_span(struct kunit *test)
{
	void *a[50], *b[50];
	int i, j;

	for (i = 0; i < 50; i++) {
		a[i] = gomalloc(64, GFP_KERNEL);
		b[i] = gomalloc_noscan(64, GFP_KERNEL);
	}
	for (i = 0; i < 50; i++) {
		for (j = 0; j < 50; j++)
			KUNIT_EXPECT_PTR_NE(test, span_of(a[i]), span_of(b[j]));
	}
	gofree_bulk(50, a);
	gofree_bulk(50, b);
}

static void memory_is_cleared_at_allocation_if_the_kernel_says_so(struct kunit *test)
{
	static const size_t sizes[] = { 5, 16, 64, 3000, 50000 };
	unsigned int i, round;
	void *p;

	if (!want_init_on_alloc(0)) {
		kunit_skip(test, "not booted with init_on_alloc=1");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (round = 0; round < 3; round++) {
			p = got(test, gomalloc_noscan(sizes[i], GFP_KERNEL));
			KUNIT_EXPECT_TRUE(test, is_zero(p, sizes[i]));
			memset(p, 0xff, sizes[i]);
			gofree(p);
		}
	}
}

/* Neighbours keep the spans, so that what is read is still ours */
static void memory_is_cleared_at_free_if_the_kernel_says_so(struct kunit *test)
{
	static const size_t sizes[] = { 5, 16, 64, 3000 };
	void *keep[8], *p;
	unsigned int i, j;

	if (!want_init_on_free()) {
		kunit_skip(test, "not booted with init_on_free=1");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < 8; j++)
			keep[j] = gomalloc_noscan(sizes[i], GFP_KERNEL);
		p = got(test, gomalloc_noscan(sizes[i], GFP_KERNEL));
		memset(p, 0xff, sizes[i]);
		gofree(p);
		KUNIT_EXPECT_TRUE(test, hook_is_zero(p, sizes[i]));
		gofree_bulk(8, keep);
	}
}

/* So that a free has no neighbour to leave alone, and no end to ask for */
static void tiny_objects_have_a_slot_each_where_frees_clear(struct kunit *test)
{
	u8 *p[9];
	int i;

	if (!want_init_on_free()) {
		kunit_skip(test, "not booted with init_on_free=1");
		return;
	}
	for (i = 0; i < 9; i++) {
		p[i] = got(test, gomalloc_noscan(5, GFP_KERNEL));
		KUNIT_EXPECT_FALSE(test, mspan_is_tiny(span_of(p[i])));
		memset(p[i], i + 1, 5);
	}
	gofree(p[4]);
	KUNIT_EXPECT_TRUE(test, hook_is_zero(p[4], 5));
	for (i = 0; i < 9; i++) {
		if (i == 4)
			continue;
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], i + 1, 5));
		gofree(p[i]);
	}
}

TEST_SUITE(malloc, NO_FIXTURE,
	   KUNIT_CASE(nothing_is_asked_for_and_given),
	   KUNIT_CASE(powers_of_two_are_naturally_aligned),
	   KUNIT_CASE(all_sizes_are_aligned_as_the_kernel_promises),
	   KUNIT_CASE(realloc_aligns_as_a_new_object_would_be),
	   KUNIT_CASE(every_size_holds_what_it_says),
	   KUNIT_CASE(large_objects_are_contiguous_up_to_4_mib),
	   KUNIT_CASE(zeroed_is_zero_after_use),
	   KUNIT_CASE(arrays_that_overflow_are_refused),
	   KUNIT_CASE(realloc_stays_where_the_class_allows),
	   KUNIT_CASE(realloc_keeps_the_contents_as_it_grows),
	   KUNIT_CASE(realloc_of_tiny_objects_leaves_their_neighbours),
	   KUNIT_CASE(realloc_with_zero_shows_zeroes),
	   KUNIT_CASE(realloc_with_zero_shows_nothing_of_a_neighbour),
	   KUNIT_CASE(bulk_is_all_or_nothing),
	   KUNIT_CASE(strings_and_memory_are_copied),
	   KUNIT_CASE(the_node_that_is_asked_for_is_obeyed),
	   KUNIT_CASE(other_zones_are_refused),
	   KUNIT_CASE(atomic_requests_are_served_with_interrupts_off),
	   KUNIT_CASE(nofail_does_not_fail),
	   KUNIT_CASE(what_no_block_holds_is_mapped),
	   KUNIT_CASE(a_mapped_object_can_be_freed_where_one_cannot_sleep),
	   KUNIT_CASE(a_mapped_object_gets_what_another_held_at_a_limit),
	   KUNIT_CASE(the_pages_of_a_mapped_object_are_released),
	   KUNIT_CASE(rcu_frees_wait_for_readers),
	   KUNIT_CASE(scope_based_frees_work),
	   KUNIT_CASE(scan_and_noscan_never_share_a_span),
	   KUNIT_CASE(memory_is_cleared_at_allocation_if_the_kernel_says_so),
	   KUNIT_CASE(memory_is_cleared_at_free_if_the_kernel_says_so),
	   KUNIT_CASE(tiny_objects_have_a_slot_each_where_frees_clear));
