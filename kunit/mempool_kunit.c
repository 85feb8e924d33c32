// SPDX-License-Identifier: GPL-2.0
/*
 * mempool: objects as the elements of a mempool.
 */
#include <linux/mempool.h>
#include <linux/slab.h>

#include "fixture.h"

#define NR	4

static u64 live(void)
{
	return live_objects(gomalloc_default_heap);
}

/* Those that are reserved, and more; @pool is full again behind it */
static void use_pool(struct kunit *test, mempool_t *pool, size_t size)
{
	void *p[3 * NR];
	u64 before = live();
	int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = got(test, mempool_alloc(pool, GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, gomalloc_owns(p[i]));
		memset(p[i], i, size);
	}
	KUNIT_EXPECT_EQ(test, live(), before + ARRAY_SIZE(p));
	while (i--) {
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], i, size));
		mempool_free(p[i], pool);
	}
	KUNIT_EXPECT_EQ(test, live(), before);
}

static void a_pool_reserves_objects(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, 4096, 40000 };
	u64 before = live();
	mempool_t *pool;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		pool = got(test, mempool_create_gomalloc_pool(NR, sizes[i]));
		KUNIT_EXPECT_EQ(test, live(), before + NR);
		use_pool(test, pool, sizes[i]);
		KUNIT_EXPECT_EQ(test, mempool_resize(pool, 2 * NR), 0);
		KUNIT_EXPECT_EQ(test, live(), before + 2 * NR);
		use_pool(test, pool, sizes[i]);
		mempool_destroy(pool);
		KUNIT_EXPECT_EQ(test, live(), before);
	}
}

/* In place of the heap's */
static void *none(gfp_t gfp, void *pool_data)
{
	return NULL;
}

/* While the heap has nothing the reserve serves; what is freed refills it first */
static void a_pool_is_refilled(struct kunit *test)
{
	mempool_t *pool = got(test, mempool_create_gomalloc_pool(NR, 200));
	u64 before = live();
	void *p[NR + 1];
	int i;

	p[NR] = got(test, mempool_alloc(pool, GFP_KERNEL));
	pool->alloc = none;
	for (i = 0; i < NR; i++)
		p[i] = got(test, mempool_alloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_NULL(test, mempool_alloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, pool->curr_nr, 0);
	for (i = 0; i < NR; i++)
		mempool_free(p[i], pool);
	KUNIT_EXPECT_EQ(test, pool->curr_nr, NR);
	KUNIT_EXPECT_EQ(test, live(), before + 1);
	mempool_free(p[NR], pool);
	KUNIT_EXPECT_EQ(test, live(), before);
	mempool_destroy(pool);
	KUNIT_EXPECT_EQ(test, live(), before - NR);
}

static void a_pool_may_be_within_a_struct(struct kunit *test)
{
	u64 before = live();
	mempool_t pool;

	KUNIT_ASSERT_EQ(test, mempool_init_gomalloc_pool(&pool, NR, 300), 0);
	KUNIT_EXPECT_EQ(test, live(), before + NR);
	use_pool(test, &pool, 300);
	mempool_exit(&pool);
	KUNIT_EXPECT_EQ(test, live(), before);
}

TEST_SUITE(mempool, FIXTURE,
	   KUNIT_CASE(a_pool_reserves_objects),
	   KUNIT_CASE(a_pool_is_refilled),
	   KUNIT_CASE(a_pool_may_be_within_a_struct));
