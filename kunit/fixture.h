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
#include "hook.h"
#include "ledger.h"
#include "malloc.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mlarge.h"
#include "mrelease.h"
#include "mspan.h"
#include "mvmap.h"
#include "mwalk.h"
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

/* The class of @size of this CPU's cache, of objects with pointers */
static inline struct mcache_class *this_class(struct gomalloc_heap *heap,
					      size_t size)
{
	return &gate_mcache_here(heap)->class[size_to_class(size) << 1];
}

struct gomalloc_heap *make_heap_like(struct kunit *test,
				     const struct gomalloc_heap_params *params);
struct gomalloc_heap *make_heap(struct kunit *test, const char *name,
				size_t limit, unsigned int flags);
void destroy_heap(struct kunit *test, struct gomalloc_heap *heap);
void *heap_object(struct kunit *test, size_t size);
void take_objects(struct kunit *test, void **p, int nr, size_t size);
void **heap_objects(struct kunit *test, int nr, size_t size);
void free_objects(void **p, int nr);
struct gomalloc_stats stats_of(struct gomalloc_heap *heap);
struct gomalloc_class_stats *rows_of(struct kunit *test,
				     struct gomalloc_heap *heap);
u64 live_objects(struct gomalloc_heap *heap);

/* Not where frees clear, nor where each object has a tag */
static inline bool tiny_is_packed(void)
{
	return !want_init_on_free() && !compat_profiling_is_on();
}

bool packs_tiny(struct kunit *test);
void write_freed(u8 *p, u8 value);
void look_and_wait(struct gomalloc_heap *heap);
void expect_all_released(struct kunit *test, struct gomalloc_heap *heap);
int other_cpu(void);

#endif /* _GOMALLOC_KUNIT_FIXTURE_H */
