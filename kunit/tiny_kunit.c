// SPDX-License-Identifier: GPL-2.0
/*
 * Tiny objects: packed, sized, freed one by one.
 */
#include <linux/prandom.h>

#include "fixture.h"
#include "mtiny.h"

static void *tiny(struct kunit *test, size_t size)
{
	return got(test, gomalloc_heap_alloc(test_heap(test), size, GFP_KERNEL,
					     GOMALLOC_NOSCAN));
}

static bool same_block(void *a, void *b)
{
	return ((unsigned long)a ^ (unsigned long)b) < TINY_SIZE;
}

/* The first object past the fast path has a block of its own; then they pack */
static void warm_up(struct kunit *test)
{
	gofree(tiny(test, 16));
}

static void small_ones_share_a_block(struct kunit *test)
{
	void *p[4];
	int i;

	if (!packs_tiny(test))
		return;
	migrate_disable();
	warm_up(test);
	for (i = 0; i < 4; i++)
		p[i] = tiny(test, 3);
	for (i = 1; i < 4; i++) {
		KUNIT_EXPECT_TRUE(test, same_block(p[0], p[i]));
		KUNIT_EXPECT_PTR_EQ(test, p[i], p[i - 1] + 3);
	}
	migrate_enable();
	free_objects(p, 4);
	expect_all_released(test, test_heap(test));
}

static void alignment_follows_the_size(struct kunit *test)
{
	size_t size;
	void *p[16];
	int round;

	warm_up(test);
	for (round = 0; round < 10; round++) {
		for (size = 1; size < 16; size++) {
			p[size] = tiny(test, size);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p[size],
							   min(1 << __ffs(size), 8)));
		}
		free_objects(p + 1, 15);
	}
}

static void a_block_is_reused_only_when_all_of_it_is_free(struct kunit *test)
{
	void *a, *b, *c;

	if (!packs_tiny(test))
		return;
	migrate_disable();
	warm_up(test);
	a = tiny(test, 8);
	b = tiny(test, 7);
	KUNIT_EXPECT_TRUE(test, same_block(a, b));
	gofree(a);
	c = tiny(test, 16);
	KUNIT_EXPECT_FALSE(test, same_block(b, c));
	gofree(b);
	gofree(c);
	c = tiny(test, 16);
	gofree(c);
	migrate_enable();
	expect_all_released(test, test_heap(test));
}

/* Between the two steps of a free that leaves its block without live objects */
static void what_an_interrupt_puts_in_a_block_stays(struct kunit *test)
{
	struct mspan *span;
	void *a, *b, *c;
	u16 *mask;
	int left;

	if (!packs_tiny(test))
		return;
	migrate_disable();
	warm_up(test);
	a = tiny(test, 8);
	span = pagemap_entry(a);
	preempt_disable();
	left = mspan_drop_tiny(span, a, &mask);
	b = gomalloc_heap_alloc(test_heap(test), 4, GFP_NOWAIT,
				GOMALLOC_NOSCAN);
	mtiny_rewind(span->mcaches, a, mask);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, left, TINY_FILLING);
	KUNIT_ASSERT_TRUE(test, b);
	KUNIT_EXPECT_TRUE(test, same_block(a, b));
	c = tiny(test, 12);
	KUNIT_EXPECT_FALSE(test, same_block(b, c));
	migrate_enable();
	gofree(b);
	gofree(c);
	expect_all_released(test, test_heap(test));
}

static void usable_sizes_do_not_overlap(struct kunit *test)
{
	size_t n[3];
	void *p[3];
	int i;

	if (!packs_tiny(test))
		return;
	migrate_disable();
	warm_up(test);
	for (i = 0; i < 3; i++) {
		p[i] = tiny(test, 4);
		n[i] = gosize(p[i]);
		KUNIT_EXPECT_GE(test, n[i], (size_t)4);
	}
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_LE(test, gosize(p[i]),
				(size_t)(p[i + 1] - p[i]));
	/* While the block is being filled the last one ends where it was cut */
	KUNIT_EXPECT_EQ(test, gosize(p[2]), (size_t)4);
	/* What a neighbour leaves is there for the taking */
	gofree(p[1]);
	KUNIT_EXPECT_EQ(test, gosize(p[0]), (size_t)8);
	migrate_enable();
	gofree(p[0]);
	gofree(p[2]);
}

static void objects_of_a_block_keep_their_contents(struct kunit *test)
{
	struct { u8 *p; u8 size, seed; } *o;
	struct rnd_state rnd;
	unsigned int i, at;

	o = scratch(test, 300 * sizeof(*o));
	prandom_seed_state(&rnd, 7);
	for (i = 0; i < 20000; i++) {
		at = prandom_u32_state(&rnd) % 300;
		if (o[at].p) {
			KUNIT_ASSERT_TRUE(test, stamped(o[at].p, o[at].size,
							o[at].seed));
			KUNIT_ASSERT_GE(test, gosize(o[at].p),
					(size_t)o[at].size);
			gofree(o[at].p);
			o[at].p = NULL;
			continue;
		}
		o[at].size = 1 + prandom_u32_state(&rnd) % 15;
		o[at].seed = i;
		o[at].p = tiny(test, o[at].size);
		stamp(o[at].p, o[at].size, o[at].seed);
	}
	for (at = 0; at < 300; at++)
		gofree(o[at].p);
	expect_all_released(test, test_heap(test));
}

static void each_object_of_a_block_counts(struct kunit *test)
{
	struct gomalloc_class_stats *rows;
	void *p[10];
	int i;

	if (!packs_tiny(test))
		return;
	for (i = 0; i < 10; i++)
		p[i] = tiny(test, 2);
	rows = rows_of(test, test_heap(test));
	KUNIT_EXPECT_EQ(test, rows[TINY_SIZE_CLASS].objects, 10ULL);
	KUNIT_EXPECT_LE(test, rows[TINY_SIZE_CLASS].object_bytes, 48ULL);
	free_objects(p, 10);
}

/*
 * === blocks of two CPUs ===
 */

/* Where the test goes on */
static void go_to(int cpu)
{
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

/* Of this node, lest its frees go past its stack. Return: it, or -1 */
static int second_cpu(struct kunit *test)
{
	int cpu;

	for_each_cpu(cpu, cpumask_of_node(numa_node_id())) {
		if (cpu_online(cpu) && cpu != raw_smp_processor_id())
			return cpu;
	}
	kunit_mark_skipped(test, "needs two CPUs of a node");
	return -1;
}

/* @here fills the block of what it returns, and frees of @there are of its span */
static void *share_a_span(struct kunit *test, int here, int there)
{
	void *slot[4], *p;
	int i;

	go_to(here);
	warm_up(test);
	p = tiny(test, 4);
	for (i = 0; i < 4; i++)
		slot[i] = tiny(test, 16);
	go_to(there);
	free_objects(slot, 4);
	return p;
}

static void of_a_span_one_cpu_fills_a_block(struct kunit *test)
{
	int here = raw_smp_processor_id(), there = second_cpu(test);
	void *a, *b, *c;

	if (there < 0 || !packs_tiny(test))
		return;
	a = share_a_span(test, here, there);
	b = tiny(test, 4);
	c = tiny(test, 4);
	KUNIT_EXPECT_PTR_EQ(test, span_of(a), span_of(b));
	KUNIT_EXPECT_FALSE(test, same_block(b, c));
	KUNIT_EXPECT_EQ(test, gosize(b), (size_t)TINY_SIZE);
	/* The end of that which is being filled is known here, too */
	KUNIT_EXPECT_EQ(test, gosize(a), (size_t)4);
	gofree(a);
	gofree(b);
	gofree(c);
	expect_all_released(test, test_heap(test));
}

static void when_a_cpu_is_drained_another_fills_blocks(struct kunit *test)
{
	int here = raw_smp_processor_id(), there = second_cpu(test);
	void *a, *b, *c;

	if (there < 0 || !packs_tiny(test))
		return;
	a = share_a_span(test, here, there);
	gomalloc_heap_trim(test_heap(test));
	KUNIT_EXPECT_EQ(test, gosize(a), (size_t)TINY_SIZE);
	warm_up(test);
	b = tiny(test, 4);
	c = tiny(test, 4);
	KUNIT_EXPECT_PTR_EQ(test, span_of(a), span_of(b));
	KUNIT_EXPECT_TRUE(test, same_block(b, c));
	go_to(here);
	KUNIT_EXPECT_EQ(test, gosize(c), (size_t)4);
	gofree(a);
	gofree(b);
	gofree(c);
	expect_all_released(test, test_heap(test));
}

static void a_cpu_leaves_a_span_with_its_last_block(struct kunit *test)
{
	unsigned int nr = 0, most = 4 * PAGE_SIZE * 2 / TINY_SIZE;
	void **p = scratch(test, (most + 1) * sizeof(*p));
	struct mspan *first;

	if (!packs_tiny(test))
		return;
	migrate_disable();
	warm_up(test);
	p[nr++] = tiny(test, 16);
	p[nr++] = tiny(test, 9);
	first = span_of(p[1]);
	KUNIT_EXPECT_EQ(test, (int)first->filler, raw_smp_processor_id() + 1);
	/* Each leaves no room for the next */
	while (nr < most && span_of(p[nr - 1]) == first)
		p[nr++] = tiny(test, 9);
	/* Only behind the one past the fast path is a block begun */
	p[nr++] = tiny(test, 9);
	KUNIT_EXPECT_EQ(test, (int)first->filler, 0);
	KUNIT_EXPECT_EQ(test, (int)span_of(p[nr - 1])->filler,
			raw_smp_processor_id() + 1);
	migrate_enable();
	free_objects(p, nr);
	expect_all_released(test, test_heap(test));
}

/* To the end that gosize() tells, whoever asks */
static void objects_that_two_cpus_pack_do_not_overlap(struct kunit *test)
{
	int cpus[2] = { raw_smp_processor_id(), second_cpu(test) };
	struct { u8 *p; size_t room; } *o, *at;
	struct rnd_state rnd;
	unsigned int i;

	if (cpus[1] < 0)
		return;
	o = scratch(test, 300 * sizeof(*o));
	prandom_seed_state(&rnd, 7);
	for (i = 0; i < 20000; i++) {
		if (i % 64 == 0)
			go_to(cpus[i / 64 % 2]);
		at = &o[prandom_u32_state(&rnd) % 300];
		if (at->p) {
			KUNIT_ASSERT_TRUE(test, stamped(at->p, at->room, at - o));
			gofree(at->p);
			at->p = NULL;
			continue;
		}
		at->p = gomalloc_claim(tiny(test, 1 + prandom_u32_state(&rnd) % 15),
				       &at->room);
		stamp(at->p, at->room, at - o);
	}
	for (i = 0; i < 300; i++)
		gofree(o[i].p);
	expect_all_released(test, test_heap(test));
}

TEST_SUITE(tiny, FIXTURE,
	   KUNIT_CASE(small_ones_share_a_block),
	   KUNIT_CASE(alignment_follows_the_size),
	   KUNIT_CASE(a_block_is_reused_only_when_all_of_it_is_free),
	   KUNIT_CASE(what_an_interrupt_puts_in_a_block_stays),
	   KUNIT_CASE(usable_sizes_do_not_overlap),
	   KUNIT_CASE(objects_of_a_block_keep_their_contents),
	   KUNIT_CASE(each_object_of_a_block_counts),
	   KUNIT_CASE(of_a_span_one_cpu_fills_a_block),
	   KUNIT_CASE(when_a_cpu_is_drained_another_fills_blocks),
	   KUNIT_CASE(a_cpu_leaves_a_span_with_its_last_block),
	   KUNIT_CASE(objects_that_two_cpus_pack_do_not_overlap));
