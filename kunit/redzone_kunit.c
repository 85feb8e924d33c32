// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps that are debugged in slub_debug's words: red zones, poison, checks, tracking.
 */
#include <linux/poison.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "debugopt.h"
#include "drain.h"
#include "fixture.h"
#include "heap_flags.h"
#include "sample.h"
#include "track.h"

static const size_t sizes[] = {
	1, 8, 15, 16, 24, 64, 100, 1000, 2048, 4096, 10000, 32000, 32768, 50000
};

/* The largest of them with a red zone, which takes 16 bytes */
#define LARGEST_ZONED	32000

/* Objects that the table has room for */
#define ROOM	512

/* The heap of the test, debugged from now on, with a table of its own for U */
static struct gomalloc_heap *debugged(struct kunit *test, const char *letters)
{
	if (!gomalloc_sys.track)
		gomalloc_sys.track = got(test, track_create(ROOM));
	KUNIT_ASSERT_EQ(test, sample_set_heap_debug(test_heap(test), letters), 0);
	return test_heap(test);
}

static void end_debug(struct kunit *test)
{
	struct track *t = gomalloc_sys.track;

	KUNIT_EXPECT_EQ(test, sample_set_debug(&gomalloc_sys, ""), 0);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(test_heap(test)), 0);
	gomalloc_sys.track = NULL;
	if (t)
		track_destroy(t);
}

static long nr_misuses(const struct gomalloc_heap *heap, enum gomalloc_misuse kind)
{
	return atomic_long_read(&heap->misuses[kind]);
}

static void *object(struct kunit *test, size_t size)
{
	return got(test, gomalloc_heap_alloc(test_heap(test), size, GFP_KERNEL,
					     GOMALLOC_NOSCAN));
}

static void a_byte_written_behind_an_object_is_found_when_it_is_freed(struct kunit *test)
{
	struct gomalloc_heap *heap = debugged(test, "Z");
	long before;
	u8 *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes) && sizes[i] <= LARGEST_ZONED; i++) {
		before = nr_misuses(heap, GOMALLOC_BESIDE);
		p = object(test, sizes[i]);
		KUNIT_EXPECT_EQ(test, gosize(p), sizes[i]);
		write_freed(p + sizes[i], 0);
		gofree(p);
		KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_BESIDE), before + 1);
	}
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	end_debug(test);
}

/* What KASAN would not have, and so that it is another byte whatever was there */
static void flip(u8 *p)
{
	u8 byte;

	hook_copy(&byte, p, 1);
	write_freed(p, ~byte);
}

/* Of the object before it */
static void a_byte_written_before_an_object_is_found(struct kunit *test)
{
	struct gomalloc_heap *heap = debugged(test, "Z");
	u8 *p[8];
	int i, n = 0;

	for (i = 0; i < 8; i++)
		p[i] = object(test, 100);
	for (i = 1; i < 8; i++) {
		/* Not of another span */
		if (p[i] - p[i - 1] >= 100 && p[i] - p[i - 1] < 200) {
			flip(p[i] - 1);
			n++;
		}
	}
	gofree_bulk(8, (void **)p);
	KUNIT_EXPECT_GT(test, n, 0);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_BESIDE), (long)n);
	end_debug(test);
}

/* With all of it: sizes, growth, zeroes, contents */
static void who_keeps_to_the_rules_hears_nothing(struct kunit *test)
{
	struct gomalloc_heap *heap = debugged(test, "fzp");
	void *p[ARRAY_SIZE(sizes)];
	size_t size;
	int i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			p[i] = got(test, gomalloc_heap_alloc(heap, sizes[i],
							     GFP_KERNEL | __GFP_ZERO, 0));
			KUNIT_EXPECT_TRUE(test, hook_is_zero(p[i], sizes[i]));
			stamp(p[i], sizes[i], i);
		}
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			KUNIT_EXPECT_TRUE(test, stamped(p[i], sizes[i], i));
			p[i] = got(test, gorealloc(p[i], 2 * sizes[i], GFP_KERNEL));
			KUNIT_EXPECT_TRUE(test, stamped(p[i], sizes[i], i));
			p[i] = gomalloc_claim(p[i], &size);
			memset(p[i], 0xff, size);
			gofree(p[i]);
		}
	}
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, 0ULL);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	end_debug(test);
}

static void objects_with_red_zones_are_aligned_as_without(struct kunit *test)
{
	size_t size;
	void *p;

	debugged(test, "Z");
	for (size = 8; size <= 8192; size *= 2) {
		p = heap_object(test, size);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
						   min_t(size_t, size, PAGE_SIZE)));
		gofree(p);
	}
	end_debug(test);
}

/* What was freed first is handed out last, at the latest when all of its span is */
static bool is_found_among(struct kunit *test, int nr, size_t size)
{
	void **p = heap_objects(test, nr, size);

	free_objects(p, nr);
	return nr_misuses(test_heap(test), GOMALLOC_WRITTEN);
}

static void a_write_to_a_freed_object_is_found_when_its_slot_is_used(struct kunit *test)
{
	struct gomalloc_heap *heap = debugged(test, "P");
	void *keep = heap_object(test, 100);
	u8 *p = heap_object(test, 100);

	gofree(p);
	write_freed(p + 50, 1);
	KUNIT_EXPECT_TRUE(test, is_found_among(test, 100, 100));
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_WRITTEN), 1L);
	gofree(keep);
	end_debug(test);
}

static void free_and_fresh_objects_hold_poison(struct kunit *test)
{
	void *keep, *p;

	debugged(test, "P");
	keep = heap_object(test, 200);
	p = heap_object(test, 200);
	KUNIT_EXPECT_FALSE(test, hook_find_other(p, POISON_INUSE, 200));
	memset(p, 1, 200);
	gofree(p);
	KUNIT_EXPECT_FALSE(test, hook_find_other(p, POISON_FREE, 200));
	gofree(keep);
	end_debug(test);
}

/* Its struct and its pages come back for the same class: little is set again */
static void a_span_that_is_made_again_is_debugged_as_the_heap_is_now(struct kunit *test)
{
	void *keep = heap_object(test, 200), *p;

	gofree(keep);
	drain_cpus(test_heap(test));
	debugged(test, "P");
	keep = heap_object(test, 200);
	p = heap_object(test, 200);
	KUNIT_EXPECT_FALSE(test, hook_find_other(p, POISON_INUSE, 200));
	gofree(p);
	KUNIT_EXPECT_FALSE(test, hook_find_other(p, POISON_FREE, 200));
	gofree(keep);
	end_debug(test);
}

/* Objects from before, and spans, are as they were made */
static void it_comes_and_goes_while_objects_live(struct kunit *test)
{
	static const char *const letters[] = { "FZPU", "-", "P", "Z", "F", "U", "-" };
	struct gomalloc_heap *heap = test_heap(test);
	void **p[ARRAY_SIZE(letters)];
	int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		debugged(test, letters[i]);
		p[i] = heap_objects(test, 50, 40 + i % 2);
		free_objects(p[i] + 25, 25);
	}
	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		debugged(test, letters[ARRAY_SIZE(letters) - 1 - i]);
		free_objects(p[i], 25);
	}
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, 0ULL);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	end_debug(test);
}

/* As if a stray write had hit the span's own memory */
static void an_object_that_is_free_by_the_bits_is_not_freed(struct kunit *test)
{
	struct gomalloc_heap *heap = debugged(test, "F");
	void *p = heap_object(test, 100);
	struct mspan *span = span_of(p);
	unsigned int index = mspan_index(span, p);

	span->free[BIT_WORD(index)] |= BIT_MASK(index);
	gofree(p);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_CORRUPT), 1L);
	/* With that it is free, and once only */
	end_debug(test);
}

static void each_object_of_a_heap_is_tracked(struct kunit *test)
{
	struct track_entry e;
	unsigned int i, n = 0;
	void *p[4];

	debugged(test, "U");
	for (i = 0; i < 4; i++)
		p[i] = heap_object(test, 64 + i);
	for (i = 0; i < ROOM; i++)
		n += track_look(gomalloc_sys.track, i, &e);
	KUNIT_EXPECT_EQ(test, n, 4U);
	gofree_bulk(4, p);
	for (i = 0; i < ROOM; i++)
		KUNIT_EXPECT_FALSE(test, track_look(gomalloc_sys.track, i, &e));
	end_debug(test);
}

static void a_red_zone_holds_until_the_callback_of_rcu(struct kunit *test)
{
	struct gomalloc_heap *heap = debugged(test, "ZP");
	struct rcu_head *p = heap_object(test, 100), *q = heap_object(test, 100);

	gofree_call_rcu(p, p);
	gofree_call_rcu(q, q);
	KUNIT_EXPECT_EQ(test, gosize(p), (size_t)100);
	write_freed((u8 *)q + 100, 0);
	gofree(p);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_PENDING), 1L);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_BESIDE), 0L);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_BESIDE), 1L);
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	end_debug(test);
}

static void a_double_free_is_one_still(struct kunit *test)
{
	struct gomalloc_heap *heap = debugged(test, "FZP");
	int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = object(test, sizes[i]);
		gofree(p);
		gofree(p);
	}
	KUNIT_EXPECT_EQ(test, stats_of(heap).misuses, (u64)ARRAY_SIZE(sizes));
	KUNIT_EXPECT_EQ(test, live_objects(heap), 0ULL);
	end_debug(test);
}

/* Of a constant size it is the class that has the red zone */
static void objects_of_gomalloc_are_debugged_too(struct kunit *test)
{
	struct gomalloc_heap *heap = gomalloc_default_heap;
	long before = nr_misuses(heap, GOMALLOC_BESIDE);
	size_t size = gomalloc_size_roundup(100);
	u8 *p, *q;

	KUNIT_ASSERT_EQ(test, sample_set_debug(&gomalloc_sys, "Z,default"), 0);
	p = got(test, gomalloc(100, GFP_KERNEL));
	q = got(test, gomalloc_noscan(3, GFP_KERNEL));
	write_freed(p + size, 0);
	write_freed(q + 3, 0);
	gofree(p);
	gofree(q);
	KUNIT_EXPECT_EQ(test, nr_misuses(heap, GOMALLOC_BESIDE), before + 2);
	p = heap_object(test, 100);
	KUNIT_EXPECT_GT(test, gosize(p), (size_t)100);
	gofree(p);
	end_debug(test);
}

static void the_words_are_those_of_slub_debug(struct kunit *test)
{
	static const struct {
		const char	*text;
		unsigned int	flags;
	} words[] = {
		{ "", 0 }, { "-", 0 }, { "F", HEAP_DEBUG_CHECK },
		{ "zP", HEAP_DEBUG_ZONE | HEAP_DEBUG_POISON },
		{ ",kunit", HEAP_DEBUGGED }, { ",other", 0 }, { "U,ku*", HEAP_DEBUG_USER },
		{ "U,a,kunit,b", HEAP_DEBUG_USER }, { "U,kuni", 0 }, { "U,kunits", 0 },
		{ "F;-,kunit", 0 }, { "F;Z,other", HEAP_DEBUG_CHECK },
		{ "Z,other;P,kunit;U", HEAP_DEBUG_POISON },
	};
	static const char *const wrong[] = { "X", "FX", "F Z", "F,kunit;O", "--", "-F" };
	char letters[DEBUGOPT_LETTERS];
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		KUNIT_EXPECT_EQ(test, debugopt_check(words[i].text), 0);
		KUNIT_EXPECT_EQ(test, debugopt_flags(words[i].text, "kunit"),
				words[i].flags);
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ(test, debugopt_check(wrong[i]), -EINVAL);
	KUNIT_EXPECT_EQ(test, sample_set_heap_debug(test_heap(test), "F,kunit"), -EINVAL);
	debugopt_print(HEAP_DEBUGGED, letters);
	KUNIT_EXPECT_STREQ(test, letters, "FZPU");
	debugopt_print(0, letters);
	KUNIT_EXPECT_STREQ(test, letters, "-");
}

TEST_SUITE(redzone, FIXTURE,
	   KUNIT_CASE(a_byte_written_behind_an_object_is_found_when_it_is_freed),
	   KUNIT_CASE(a_byte_written_before_an_object_is_found),
	   KUNIT_CASE(who_keeps_to_the_rules_hears_nothing),
	   KUNIT_CASE(objects_with_red_zones_are_aligned_as_without),
	   KUNIT_CASE(a_write_to_a_freed_object_is_found_when_its_slot_is_used),
	   KUNIT_CASE(free_and_fresh_objects_hold_poison),
	   KUNIT_CASE(a_span_that_is_made_again_is_debugged_as_the_heap_is_now),
	   KUNIT_CASE(it_comes_and_goes_while_objects_live),
	   KUNIT_CASE(an_object_that_is_free_by_the_bits_is_not_freed),
	   KUNIT_CASE(each_object_of_a_heap_is_tracked),
	   KUNIT_CASE(a_red_zone_holds_until_the_callback_of_rcu),
	   KUNIT_CASE(a_double_free_is_one_still),
	   KUNIT_CASE(objects_of_gomalloc_are_debugged_too),
	   KUNIT_CASE(the_words_are_those_of_slub_debug));
