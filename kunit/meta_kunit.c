// SPDX-License-Identifier: GPL-2.0
/*
 * meta: the caches of the module's own structs.
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "compat.h"
#include "marena.h"
#include "meta.h"
#include "recycle_stack.h"
#include "suite.h"

/* Of the memory of @kind */
static size_t room_of(struct kunit *test, enum meta_kind kind)
{
	KUNIT_ASSERT_LT(test, kind, NR_META_KINDS);
	return kmem_cache_size(test_heap(test)->sys->meta_cache[kind]);
}

static void every_arena_has_room_for_its_bits(struct kunit *test)
{
	unsigned int order, npages;
	struct marena *arena;
	size_t size;

	for (order = 0; order <= GOMALLOC_MAX_ORDER; order++) {
		/* At a limit an arena has some pages of a block */
		for (npages = BIT(order) / 2 + 1; npages <= BIT(order); npages++) {
			size = struct_size(arena, used, BITS_TO_LONGS(npages));
			KUNIT_ASSERT_GE(test, room_of(test, meta_arena_kind(npages)),
					size);
		}
	}
	KUNIT_EXPECT_EQ(test, meta_arena_kind(BITS_PER_LONG), META_ARENA);
}

static void every_stack_has_room_for_its_objects(struct kunit *test)
{
	struct recycle_stack *stack;
	unsigned int room;

	for (room = 4; room <= RECYCLE_MAX_ROOM; room++)
		KUNIT_EXPECT_GE(test, room_of(test, meta_stack_kind(room)),
				struct_size(stack, slot, room + 2));
	KUNIT_EXPECT_EQ(test, meta_stack_kind(4), META_STACK);
}

static void each_kind_can_be_had_and_given_back(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	enum meta_kind kind;
	u8 *p;

	for (kind = 0; kind < NR_META_KINDS; kind++) {
		p = got(test, meta_alloc(heap, kind, GFP_KERNEL | __GFP_ZERO));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, room_of(test, kind)));
		memset(p, 0x5a, room_of(test, kind));
		meta_free(heap, kind, p);
	}
}

static int meta_init(struct kunit *test)
{
	struct gomalloc_heap *heap = scratch(test, sizeof(*heap));

	heap->sys = scratch(test, sizeof(*heap->sys));
	test->priv = heap;
	KUNIT_ASSERT_EQ(test, meta_create_caches(heap->sys), 0);
	return 0;
}

/* What a cache still had the kernel would say, and the run fail */
static void meta_exit(struct kunit *test)
{
	meta_destroy_caches(test_heap(test)->sys);
}

#define META_FIXTURE	.init = meta_init, .exit = meta_exit

TEST_SUITE(meta, META_FIXTURE,
	   KUNIT_CASE(every_arena_has_room_for_its_bits),
	   KUNIT_CASE(every_stack_has_room_for_its_objects),
	   KUNIT_CASE(each_kind_can_be_had_and_given_back));
