/* SPDX-License-Identifier: GPL-2.0 */
/*
 * below - a heap made by hand, for the suites that link one layer and what is
 * below it
 */
#ifndef _GOMALLOC_KUNIT_BELOW_H
#define _GOMALLOC_KUNIT_BELOW_H

#include <linux/gfp.h>

#include "ledger.h"
#include "mcentral.h"
#include "meta.h"
#include "mheap.h"
#include "mrelease.h"
#include "mspan.h"
#include "mwalk.h"
#include "pagemap.h"
#include "suite.h"

static inline void below_make_node(struct kunit *test,
				   struct gomalloc_heap *heap, int nid)
{
	struct mheap *h = scratch(test, sizeof(*h));

	mheap_init(h, heap, nid);
	heap->node[nid] = h;
}

/* For the init of a suite: a heap of mheaps, without a scavenger */
static inline int below_init(struct kunit *test)
{
	struct gomalloc_heap *heap;
	int nid;

	stay_on_this_cpu();
	heap = scratch(test, struct_size(heap, node, nr_node_ids));
	test->priv = heap;
	heap->sys = scratch(test, sizeof(*heap->sys));
	heap->cache_bytes = SZ_1M;
	/* Page reclaim does not know of it */
	heap->is_holder = true;
	heap->nr_nodes = nr_node_ids;
	/* By their address spans know which heap they are of */
	heap->mcaches = alloc_percpu(struct mcache_slot);
	KUNIT_ASSERT_TRUE(test, heap->mcaches);
	KUNIT_ASSERT_EQ(test, ledger_init(heap, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, mspan_create_caches(heap->sys), 0);
	KUNIT_ASSERT_EQ(test, meta_create_caches(heap->sys), 0);
	for_each_node(nid)
		below_make_node(test, heap, nid);
	return 0;
}

/* For its exit: not a page may be left */
static inline void below_exit(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	struct mheap *h;
	unsigned int nid;

	for_each_mheap(h, heap, nid) {
		KUNIT_EXPECT_TRUE(test, mwalk_valid(h));
		KUNIT_EXPECT_EQ(test, h->used_pages, 0UL);
		mheap_destroy(h);
		KUNIT_EXPECT_EQ(test, h->held_pages, 0UL);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&heap->held_pages), 0L);
	meta_destroy_caches(heap->sys);
	mspan_destroy_caches(heap->sys);
	free_percpu(heap->mcaches);
	ledger_exit(heap);
}

/* The same, where spans had mcentrals */
static inline void below_exit_central(struct kunit *test)
{
	struct mheap *h;
	unsigned int nid;

	for_each_mheap(h, test_heap(test), nid)
		mcentral_destroy_all(h);
	below_exit(test);
}

/* Once for all cases of a suite */
static inline int below_suite_init(struct kunit_suite *suite)
{
	return pagemap_init();
}

static inline void below_suite_exit(struct kunit_suite *suite)
{
	pagemap_exit();
}

#define BELOW(_init, _exit)						\
	.suite_init = below_suite_init, .suite_exit = below_suite_exit,	\
	.init = _init, .exit = _exit

#endif /* _GOMALLOC_KUNIT_BELOW_H */
