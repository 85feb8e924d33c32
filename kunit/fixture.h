/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fixture - a heap for each test, and what several suites need
 */
#ifndef _GOMALLOC_KUNIT_FIXTURE_H
#define _GOMALLOC_KUNIT_FIXTURE_H

#include <linux/gomalloc.h>

#include "compat.h"
#include "gate.h"
#include "heaps.h"
#include "ledger.h"
#include "malloc.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mlarge.h"
#include "mrelease.h"
#include "mspan.h"
#include "mvmap.h"
#include "pagemap.h"
#include "quarantine.h"
#include "recycle.h"
#include "report.h"
#include "scavenge.h"
#include "stamp.h"
#include "suite.h"
#include "validate.h"

int fixture_init(struct kunit *test);
void fixture_exit(struct kunit *test);

#define FIXTURE		.init = fixture_init, .exit = fixture_exit

/* The heap of this test */
static inline struct gomalloc_heap *test_heap(struct kunit *test)
{
	return test->priv;
}

/* Its pages on this CPU's node */
static inline struct mheap *test_mheap(struct kunit *test)
{
	return test_heap(test)->node[numa_mem_id()];
}

struct gomalloc_heap *make_heap(struct kunit *test, const char *name,
				size_t limit, unsigned int flags);
void *heap_object(struct kunit *test, size_t size);
u64 live_objects(struct gomalloc_heap *heap);
void expect_all_released(struct kunit *test, struct gomalloc_heap *heap);

#endif /* _GOMALLOC_KUNIT_FIXTURE_H */
