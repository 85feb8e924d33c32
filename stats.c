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
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "compat.h"
#include "gate.h"
#include "ledger.h"
#include "mheap.h"
#include "mrelease.h"
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

/**
 * struct count - what is counted of a heap
 * @rows: a row for each class, or one for all
 * @by_class: which of both
 * @killable: the caller may sleep, and give up when it is killed
 * @puts: objects that others gave to kfree()
 */
struct count {
	struct gomalloc_class_stats	*rows;
	bool				by_class;
	bool				killable;
	u64				puts;
};

/* Return: a span of the node was counted */
static bool add_next_span(struct count *c, struct mheap *h, struct mwalk *walk)
{
	struct mspan *span;
	unsigned long flags;

	raw_spin_lock_irqsave(&h->lock, flags);
	span = mwalk_next_span_locked(h, walk);
	if (span) {
		add_span(c->rows + (c->by_class ? span->spanclass >> 1 : 0),
			 span);
		c->puts += pageref_count_puts(virt_to_page((void *)span->base),
					      span->npages);
	}
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return span;
}

/*
 * Return: 0; -EINTR: the caller was killed; -ENOENT: the heap is waiting for it to be
 * destroyed
 */
static int add_node(struct count *c, struct mheap *h)
{
	struct mwalk walk = {};

	while (add_next_span(c, h, &walk)) {
		if (!c->killable)
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		/* As heaplist_remove() says; late is early enough */
		if (READ_ONCE(h->heap->leaving))
			return -ENOENT;
		cond_resched();
	}
	return 0;
}

/* Return: as add_node() */
static int add_heap(struct count *c, struct gomalloc_heap *heap)
{
	struct mheap *h;
	unsigned int i;
	int err = 0;

	for_each_mheap(h, heap, i)
		err = err ?: add_node(c, h);
	return err;
}

static int fill_rows(struct gomalloc_heap *heap,
		     struct gomalloc_class_stats *rows, bool killable)
{
	struct count c = { .rows = rows, .by_class = true,
			   .killable = killable };
	unsigned int i;

	memset(rows, 0, GOMALLOC_NR_CLASSES * sizeof(*rows));
	for (i = 0; i < GOMALLOC_NR_CLASSES; i++)
		rows[i].size = class_to_size[i];
	return add_heap(&c, heap);
}

/* Fill GOMALLOC_NR_CLASSES rows. Any context but NMI. */
void stats_by_class(struct gomalloc_heap *heap,
		    struct gomalloc_class_stats *rows)
{
	fill_rows(heap, rows, false);
}

/* The same; sleeps, as there may be many spans. Return: as add_node(). */
int stats_by_class_killable(struct gomalloc_heap *heap,
			    struct gomalloc_class_stats *rows)
{
	return fill_rows(heap, rows, true);
}

static u64 sum_cached(struct gomalloc_heap *heap)
{
	const struct mcache *cache;
	u64 sum = 0;

	for_each_mcache(cache, heap)
		sum += atomic_long_read(&cache->cached);
	return sum;
}

/* What is counted anyway, and need only be summed */
static void put_counters(struct gomalloc_heap *heap,
			 struct gomalloc_stats *stats)
{
	struct mheap *h;
	unsigned int i;

	for_each_mheap(h, heap, i) {
		stats->arenas += READ_ONCE(h->nr_arenas);
		stats->grows += READ_ONCE(h->grows);
	}
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

static int sum(struct gomalloc_heap *heap, struct gomalloc_stats *stats,
	       bool killable)
{
	struct gomalloc_class_stats all = {};
	struct count c = { .rows = &all, .killable = killable };
	int err = add_heap(&c, heap);

	memset(stats, 0, sizeof(*stats));
	stats->objects = all.objects + atomic_long_read(&heap->guarded);
	stats->object_bytes = all.object_bytes;
	stats->spans = all.spans;
	stats->span_bytes = all.span_bytes;
	stats->misuses = c.puts;
	put_counters(heap, stats);
	return err;
}

/* Any context but NMI */
void stats_sum(struct gomalloc_heap *heap, struct gomalloc_stats *stats)
{
	sum(heap, stats, false);
}

/* The same; sleeps, as there may be many spans. Return: as add_node(). */
int stats_sum_killable(struct gomalloc_heap *heap, struct gomalloc_stats *stats)
{
	return sum(heap, stats, true);
}
EXPORT_SYMBOL_IF_KUNIT(stats_sum_killable);
