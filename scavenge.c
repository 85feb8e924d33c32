// SPDX-License-Identifier: GPL-2.0
/*
 * scavenge - release what a heap holds and does not use
 *
 * What: in the background, has the CPUs drain what they do not use, drains the
 *	transfer caches, and releases free pages beyond a tenth more than was
 *	lately in use; on demand, all of that at once. Changes the limits of a
 *	heap: a hard one that is never passed, and a soft one beyond which the
 *	heap releases what it can.
 * Locks: heap->limit_mutex, so that limits change one after the other; inside it
 *	heap->reclaim_sem, so that a trim is not done while reclaim is at it.
 * Invariant: while a CPU may have something cached, or a mheap more free pages
 *	than it may keep, the work is queued or running; unless the heap is
 *	dying, whose caches only heaps_destroy() drains.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "context.h"
#include "drain.h"
#include "ledger.h"
#include "mcache.h"
#include "mheap.h"
#include "mrelease.h"
#include "mvmap.h"
#include "quarantine.h"
#include "recycle.h"
#include "scavenge.h"
#include "trace.h"

/* What a trim waits for page reclaim at most */
#define RECLAIM_WAIT_NS	(20 * NSEC_PER_MSEC)

/* The stacks that are between two CPUs. Sleeps. */
static void release_transfer(struct mheap *h)
{
	unsigned int spc;

	for (spc = NR_LARGE_SPAN_CLASSES; spc < NUM_SPAN_CLASSES; spc++) {
		recycle_release_transfer(mheap_central(h, spc));
		cond_resched();
	}
}

void scavenge_release_transfer(struct gomalloc_heap *heap)
{
	struct mheap *h;
	unsigned int i;

	for_each_mheap(h, heap, i)
		release_transfer(h);
}

/* Until ledger_wake_scavenger(), nothing is at work in the background. Sleeps. */
void scavenge_pause(struct gomalloc_heap *heap)
{
	cancel_delayed_work_sync(&heap->scavenge_work);
	drain_wait(heap);
	flush_work(&heap->stack_work);
}

static void drain(struct gomalloc_heap *heap)
{
	drain_cpus(heap);
	scavenge_release_transfer(heap);
}

/*
 * Sleeps. The caller holds reclaim_sem, be it for reading.
 * Return: bytes that went back to the page allocator.
 */
size_t scavenge_trim_locked(struct gomalloc_heap *heap)
{
	struct mheap *h;
	size_t bytes = 0;
	unsigned int i;

	lockdep_assert_held(&heap->reclaim_sem);
	/* What it has taken out it has not yet released */
	cancel_delayed_work_sync(&heap->scavenge_work);
	drain(heap);
	for_each_mheap(h, heap, i)
		bytes += mrelease_trim(h);
	/* What was cached meanwhile is looked at again */
	if (atomic_long_read(&heap->held_pages))
		ledger_wake_scavenger(heap);
	else
		ledger_note_empty(heap);
	return bytes;
}

/*
 * Wait for page reclaim, which may have taken out what it has not yet released; but
 * not for long, as it may be at work on a CPU that a task of real time has taken.
 * Return: reclaim_sem is held for writing; else for reading.
 */
static bool wait_for_reclaim(struct gomalloc_heap *heap)
{
	ktime_t end = ktime_add_ns(ktime_get(), RECLAIM_WAIT_NS);

	while (!down_write_trylock(&heap->reclaim_sem)) {
		if (ktime_after(ktime_get(), end)) {
			down_read(&heap->reclaim_sem);
			return false;
		}
		usleep_range(20, 100);
	}
	return true;
}

/*
 * Sleeps. When it returns, what was free when it was called is released, by this or
 * by page reclaim that still is at it.
 */
size_t scavenge_trim(struct gomalloc_heap *heap)
{
	size_t bytes;
	bool alone;

	mvmap_drain(heap->sys);
	alone = wait_for_reclaim(heap);
	bytes = scavenge_trim_locked(heap);
	if (alone)
		up_write(&heap->reclaim_sem);
	else
		up_read(&heap->reclaim_sem);
	return bytes;
}

static size_t count_free_pages(struct gomalloc_heap *heap)
{
	struct mheap *h;
	long npages = 0;
	unsigned int i;

	/* A snapshot, for a guess */
	for_each_mheap(h, heap, i)
		npages += (long)READ_ONCE(h->held_pages) -
			  (long)READ_ONCE(h->used_pages);
	return max(npages, 0L);
}

/* The transfer caches, in any context */
static void flush_transfer(struct gomalloc_heap *heap)
{
	unsigned int spc, i;
	struct mheap *h;

	for_each_mheap(h, heap, i) {
		for (spc = NR_LARGE_SPAN_CLASSES; spc < NUM_SPAN_CLASSES; spc++)
			recycle_flush_transfer(mheap_central(h, spc));
	}
}

/* What no CPU has to itself, for who cannot wait. Any context but NMI. */
void scavenge_flush_shared(struct gomalloc_heap *heap)
{
	drain_flush_quarantine(heap);
	flush_transfer(heap);
}

/*
 * What this CPU has cached and in quarantine, and what is between two of them, in a
 * context that cannot wait for others
 */
static void release_here(struct gomalloc_heap *heap)
{
	/* The CPU may be another one by now, whose quarantine is as good */
	if (heap->quarantine)
		quarantine_flush(gate_mcache_here(heap));
	mcache_release_here(heap);
	flush_transfer(heap);
}

/*
 * Have what is cached released: of all CPUs if the request may sleep, else of this
 * one. Nothing cached costs nothing, however many requests fail.
 */
static void release_cached(struct gomalloc_heap *heap, gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp) || current->flags & PF_MEMALLOC)
		release_here(heap);
	else if (drain_has_cached(heap))
		drain(heap);
	else
		scavenge_release_transfer(heap);
}

/*
 * The heap got no arena for a run of @npages: release as many pages, of those that
 * are free or else of those that are free when the CPUs' caches are drained.
 * Return: does it make sense to try again?
 */
bool scavenge_make_room(struct gomalloc_heap *heap, size_t npages, gfp_t gfp)
{
	size_t done;

	ledger_count(heap, LEDGER_MAKE_ROOM, 1);
	if (!context_may_alloc()) {
		/* Nor free a page; but what this CPU has cached may do */
		mcache_release_here(heap);
		return count_free_pages(heap);
	}
	npages = 1UL << get_order(npages << PAGE_SHIFT);
	done = mrelease_heap(heap, npages);
	if (done < npages && !(gfp & __GFP_NORETRY)) {
		release_cached(heap, gfp);
		/* Too little for an arena may be the very run that is wanted */
		if (done + count_free_pages(heap) >= npages)
			done += mrelease_heap(heap, npages - done);
	}
	return done || count_free_pages(heap);
}
EXPORT_SYMBOL_IF_KUNIT(scavenge_make_room);

/* Has it pages that no span uses, or on their way? Of all it is a snapshot. */
static bool has_unused(struct gomalloc_heap *heap)
{
	long npages = atomic_long_read(&heap->held_pages) -
		      atomic_long_read(&heap->vmap_pages);
	struct mheap *h;
	unsigned int i;

	for_each_mheap(h, heap, i)
		npages -= READ_ONCE(h->used_pages);
	return npages > 0;
}

/*
 * At its limit, all that is free is on its way to the page allocator, be it by others:
 * wait for that. @trimmed: it was done for this request. Return: is it worth a try?
 */
bool scavenge_trim_for(struct gomalloc_heap *heap, size_t npages, gfp_t gfp,
		       bool *trimmed)
{
	if (*trimmed || gfp & __GFP_NORETRY || !gfpflags_allow_blocking(gfp) ||
	    current->flags & PF_MEMALLOC || !ledger_over_limit(heap, npages) ||
	    !has_unused(heap))
		return false;
	*trimmed = true;
	scavenge_trim(heap);
	return true;
}

static void scavenge(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(to_delayed_work(work),
						  struct gomalloc_heap,
						  scavenge_work);
	long before = atomic_long_read(&heap->held_pages);
	bool all = ledger_over_soft_limit(heap, 0);
	struct mheap *h;
	unsigned int i;
	bool again;

	/* Pairs with scavenge_exit() */
	if (READ_ONCE(heap->dying))
		return;
	ledger_count(heap, LEDGER_SCAVENGE, 1);
	if (all)
		drain_flush_quarantine(heap);
	again = drain_ask_cpus(heap, all);
	drain_wait(heap);
	for_each_mheap(h, heap, i) {
		release_transfer(h);
		again |= mrelease_scavenge(h, all);
	}
	trace_scavenge(heap, before, all, again);
	if (again)
		ledger_wake_scavenger(heap);
	if (!atomic_long_read(&heap->held_pages))
		ledger_note_empty(heap);
}

void scavenge_init(struct gomalloc_heap *heap)
{
	/*
	 * Not deferrable: an idle machine would keep what a spike has left, for
	 * as long as it is idle. The work ends when there is nothing to do.
	 */
	INIT_DELAYED_WORK(&heap->scavenge_work, scavenge);
}

/*
 * The heap is no longer in use, and what the CPUs have cached is the caller's
 * from here on: no gate keeps two CPUs apart. To release it wakes the
 * scavenger, which by then must leave it alone. A look that has begun before
 * that is waited for.
 */
void scavenge_exit(struct gomalloc_heap *heap)
{
	/* Pairs with scavenge() and want_stack() */
	WRITE_ONCE(heap->dying, true);
	cancel_delayed_work_sync(&heap->scavenge_work);
	cancel_work_sync(&heap->stack_work);
	drain_exit(heap);
}
EXPORT_SYMBOL_IF_KUNIT(scavenge_exit);

/*
 * === limits ===
 */

/* Pages that @bytes allow; 0, for no limit, only of 0 */
static unsigned long to_pages(size_t bytes)
{
	return bytes ? max(bytes >> PAGE_SHIFT, 1UL) : 0;
}

static int set_limits_locked(struct gomalloc_heap *heap, unsigned long limit,
			     unsigned long soft)
{
	unsigned long old = heap->limit_pages;

	lockdep_assert_held(&heap->limit_mutex);
	WRITE_ONCE(heap->limit_pages, limit);
	/* Pairs with the cmpxchg of charge() in ledger.c */
	smp_mb();
	if (ledger_over(heap, 0, limit))
		scavenge_trim(heap);
	if (ledger_over(heap, 0, limit)) {
		WRITE_ONCE(heap->limit_pages, old);
		return -EBUSY;
	}
	WRITE_ONCE(heap->soft_pages, soft);
	if (ledger_over_soft_limit(heap, 0))
		ledger_wake_scavenger(heap);
	return 0;
}

/*
 * Set both limits, in bytes, 0 for none. Sleeps. Return: 0; -EINVAL: the soft
 * one is above the hard one; -EBUSY: the heap holds more than @limit although
 * it was trimmed, and its limits are as they were.
 */
int scavenge_set_limits(struct gomalloc_heap *heap, size_t limit, size_t soft)
{
	int err;

	if (limit && soft > limit)
		return -EINVAL;
	mutex_lock(&heap->limit_mutex);
	err = set_limits_locked(heap, to_pages(limit), to_pages(soft));
	mutex_unlock(&heap->limit_mutex);
	return err;
}
