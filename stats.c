// SPDX-License-Identifier: GPL-2.0
/*
 * stats - what a heap holds, by class and in all
 *
 * What: counts live objects by their state bytes, span by span, and sums the
 *	events of the CPUs. Nothing is counted on the hot path.
 * Locks: the mheap's lock for one span at a time, so that a large heap delays
 *	no one; the sums are exact only for a heap at rest.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "gate.h"
#include "ledger.h"
#include "mheap.h"
#include "mspan.h"
#include "mwalk.h"
#include "pageref.h"
#include "stats.h"

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

/*
 * Add the spans of a node to the rows of their classes, or all to one row. Return:
 * objects of theirs that others gave to kfree()
 */
static u64 add_node(struct mheap *h, struct gomalloc_class_stats *rows,
		    bool by_class)
{
	struct mwalk walk = {};
	struct mspan *span;
	unsigned long flags;
	u64 puts = 0;

	do {
		raw_spin_lock_irqsave(&h->lock, flags);
		span = mwalk_next_span_locked(h, &walk);
		if (span) {
			add_span(rows + (by_class ? span->spanclass >> 1 : 0),
				 span);
			puts += pageref_count_puts(virt_to_page((void *)span->base),
						   span->npages);
		}
		raw_spin_unlock_irqrestore(&h->lock, flags);
	} while (span);
	return puts;
}

/* Fill GOMALLOC_NR_CLASSES rows */
void stats_by_class(struct gomalloc_heap *heap,
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

static u64 sum_cached(struct gomalloc_heap *heap)
{
	const struct mcache *cache;
	u64 sum = 0;

	for_each_mcache(cache, heap)
		sum += atomic_long_read(&cache->cached);
	return sum;
}

void stats_sum(struct gomalloc_heap *heap, struct gomalloc_stats *stats)
{
	struct gomalloc_class_stats all = {};
	unsigned int i;

	memset(stats, 0, sizeof(*stats));
	for (i = 0; i < heap->nr_nodes; i++) {
		if (!heap->node[i])
			continue;
		stats->misuses += add_node(heap->node[i], &all, false);
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
	stats->refills = ledger_sum_counter(heap, LEDGER_REFILLS);
	stats->sweeps = ledger_sum_counter(heap, LEDGER_SWEEPS);
	stats->flushes = ledger_sum_counter(heap, LEDGER_FLUSHES);
	stats->remote_frees = ledger_sum_counter(heap, LEDGER_REMOTE_FREES);
	stats->busy = ledger_sum_counter(heap, LEDGER_BUSY_ALLOC) +
		      ledger_sum_counter(heap, LEDGER_BUSY_FREE);
	stats->locks = ledger_sum_counter(heap, LEDGER_LOCKS);
	for (i = 0; i < NR_GOMALLOC_MISUSES; i++)
		stats->misuses += atomic_long_read(&heap->misuses[i]);
}
