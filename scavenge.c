// SPDX-License-Identifier: GPL-2.0
/*
 * scavenge - give back what a heap holds and does not use
 *
 * What: in the background, empties the caches of CPUs that do not use them and
 *	the stacks that are between two CPUs, and returns free pages beyond a
 *	tenth more than was lately in use; on demand, all of that at once.
 * Called by mcache.c, recycle.c, mheap.c (there is something to give back),
 *	mgrow.c and limit.c (a limit is reached), shrink.c (the machine is
 *	short of memory), api.c, dev.c (trim). Calls mcache.c, recycle.c,
 *	mrelease.c.
 * Locks: heap->reclaim_sem, so that a trim is not done while reclaim is at it.
 * Invariant: while a CPU may have something at hand, or a mheap more free pages
 *	than it may keep, the work is queued or running; unless the heap is
 *	dying, of which nobody empties a cache but heap_destroy().
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mheap.h"

static struct mheap *next_mheap(struct gomalloc_heap *heap, unsigned int *nid)
{
	struct mheap *h = NULL;

	while (!h && *nid < heap->nr_nodes)
		h = heap->node[(*nid)++];
	return h;
}

/* For each node that the heap has a mheap of */
#define for_each_mheap(h, heap, nid)					\
	for ((nid) = 0; ((h) = next_mheap(heap, &(nid)));)

/* Has a CPU anything at hand, or in quarantine? */
static bool has_cached(struct gomalloc_heap *heap, int cpu, bool all)
{
	return atomic_long_read(&per_cpu_ptr(heap->mcaches, cpu)->cached) ||
	       (all && heap->quarantine);
}

/*
 * Each CPU empties its own cache: no other may write there. One that goes
 * offline meanwhile has it emptied by heap_cpu_dead().
 */
static void queue_drain(struct gomalloc_heap *heap, int cpu, bool all)
{
	struct mcache *cache = per_cpu_ptr(heap->mcaches, cpu);

	/* Pairs with the xchg of mcache_drain() */
	if (all)
		xchg(&cache->drain_all, 1);
	queue_work_on(cpu, heap->sys->drain_wq, &cache->drain_work);
}

/* Ask the CPUs for what they have at hand and do not use, or for @all of it */
bool heap_ask_caches(struct gomalloc_heap *heap, bool all)
{
	bool any = false;
	int cpu;

	for_each_online_cpu(cpu) {
		if (!has_cached(heap, cpu, all))
			continue;
		queue_drain(heap, cpu, all);
		any = true;
	}
	return any;
}

/* Wait for what the CPUs were asked for. Sleeps. */
static void wait_for_caches(struct gomalloc_heap *heap)
{
	int cpu;

	for_each_possible_cpu(cpu)
		flush_work(&per_cpu_ptr(heap->mcaches, cpu)->drain_work);
}

/* The stacks that are between two CPUs. Sleeps. */
static void release_parked(struct mheap *h)
{
	unsigned int spc;

	for (spc = NR_LARGE_SPAN_CLASSES; spc < NUM_SPAN_CLASSES; spc++) {
		recycle_release_parked(&h->central[spc]);
		cond_resched();
	}
}

void heap_release_parked(struct gomalloc_heap *heap)
{
	struct mheap *h;
	unsigned int i;

	for_each_mheap(h, heap, i)
		release_parked(h);
}

/* Until heap_wake_scavenger(), nothing is at work in the background. Sleeps. */
void heap_pause_scavenger(struct gomalloc_heap *heap)
{
	cancel_delayed_work_sync(&heap->scavenge_work);
	wait_for_caches(heap);
}

static void drain(struct gomalloc_heap *heap)
{
	heap_ask_caches(heap, true);
	wait_for_caches(heap);
	heap_release_parked(heap);
}

/*
 * Sleeps. The caller holds reclaim_sem, be it for reading.
 * Return: bytes that went back to the page allocator.
 */
size_t heap_trim_locked(struct gomalloc_heap *heap)
{
	struct mheap *h;
	size_t bytes = 0;
	unsigned int i;

	lockdep_assert_held(&heap->reclaim_sem);
	/* What it has taken out it has not yet given back */
	cancel_delayed_work_sync(&heap->scavenge_work);
	drain(heap);
	for_each_mheap(h, heap, i)
		bytes += mheap_trim(h);
	/* What was put at hand meanwhile is looked at again */
	if (atomic_long_read(&heap->held_pages))
		heap_wake_scavenger(heap);
	return bytes;
}

/* Give back about @npages free pages; any context. Return: how many. */
size_t heap_release(struct gomalloc_heap *heap, size_t npages)
{
	struct mheap *h;
	size_t done = 0;
	unsigned int i;

	for_each_mheap(h, heap, i) {
		if (done < npages)
			done += mheap_release(h, 0, npages - done);
	}
	return done;
}

/* Sleeps. When it returns, what was free when it was called is given back. */
size_t heap_trim(struct gomalloc_heap *heap)
{
	size_t bytes;

	/* What page reclaim has taken out it may not yet have given back, either */
	down_write(&heap->reclaim_sem);
	bytes = heap_trim_locked(heap);
	up_write(&heap->reclaim_sem);
	return bytes;
}

static size_t count_free_pages(struct gomalloc_heap *heap)
{
	struct mheap *h;
	long npages = 0;
	unsigned int i;

	/* Of the moment, for a guess */
	for_each_mheap(h, heap, i)
		npages += (long)READ_ONCE(h->held_pages) -
			  (long)READ_ONCE(h->used_pages);
	return max(npages, 0L);
}

/*
 * The heap cannot have @npages more: give back as many, of those that are free
 * or else of those that are free when the CPUs' caches are empty. They are not
 * emptied twice within a jiffy, however many requests fail.
 * Return: does it make sense to try again?
 */
bool heap_make_room(struct gomalloc_heap *heap, size_t npages, gfp_t gfp)
{
	unsigned long now = jiffies;
	size_t done;

	mcache_count(heap->mcaches, MCACHE_MAKE_ROOM, 1);
	done = heap_release(heap, npages);
	if (done >= npages || gfp & __GFP_NORETRY)
		return done;
	if (READ_ONCE(heap->drained_at) == now)
		return done;
	WRITE_ONCE(heap->drained_at, now);
	if (gfpflags_allow_blocking(gfp) && !(current->flags & PF_MEMALLOC))
		drain(heap);
	else
		mcache_release_here(heap);
	/* Too little for a block may be the very run that is wanted */
	if (done + count_free_pages(heap) < npages)
		return done;
	return done + heap_release(heap, npages - done);
}

static void scavenge(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(to_delayed_work(work),
						  struct gomalloc_heap,
						  scavenge_work);
	bool all = heap_over_soft_limit(heap, 0);
	struct mheap *h;
	unsigned int i;
	bool again;

	/* Pairs with heap_scavenge_exit() */
	if (READ_ONCE(heap->dying))
		return;
	mcache_count(heap->mcaches, MCACHE_SCAVENGE, 1);
	again = heap_ask_caches(heap, all);
	if (all)
		wait_for_caches(heap);
	for_each_mheap(h, heap, i) {
		release_parked(h);
		again |= mheap_scavenge(h, all);
	}
	if (again)
		heap_wake_scavenger(heap);
}

/*
 * There may be something to give back: look in a while whether there still is.
 * Any context.
 */
void heap_wake_scavenger(struct gomalloc_heap *heap)
{
	unsigned int ms = READ_ONCE(heap->sys->scavenge_ms);

	if (likely(delayed_work_pending(&heap->scavenge_work)) || !ms)
		return;
	queue_delayed_work(heap->sys->wq, &heap->scavenge_work,
			   round_jiffies_up_relative(msecs_to_jiffies(ms)));
}
EXPORT_SYMBOL_IF_KUNIT(heap_wake_scavenger);

void heap_scavenge_init(struct gomalloc_heap *heap)
{
	/*
	 * Not deferrable: an idle machine would keep what a spike has left, for
	 * as long as it is idle. The work ends when there is nothing to do.
	 */
	INIT_DELAYED_WORK(&heap->scavenge_work, scavenge);
	heap->drained_at = jiffies - 1;
}

/*
 * Nobody uses the heap any more, and what the CPUs have at hand is the caller's
 * from here on: no gate keeps two CPUs apart. To give it back wakes the
 * scavenger, which by then must leave it alone. A look that has begun before
 * that is waited for.
 */
void heap_scavenge_exit(struct gomalloc_heap *heap)
{
	int cpu;

	/* Pairs with scavenge() */
	WRITE_ONCE(heap->dying, true);
	cancel_delayed_work_sync(&heap->scavenge_work);
	for_each_possible_cpu(cpu)
		cancel_work_sync(&per_cpu_ptr(heap->mcaches, cpu)->drain_work);
}
EXPORT_SYMBOL_IF_KUNIT(heap_scavenge_exit);
