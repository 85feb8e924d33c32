/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of ledger.c: what a heap holds, may hold, and how often what happened in it */
#ifndef _GOMALLOC_LEDGER_H
#define _GOMALLOC_LEDGER_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "heap.h"

/**
 * struct ledger_counters - how often what happened on one CPU
 * @count: [percpu] by &enum ledger_event
 * @ticket: [percpu] numbers drawn by mspan_take_random()
 */
struct ledger_counters {
	unsigned long	count[NR_LEDGER_EVENTS];
	u32		ticket;
};

static inline void ledger_count(struct gomalloc_heap *heap,
				enum ledger_event event, unsigned long n)
{
	this_cpu_add(heap->counters->count[event], n);
}

/* A double free that was not seen at the time; it is reported later */
static inline void ledger_note_late_double_free(struct gomalloc_heap *heap)
{
	atomic_inc(&heap->late_double_frees);
}

/* What the heap adds to the caller's flags when it asks for pages */
static inline gfp_t ledger_page_gfp(const struct gomalloc_heap *heap)
{
	return heap->flags & GOMALLOC_HEAP_ACCOUNT ? __GFP_ACCOUNT : 0;
}

void ledger_queue_scavenger(struct gomalloc_heap *heap);

/*
 * There may be something to release: look in a while whether there still is.
 * Any context.
 */
static inline void ledger_wake_scavenger(struct gomalloc_heap *heap)
{
	if (unlikely(!delayed_work_pending(&heap->scavenge_work)))
		ledger_queue_scavenger(heap);
}

int ledger_init(struct gomalloc_heap *heap, gfp_t gfp);
void ledger_exit(struct gomalloc_heap *heap);
void ledger_group_init(struct heap_group *group, const unsigned int *limit_mb);
bool ledger_charge(struct gomalloc_heap *heap, unsigned long npages);
void ledger_note_empty(struct gomalloc_heap *heap);
void ledger_uncharge(struct gomalloc_heap *heap, unsigned long npages);
void ledger_add_held_locked(struct mheap *h, long npages);
bool ledger_over(struct gomalloc_heap *heap, unsigned long npages,
		 unsigned long limit);
bool ledger_over_limit(struct gomalloc_heap *heap, unsigned long npages);
bool ledger_over_soft_limit(struct gomalloc_heap *heap, unsigned long npages);
u64 ledger_sum_counter(struct gomalloc_heap *heap, enum ledger_event event);
const char *ledger_counter(struct gomalloc_heap *heap, unsigned int nr,
			   u64 *value);
const char *ledger_cpu_counter(struct gomalloc_heap *heap, unsigned int cpu,
			       unsigned int nr, u64 *value);

#endif /* _GOMALLOC_LEDGER_H */
