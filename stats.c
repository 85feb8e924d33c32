// SPDX-License-Identifier: GPL-2.0
/*
 * stats - what a heap holds, by class and in all
 *
 * What: counts live objects by their state bytes, span by span, and sums the
 *	events of the CPUs. Nothing is counted on the hot path.
 * Called by malloc.c (exported), dev.c, report.c. Calls mheap.c, mspan.c.
 * Locks: the mheap's lock for one span at a time, so that a large heap delays
 *	nobody; the sums are those of a moment only in a heap at rest.
 */
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mheap.h"
#include "mspan.h"

static void add_span(struct gomalloc_class_stats *row, const struct mspan *span)
{
	unsigned int live = mspan_count_live(span), slots = live;

	/* Objects of a tiny block share its 16 bytes */
	if (mspan_is_tiny(span))
		slots = mspan_count_tiny_blocks(span);
	row->objects += live;
	row->object_bytes += (u64)slots * span->elemsize;
	row->spans++;
	row->span_bytes += (u64)span->npages << PAGE_SHIFT;
	row->occupancy[DIV_ROUND_UP(slots * 8, span->nelems)]++;
}

/* Add the spans of a node to the rows of their classes, or all to one row */
static void add_node(struct mheap *h, struct gomalloc_class_stats *rows,
		     bool by_class)
{
	struct mheap_walk walk = {};
	struct mspan *span;
	unsigned long flags;

	do {
		raw_spin_lock_irqsave(&h->lock, flags);
		span = mheap_next_span_locked(h, &walk);
		if (span)
			add_span(rows + (by_class ? span->spanclass >> 1 : 0),
				 span);
		raw_spin_unlock_irqrestore(&h->lock, flags);
	} while (span);
}

/* Fill GOMALLOC_NR_CLASSES rows */
void heap_class_stats(struct gomalloc_heap *heap,
		      struct gomalloc_class_stats *rows)
{
	unsigned int i;

	memset(rows, 0, GOMALLOC_NR_CLASSES * sizeof(*rows));
	for (i = 0; i < GOMALLOC_NR_CLASSES; i++)
		rows[i].size = class_to_size[i];
	for (i = 0; i < heap->nr_nodes; i++) {
		if (heap->node[i])
			add_node(heap->node[i], rows, true);
	}
}

u64 heap_sum_counter(struct gomalloc_heap *heap, enum mcache_counter counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(heap->mcaches, cpu)->count[counter]);
	return sum;
}

static const char *const counter_name[NR_MCACHE_COUNTERS] = {
	[MCACHE_REFILLS] = "refill",
	[MCACHE_CACHE_PARTIAL] = "cache_partial",
	[MCACHE_CACHE_NEW] = "cache_new",
	[MCACHE_CACHE_LATE] = "cache_late",
	[MCACHE_NEXT_SPARE] = "next_spare",
	[MCACHE_SWEEPS] = "sweep",
	[MCACHE_BUSY_ALLOC] = "busy_alloc",
	[MCACHE_TINY_BLOCK] = "tiny_block",
	[MCACHE_LARGE_KEPT] = "large_kept",
	[MCACHE_ALONE] = "alone",
	[MCACHE_BUSY_FREE] = "busy_free",
	[MCACHE_REMOTE_FREES] = "remote_free",
	[MCACHE_FLUSHES] = "flush",
	[MCACHE_STACK_NEW] = "stack_new",
	[MCACHE_STACK_FREED] = "stack_freed",
	[MCACHE_STACK_GROW] = "stack_grow",
	[MCACHE_STACK_PARK] = "stack_park",
	[MCACHE_STACK_UNPARK] = "stack_unpark",
	[MCACHE_LARGE_EVICT] = "large_evict",
	[MCACHE_ROB] = "rob",
	[MCACHE_DRAIN] = "drain",
	[MCACHE_CPU_DEAD] = "cpu_dead",
	[MCACHE_UNCACHE_PARTIAL] = "uncache_partial",
	[MCACHE_UNCACHE_FULL] = "uncache_full",
	[MCACHE_UNCACHE_EMPTY] = "uncache_empty",
	[MCACHE_ALLOC_FULL] = "alloc_full",
	[MCACHE_REMOTE_PARTIAL] = "remote_partial",
	[MCACHE_REMOTE_EMPTY] = "remote_empty",
	[MCACHE_REMOTE_NOTHING] = "remote_nothing",
	[MCACHE_REMOTE_LATE] = "remote_late",
	[MCACHE_FLUSH_PARTIAL] = "flush_partial",
	[MCACHE_FLUSH_EMPTY] = "flush_empty",
	[MCACHE_FLUSH_OWNED] = "flush_owned",
	[MCACHE_PLACE_AGAIN] = "place_again",
	[MCACHE_STRUCT_NEW] = "struct_new",
	[MCACHE_STRUCT_REUSED] = "struct_reused",
	[MCACHE_STRUCT_FREED] = "struct_freed",
	[MCACHE_GROW_64K] = "grow_64k",
	[MCACHE_GROW_128K] = "grow_128k",
	[MCACHE_GROW_256K] = "grow_256k",
	[MCACHE_GROW_512K] = "grow_512k",
	[MCACHE_GROW_1M] = "grow_1m",
	[MCACHE_GROW_2M] = "grow_2m",
	[MCACHE_GROW_4M] = "grow_4m",
	[MCACHE_GROW_SMALLER] = "grow_smaller",
	[MCACHE_GROW_ELSEWHERE] = "grow_elsewhere",
	[MCACHE_GROW_FAILED] = "grow_failed",
	[MCACHE_MAKE_ROOM] = "make_room",
	[MCACHE_RELEASE_ARENA] = "release_arena",
	[MCACHE_RELEASE_RUN] = "release_run",
	[MCACHE_SHRINK] = "shrink",
	[MCACHE_SCAVENGE] = "scavenge",
	[MCACHE_LOCKS] = "lock",
};

/* Return: the name of counter @nr, with its @value; NULL: there are not so many */
const char *heap_counter(struct gomalloc_heap *heap, unsigned int nr, u64 *value)
{
	if (nr >= NR_MCACHE_COUNTERS)
		return NULL;
	*value = heap_sum_counter(heap, nr);
	return counter_name[nr];
}

static u64 sum_cached(struct gomalloc_heap *heap)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += atomic_long_read(&per_cpu_ptr(heap->mcaches, cpu)->cached);
	return sum;
}

void heap_stats(struct gomalloc_heap *heap, struct gomalloc_stats *stats)
{
	struct gomalloc_class_stats all = {};
	unsigned int i;

	memset(stats, 0, sizeof(*stats));
	for (i = 0; i < heap->nr_nodes; i++) {
		if (!heap->node[i])
			continue;
		add_node(heap->node[i], &all, false);
		stats->arenas += READ_ONCE(heap->node[i]->nr_arenas);
		stats->grows += READ_ONCE(heap->node[i]->grows);
	}
	stats->objects = all.objects;
	stats->object_bytes = all.object_bytes;
	stats->spans = all.spans;
	stats->span_bytes = all.span_bytes;
	stats->held_bytes = (u64)atomic_long_read(&heap->held_pages)
			    << PAGE_SHIFT;
	stats->limit = (u64)READ_ONCE(heap->limit_pages) << PAGE_SHIFT;
	stats->soft_limit = (u64)READ_ONCE(heap->soft_pages) << PAGE_SHIFT;
	stats->peak_bytes = (u64)atomic_long_read(&heap->peak_pages)
			    << PAGE_SHIFT;
	stats->cached_bytes = sum_cached(heap);
	stats->shrunk_bytes = (u64)atomic_long_read(&heap->shrunk_pages)
			      << PAGE_SHIFT;
	stats->refills = heap_sum_counter(heap, MCACHE_REFILLS);
	stats->sweeps = heap_sum_counter(heap, MCACHE_SWEEPS);
	stats->flushes = heap_sum_counter(heap, MCACHE_FLUSHES);
	stats->remote_frees = heap_sum_counter(heap, MCACHE_REMOTE_FREES);
	stats->busy = heap_sum_counter(heap, MCACHE_BUSY_ALLOC) +
		      heap_sum_counter(heap, MCACHE_BUSY_FREE);
	stats->locks = heap_sum_counter(heap, MCACHE_LOCKS);
	for (i = 0; i < NR_GOMALLOC_MISUSES; i++)
		stats->misuses += atomic_long_read(&heap->misuses[i]);
}
