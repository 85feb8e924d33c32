// SPDX-License-Identifier: GPL-2.0
/*
 * ledger - what a heap holds, may hold, and how often what happened in it
 *
 * What: charges pages to a heap, and to the group of heaps that it may be of,
 *	before they are asked for; wakes the scavenger, whose work item is the
 *	way up from here; sums the counters of the CPUs.
 * Locks: mheap->lock for its own count of pages; limits change under
 *	heap->limit_mutex, see scavenge.c.
 * Owns: the heap's counters.
 * Invariant: held_pages covers every page of every arena and mapped object,
 *	and never passes a limit that was set.
 */
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/timer.h>

#include "compat.h"
#include "ledger.h"
#include "trace.h"

static bool exceeds(unsigned long held, unsigned long limit)
{
	return limit && held > limit;
}

static void note_peak(struct gomalloc_heap *heap, long held)
{
	long peak = atomic_long_read(&heap->peak_pages);

	while (held > peak &&
	       !atomic_long_try_cmpxchg(&heap->peak_pages, &peak, held))
		;
}

/*
 * === groups of heaps ===
 */

void ledger_group_init(struct heap_group *group, const unsigned int *limit_mb)
{
	atomic_long_set(&group->held_pages, 0);
	group->limit_mb = limit_mb;
}

static bool group_over_limit(const struct heap_group *group, long held)
{
	unsigned long limit_mb = READ_ONCE(*group->limit_mb);

	return limit_mb && held > (long)(limit_mb << (20 - PAGE_SHIFT));
}

/* Return: false, nothing counted: @npages more would be too many */
static bool group_charge(struct heap_group *group, unsigned long npages)
{
	long held;

	if (!group)
		return true;
	held = atomic_long_add_return(npages, &group->held_pages);
	if (!group_over_limit(group, held))
		return true;
	atomic_long_sub(npages, &group->held_pages);
	return false;
}

static void group_uncharge(struct heap_group *group, unsigned long npages)
{
	if (group)
		atomic_long_sub(npages, &group->held_pages);
}

/*
 * === heaps ===
 */

static void uncharge(struct gomalloc_heap *heap, unsigned long npages)
{
	atomic_long_sub(npages, &heap->held_pages);
}

/*
 * The heap holds pages: see that page reclaim finds it. The cmpxchg before this
 * is the barrier that pairs with the one of update_holder() in shrink.c.
 */
static void note_holder(struct gomalloc_heap *heap)
{
	if (unlikely(!READ_ONCE(heap->is_holder)))
		queue_work(heap->sys->wq, &heap->hold_work);
}

/* It holds none any more */
void ledger_note_empty(struct gomalloc_heap *heap)
{
	if (READ_ONCE(heap->is_holder))
		queue_work(heap->sys->wq, &heap->hold_work);
}

static bool charge(struct gomalloc_heap *heap, unsigned long npages)
{
	long held = atomic_long_read(&heap->held_pages);

	do {
		if (exceeds(held + npages, READ_ONCE(heap->limit_pages)))
			return false;
	} while (!atomic_long_try_cmpxchg(&heap->held_pages, &held,
					  held + npages));
	/*
	 * The cmpxchg is a full barrier and pairs with the one of
	 * scavenge_set_limits(): either it sees our pages or we see its limit.
	 */
	if (unlikely(exceeds(held + npages, READ_ONCE(heap->limit_pages)))) {
		uncharge(heap, npages);
		return false;
	}
	note_peak(heap, held + npages);
	note_holder(heap);
	return true;
}

/* Return: false, nothing counted: @npages more would pass a limit */
bool ledger_charge(struct gomalloc_heap *heap, unsigned long npages)
{
	if (!group_charge(heap->group, npages)) {
		trace_limit_hit(heap, npages, true);
		return false;
	}
	if (charge(heap, npages))
		return true;
	group_uncharge(heap->group, npages);
	trace_limit_hit(heap, npages, false);
	return false;
}

void ledger_uncharge(struct gomalloc_heap *heap, unsigned long npages)
{
	uncharge(heap, npages);
	group_uncharge(heap->group, npages);
}

/* @npages that are charged came into arenas of the mheap, or left them */
void ledger_add_held_locked(struct mheap *h, long npages)
{
	lockdep_assert_held(&h->lock);
	h->held_pages += npages;
	atomic_long_add(npages, &h->heap->sys->node_held[h->nid]);
}

/* Would the heap with @npages more hold more than @limit, which may be 0 for none? */
bool ledger_over(struct gomalloc_heap *heap, unsigned long npages,
		 unsigned long limit)
{
	return exceeds(atomic_long_read(&heap->held_pages) + npages, limit);
}

/* Would an arena for a run of @npages be too much? */
bool ledger_over_limit(struct gomalloc_heap *heap, unsigned long npages)
{
	struct heap_group *group = heap->group;

	return ledger_over(heap, npages, READ_ONCE(heap->limit_pages)) ||
	       (group && group_over_limit(group,
					  atomic_long_read(&group->held_pages) +
					  npages));
}

/* Would @npages more be beyond what the heap should hold? */
bool ledger_over_soft_limit(struct gomalloc_heap *heap, unsigned long npages)
{
	return ledger_over(heap, npages, READ_ONCE(heap->soft_pages));
}

/*
 * === the scavenger ===
 */

/* The rest of ledger_wake_scavenger() */
void ledger_queue_scavenger(struct gomalloc_heap *heap)
{
	unsigned int ms = READ_ONCE(heap->sys->scavenge_ms);

	if (ms)
		queue_delayed_work(heap->sys->wq, &heap->scavenge_work,
				   round_jiffies_up_relative(msecs_to_jiffies(ms)));
}
EXPORT_SYMBOL_IF_KUNIT(ledger_queue_scavenger);

/*
 * === counters ===
 */

u64 ledger_sum_counter(struct gomalloc_heap *heap, enum ledger_event event)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(heap->counters, cpu)->count[event]);
	return sum;
}
EXPORT_SYMBOL_IF_KUNIT(ledger_sum_counter);

#define LEDGER_NAME(event, name)	[LEDGER_##event] = (name),
static const char *const event_name[NR_LEDGER_EVENTS] = {
	LEDGER_EVENTS(LEDGER_NAME)
};

/* Return: the name of counter @nr, with what @cpu has counted; NULL: there are not so many */
const char *ledger_cpu_counter(struct gomalloc_heap *heap, unsigned int cpu,
			       unsigned int nr, u64 *value)
{
	if (nr >= NR_LEDGER_EVENTS)
		return NULL;
	*value = READ_ONCE(per_cpu_ptr(heap->counters, cpu)->count[nr]);
	return event_name[nr];
}
EXPORT_SYMBOL_IF_KUNIT(ledger_cpu_counter);

/* Return: the name of counter @nr, with its @value; NULL: there are not so many */
const char *ledger_counter(struct gomalloc_heap *heap, unsigned int nr,
			   u64 *value)
{
	if (nr >= NR_LEDGER_EVENTS)
		return NULL;
	*value = ledger_sum_counter(heap, nr);
	return event_name[nr];
}
EXPORT_SYMBOL_IF_KUNIT(ledger_counter);

/* Return: 0, or -ENOMEM */
int ledger_init(struct gomalloc_heap *heap, gfp_t gfp)
{
	heap->counters = alloc_percpu_gfp(struct ledger_counters, gfp);
	return heap->counters ? 0 : -ENOMEM;
}

void ledger_exit(struct gomalloc_heap *heap)
{
	free_percpu(heap->counters);
}
