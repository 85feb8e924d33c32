// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_release - what a CPU has cached, back to the mcentrals
 *
 * What: empties classes of this CPU's cache: all, or those that it did not use for a
 *	while; and those of a CPU that is dead. Takes from others, cold ones first,
 *	when one has cached too much.
 * Locks: the gate of each class, outermost, with preemption off. A class that is
 *	found shut is left out.
 * Invariant: a class that was emptied is charged with nothing.
 */
#include <linux/hash.h>

#include "compat.h"
#include "gate.h"
#include "ledger.h"
#include "mcache_release.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "mtiny.h"
#include "recycle.h"

/* Empty a class that the caller is in */
static void release_class(struct mcache *cache, unsigned int spc,
			  struct llist_head *empty)
{
	struct mcache_class *mc = &cache->class[spc];
	struct mspan *span;

	if (spc == TINY_SPAN_CLASS)
		mtiny_release(cache, empty);
	if (spc < NR_LARGE_SPAN_CLASSES)
		recycle_release_large(mc, recycle_nr(mc), empty);
	else
		recycle_flush(mc, recycle_nr(mc), empty);
	recycle_close(mc);
	span = mc->span;
	mc->span = &emptymspan;
	mc->grow = 1;
	if (span != &emptymspan)
		mcentral_uncache_chain(span, empty);
	recycle_charge(cache, spc, -(long)cache->charge[spc]);
}

/* The same for a class of this CPU. Any context. */
static void release_here(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache_class *mc = gate_enter(heap, spc);
	LLIST_HEAD(empty);

	if (!mc)
		return;
	release_class(gate_cache(mc, spc), spc, &empty);
	gate_leave(mc);
	mheap_free_spans(&empty);
}

/*
 * Drain this CPU's cache, but keep the memory of its stacks. Any
 * context; what an interrupt has interrupted is left out.
 */
void mcache_release_here(struct gomalloc_heap *heap)
{
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		release_here(heap, spc);
}

/* What changes with nearly each use of a class, which the caller is in */
static u16 look_at(const struct mcache_class *mc)
{
	const struct mspan *span = mc->span;

	return hash_long((unsigned long)mc->top ^ span->free[span->win], 16);
}

/* Has a class missed what was flushed, or been used since the drain last looked? */
static bool is_hot(const struct mcache *cache, unsigned int spc)
{
	const struct mcache_class *mc = &cache->class[spc];

	return mc->overflows == RECYCLE_MISSED || look_at(mc) != cache->seen[spc];
}

/* So few that to flush a part of them is not worth the lock */
#define FEW	8

/*
 * Take from a class, which the caller is in, some of what it may cache: what it does
 * not use; and half of its objects if it is cold, or nothing else has helped (@hard).
 */
static void evict_class(struct mcache *cache, unsigned int spc, bool hard,
			struct llist_head *empty)
{
	struct mcache_class *mc = &cache->class[spc];
	unsigned int nr = recycle_nr(mc);

	if (!hard && is_hot(cache, spc)) {
		recycle_trim(mc, spc);
	} else if (nr <= FEW) {
		release_class(cache, spc, empty);
	} else {
		recycle_flush(mc, nr / 2, empty);
		recycle_trim(mc, spc);
	}
}

static void evict_here(struct gomalloc_heap *heap, unsigned int spc, bool hard)
{
	struct mcache_class *mc = gate_enter(heap, spc);
	LLIST_HEAD(empty);

	if (!mc)
		return;
	ledger_count(heap, LEDGER_EVICT, 1);
	evict_class(gate_cache(mc, spc), spc, hard, &empty);
	gate_leave(mc);
	mheap_free_spans(&empty);
}

/* One for cold classes; one to halve the largest stack down to a few, and one for these */
#define EVICT_ROUNDS	8
static_assert(FEW << (EVICT_ROUNDS - 2) >= RECYCLE_MAX_ROOM);

/*
 * @spc has taken something that is too much for this CPU: take from other classes in
 * turn, from cold ones first, until there is room for more. Where only large objects
 * are too many, these make room. No gate is shut; the CPU may change on the way, and
 * then another one has more room early.
 */
void mcache_evict(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache *cache = gate_mcache_here(heap);
	long enough = READ_ONCE(heap->cache_bytes) / 8 * 7;
	unsigned int victim, n;

	for (n = 0; n < EVICT_ROUNDS * NUM_SPAN_CLASSES; n++) {
		if (!mcache_is_over(cache, enough))
			break;
		victim = (READ_ONCE(cache->hand) + 1) % NUM_SPAN_CLASSES;
		WRITE_ONCE(cache->hand, victim);
		if (victim == spc || !READ_ONCE(cache->charge[victim]))
			continue;
		if (recycle_is_large(victim) || atomic_long_read(&cache->cached) > enough)
			evict_here(heap, victim, n >= NUM_SPAN_CLASSES);
	}
}

/* Free stacks that were made for a CPU, which may be another one */
void mcache_free_offered(struct mcache *cache)
{
	struct recycle_stack *stack, *next;
	struct llist_node *offered;

	offered = llist_del_all(&cache->offered_stacks);
	llist_for_each_entry_safe(stack, next, offered, node) {
		clear_bit(stack->spc, cache->offered);
		recycle_free_stack(cache->heap, stack);
	}
}

/*
 * Drain a cache of another CPU, but for its quarantine, which the caller has
 * flushed. That CPU is dead, or the heap is not in use. One class at a time, so
 * that the locks are free in between.
 */
void mcache_release_all(struct mcache *cache)
{
	struct recycle_stack *stack;
	struct mcache_class *mc;
	LLIST_HEAD(empty);
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		mc = &cache->class[spc];
		preempt_disable();
		gate_shut(mc);
		release_class(cache, spc, &empty);
		stack = recycle_detach(mc);
		gate_leave(mc);
		mheap_free_spans(&empty);
		recycle_free_stack(cache->heap, stack);
	}
	mcache_free_offered(cache);
}

/* Has nothing changed since the last look? The caller is in the class. */
static bool is_idle(struct mcache *cache, unsigned int spc)
{
	u16 now = look_at(&cache->class[spc]);
	bool idle = now == cache->seen[spc];

	cache->seen[spc] = now;
	return idle;
}

/*
 * Release what this CPU has cached of a class if it did not use it since the
 * last time, or if @all is asked for; else what it is charged with and does not
 * use. Any context. Return: false: the class is shut.
 */
bool mcache_drain_class(struct gomalloc_heap *heap, unsigned int spc, bool all)
{
	struct mcache_class *mc = gate_enter(heap, spc);
	struct recycle_stack *stack = NULL;
	struct mcache *cache;
	LLIST_HEAD(empty);

	if (!mc)
		return false;
	cache = gate_cache(mc, spc);
	if (is_idle(cache, spc) || all) {
		ledger_count(heap, LEDGER_DRAIN, !!cache->charge[spc]);
		release_class(cache, spc, &empty);
		stack = recycle_detach(mc);
	} else if (mc->overflows != RECYCLE_MISSED) {
		recycle_trim(mc, spc);
	}
	gate_leave(mc);
	mheap_free_spans(&empty);
	if (stack)
		llist_add(&stack->node, &heap->retired_stacks);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(mcache_drain_class);
