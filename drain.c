// SPDX-License-Identifier: GPL-2.0
/*
 * drain - have the CPUs release what they have cached
 *
 * What: each CPU drains its own cache, for no other may write there: in an
 *	interrupt that another sends it, so that no task of that CPU has to
 *	stand aside for it, of whatever priority. Frees the stacks that leaves.
 * Locks: none; an interrupt that finds the gate of a class shut leaves it out.
 * Owns: the memory of stacks that a drain has taken from a class, until a task
 *	frees it.
 * Invariant: a CPU that has nothing cached is not interrupted, and no one waits
 *	for another CPU longer than DRAIN_WAIT_NS, but drain_exit().
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/smp.h>

#include "compat.h"
#include "drain.h"
#include "gate.h"
#include "ledger.h"
#include "mcache.h"
#include "quarantine.h"
#include "recycle.h"

/* What a call waits at most. A CPU that shuts interrupts out for so long has a fault. */
#define DRAIN_WAIT_NS	(20 * NSEC_PER_MSEC)

/* Of &mcache.drain_state: who has the interrupt's call_single_data */
#define DRAIN_IDLE	0
#define DRAIN_ASKED	1
#define DRAIN_RUNNING	2

/* In the interrupt: drain what this CPU did not use since the last time, or everything */
static void drain_here(void *arg)
{
	struct mcache *cache = arg;
	bool missed = false, all;
	unsigned int spc;

	/* Pairs with the xchg of ask_cpu(): who asks from now on sends another */
	xchg(&cache->drain_state, DRAIN_RUNNING);
	all = xchg(&cache->drain_all, 0);
	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		missed |= !mcache_drain_class(cache->heap, spc, all);
	WRITE_ONCE(cache->drain_missed, missed);
	/* Pairs with the acquire of is_done() */
	cmpxchg_release(&cache->drain_state, DRAIN_RUNNING, DRAIN_IDLE);
}

/*
 * What one that goes offline meanwhile has cached, heaps_cpu_dead() drains. Who makes
 * the state ASKED has the call_single_data, which is the kernel's no more.
 */
static void ask_cpu(struct mcache *cache, bool all)
{
	if (all)
		WRITE_ONCE(cache->drain_all, 1);
	/* Pairs with the xchg of drain_here(), which sees what is wanted, or is done */
	if (xchg(&cache->drain_state, DRAIN_ASKED) == DRAIN_ASKED)
		return;
	ledger_count(cache->heap, LEDGER_DRAIN_ASK, 1);
	INIT_CSD(&cache->drain_csd, drain_here, cache);
	if (smp_call_function_single_async(cache->cpu, &cache->drain_csd))
		WRITE_ONCE(cache->drain_state, DRAIN_IDLE);
}

static bool has_cached(const struct mcache *cache)
{
	return atomic_long_read(&cache->cached);
}

/*
 * Ask the CPUs to drain what they have cached and did not use since they were
 * last asked, or @all of it. Any context but NMI; does not wait. Return: did any have
 * something?
 */
bool drain_ask_cpus(struct gomalloc_heap *heap, bool all)
{
	struct mcache *cache;
	bool any = false;

	for_each_mcache(cache, heap) {
		if (!has_cached(cache))
			continue;
		ask_cpu(cache, all);
		any = true;
	}
	return any;
}
EXPORT_SYMBOL_IF_KUNIT(drain_ask_cpus);

static bool is_done(const struct mcache *cache)
{
	/* Pairs with the release of drain_here() */
	return smp_load_acquire(&cache->drain_state) == DRAIN_IDLE;
}

/* Until @end. Return: false: one of them was elsewhere in its cache. Sleeps. */
static bool wait_until(struct gomalloc_heap *heap, ktime_t end)
{
	const struct mcache *cache;
	bool missed = false;

	for_each_mcache(cache, heap) {
		while (!is_done(cache) && ktime_before(ktime_get(), end))
			usleep_range(5, 50);
		missed |= READ_ONCE(cache->drain_missed) && has_cached(cache);
	}
	return !missed;
}

/* Wait for what the CPUs were asked for, but not for long. Sleeps. */
void drain_wait(struct gomalloc_heap *heap)
{
	wait_until(heap, ktime_add_ns(ktime_get(), DRAIN_WAIT_NS));
	drain_free_stacks(heap);
}
EXPORT_SYMBOL_IF_KUNIT(drain_wait);

/* Any CPU may free what another has in quarantine, into its own cache */
void drain_flush_quarantine(struct gomalloc_heap *heap)
{
	struct mcache *cache;

	if (!heap->quarantine)
		return;
	for_each_mcache(cache, heap)
		quarantine_flush(cache);
}

/* All that the CPUs have cached and in quarantine. Sleeps, but not for long. */
void drain_cpus(struct gomalloc_heap *heap)
{
	ktime_t end = ktime_add_ns(ktime_get(), DRAIN_WAIT_NS);

	drain_flush_quarantine(heap);
	while (drain_ask_cpus(heap, true) && !wait_until(heap, end) &&
	       ktime_before(ktime_get(), end))
		;
	drain_free_stacks(heap);
}
EXPORT_SYMBOL_IF_KUNIT(drain_cpus);

bool drain_has_cached(struct gomalloc_heap *heap)
{
	const struct mcache *cache;

	for_each_mcache(cache, heap) {
		if (has_cached(cache))
			return true;
	}
	return heap->quarantine;
}

/*
 * Free the stacks that drains have left, and those that were made for a CPU which
 * caches nothing. The caller may call other allocators.
 */
void drain_free_stacks(struct gomalloc_heap *heap)
{
	struct mcache *cache;

	for_each_mcache(cache, heap) {
		if (!has_cached(cache) && !llist_empty(&cache->offered_stacks))
			mcache_free_offered(cache);
	}
	if (!llist_empty(&heap->retired_stacks))
		recycle_free_stacks(heap, &heap->retired_stacks);
}

/* No one asks any more: wait for the interrupts that are on their way */
void drain_exit(struct gomalloc_heap *heap)
{
	const struct mcache *cache;

	for_each_mcache(cache, heap) {
		while (!is_done(cache))
			usleep_range(5, 50);
	}
}
