/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mcache_release.c: what a CPU has cached, back to the mcentrals */
#ifndef _GOMALLOC_MCACHE_RELEASE_H
#define _GOMALLOC_MCACHE_RELEASE_H

#include <linux/atomic.h>
#include <linux/percpu.h>

#include "heap.h"

/* Has a CPU cached more than @bytes, or of large objects more than half of that? */
static inline bool mcache_is_over(const struct mcache *cache, long bytes)
{
	return atomic_long_read(&cache->cached) > bytes ||
	       atomic_long_read(&cache->cached_large) > bytes / 2;
}

void mcache_evict(struct gomalloc_heap *heap, unsigned int spc);
bool mcache_drain_class(struct gomalloc_heap *heap, unsigned int spc, bool all);
void mcache_free_offered(struct mcache *cache);
void mcache_release_here(struct gomalloc_heap *heap);
void mcache_release_all(struct mcache *cache);

/* @spc has taken something that may be too much for this CPU. No gate is shut. */
static inline void mcache_limit(struct gomalloc_heap *heap, unsigned int spc)
{
	if (unlikely(mcache_is_over(gate_mcache_here(heap),
				    READ_ONCE(heap->cache_bytes))))
		mcache_evict(heap, spc);
}

#endif /* _GOMALLOC_MCACHE_RELEASE_H */
