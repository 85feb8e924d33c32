// SPDX-License-Identifier: GPL-2.0
/*
 * mcache - the objects and spans that one CPU has cached
 *
 * What: the slow half of allocating and freeing on one CPU: next window, sweep,
 *	refill; a stack for a class, room on a full one; eviction, drain, release.
 *	The fast half is inline in mcache.h and recycle.h.
 * Locks: the gate of each class, outermost, with preemption off. An interrupt
 *	that finds it shut goes to the mcentral.
 * Owns: a span per class and its spares, whose free bits are its alone.
 * Invariant: a span of a class is OWNED or &emptymspan; its spares are OWNED
 *	and all free. What the classes of a CPU hold is at most what they are
 *	charged with, which mcache_limit() keeps within heap->cache_bytes.
 */
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/topology.h>

#include "compat.h"
#include "context.h"
#include "gate.h"
#include "ledger.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "mtiny.h"
#include "pagemap.h"
#include "recycle.h"
#include "report.h"

/*
 * === what a cache may hold ===
 */

/* The class has got a chain of spans in place of those it had */
static void charge_spans(struct mcache_class *mc, const struct mspan *span)
{
	unsigned int spc = span->spanclass;
	struct mcache *cache = gate_cache(mc, spc);
	long bytes = (long)mc->cap * span->elemsize;

	for (; span; span = span->next)
		bytes += (long)span->npages << PAGE_SHIFT;
	recycle_charge(cache, spc, bytes - cache->charge[spc]);
}

/*
 * === allocate ===
 */

/*
 * Where a span has few objects, a cache asks for several at a time. To the one
 * it allocates from are chained the spares, and those that are used up, so
 * that the mcentral's lock is taken once for all.
 */

/* Spans of @spc that a cache may have: sixteen objects or 128 KiB of them */
static unsigned int most_spans(const struct gomalloc_heap *heap,
			       unsigned int spc)
{
	unsigned int bytes = class_to_pages(spc >> 1) << PAGE_SHIFT;
	unsigned int nelems = bytes / class_to_size[spc >> 1];

	if (!recycle_may_hold(heap, SZ_128K))
		return 1;
	return clamp(SZ_128K / bytes, 1U, DIV_ROUND_UP(16, nelems));
}

static bool has_free(struct mspan *span)
{
	unsigned int found;

	if (mspan_next_window(span))
		return true;
	if (likely(!atomic_read(&span->nremote)))
		return false;
	found = mspan_sweep(span);
	ledger_count(span->heap, LEDGER_SWEEPS, found);
	return mspan_next_window(span);
}

/*
 * Go on to the next window of the span, or to what cross-CPU frees put there, or
 * to the first spare. The caller is in the class. Return: false: all is used
 * up.
 */
bool mcache_next_window(struct mcache_class *mc)
{
	struct mspan *old = mc->span, *next = old->next;

	if (has_free(old))
		return true;
	if (!next)
		return false;
	next->used = old;
	mc->span = next;
	ledger_count(old->heap, LEDGER_REFILLS, 1);
	ledger_count(old->heap, LEDGER_NEXT_SPARE, 1);
	return true;
}

/* Swap what a class has used up for a span of the mcentral, if it has one */
static bool mcache_refill(struct mcache_class *mc, struct mcentral *central,
			  struct llist_head *empty)
{
	struct mspan *old = mc->span, *span;

	/* Nothing is available: do not give up a span for it */
	if (!READ_ONCE(central->nr_partial))
		return false;
	mc->span = &emptymspan;
	span = mcentral_cache_span(central, old == &emptymspan ? NULL : old,
				   empty);
	if (!span)
		return false;
	mc->span = span;
	charge_spans(mc, span);
	mspan_next_window(span);
	ledger_count(span->heap, LEDGER_REFILLS, 1);
	ledger_count(span->heap, LEDGER_CACHE_PARTIAL, 1);
	return true;
}

/* Give up a span with its spares and those used up before it */
static void uncache_all(struct mspan *span, struct llist_head *empty)
{
	struct mspan *next;

	for (; span; span = next) {
		next = span->next;
		mcentral_uncache_span(span, empty);
	}
}

/*
 * Make a chain of new spans this CPU's. If it has got another one meanwhile,
 * the new ones go to the mcentral; used up ones do in any case.
 */
static void adopt_chain(struct gomalloc_heap *heap, struct mspan *span,
			unsigned int nr)
{
	unsigned int spc = span->spanclass;
	struct mspan *old = span;
	enum ledger_event counter = LEDGER_CACHE_LATE;
	struct mcache_class *mc;
	LLIST_HEAD(empty);

	mc = gate_enter(heap->mcaches, spc);
	if (mc) {
		if (!mcache_next_window(mc)) {
			old = mc->span;
			mc->span = span;
			mc->grow = min(2 * nr, most_spans(heap, spc));
			charge_spans(mc, span);
			counter = LEDGER_CACHE_NEW;
		}
		gate_leave(mc);
	}
	if (old != &emptymspan)
		uncache_all(old, &empty);
	ledger_count(heap, LEDGER_REFILLS, 1);
	ledger_count(heap, counter, 1);
	mheap_free_spans(&empty);
	mcache_limit(heap, spc);
}

/* Some node has a partial span, if not the one that was asked for */
static void *alloc_anywhere(struct gomalloc_heap *heap, unsigned int spc)
{
	unsigned int nid;
	void *p;

	for (nid = 0; nid < heap->nr_nodes; nid++) {
		p = heap->node[nid] ?
		    mcentral_alloc(mheap_central(heap->node[nid], spc)) : NULL;
		if (p)
			return p;
	}
	return NULL;
}

/*
 * A new span, and its first object for the caller. With @nr, this CPU keeps it
 * and up to @nr - 1 others.
 */
static void *alloc_from_new_span(struct gomalloc_heap *heap, unsigned int spc,
				 gfp_t gfp, int nid, unsigned int nr)
{
	struct mspan *span;
	LLIST_HEAD(empty);
	void *p;

	span = mcentral_grow(heap->node[nid], spc, max(nr, 1U), gfp);
	if (!span)
		return gfp & __GFP_THISNODE ? NULL : alloc_anywhere(heap, spc);
	p = mspan_alloc(span);
	if (nr)
		adopt_chain(heap, span, nr);
	else
		mcentral_uncache_span(span, &empty);
	return p;
}

/*
 * An object of @spc from @nid, past the mcache. Return: the object, or NULL.
 */
void *mcache_alloc_node(struct gomalloc_heap *heap, unsigned int spc,
			gfp_t gfp, int nid)
{
	void *p = mcentral_alloc(mheap_central(heap->node[nid], spc));

	return p ?: alloc_from_new_span(heap, spc, gfp, nid, 0);
}
EXPORT_SYMBOL_IF_KUNIT(mcache_alloc_node);

/*
 * An object of @spc when the fast path had none. Not in NMI context.
 * Return: the object, marked allocated; or NULL.
 */
void *mcache_alloc(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp)
{
	struct mcache_class *mc;
	unsigned int nr;
	LLIST_HEAD(empty);
	void *p = NULL;
	int nid;

	mc = gate_enter(heap->mcaches, spc);
	if (!mc) {
		ledger_count(heap, LEDGER_BUSY_ALLOC, 1);
		return mcache_alloc_node(heap, spc, gfp, numa_mem_id());
	}
	nid = mc->nid;
	nr = mc->grow;
	if (mcache_next_window(mc) ||
	    mcache_refill(mc, mheap_central(heap->node[nid], spc), &empty))
		p = mspan_alloc(mc->span);
	gate_leave(mc);
	mheap_free_spans(&empty);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
	if (p)
		mcache_limit(heap, spc);
	return p ?: alloc_from_new_span(heap, spc, gfp, nid, nr);
}

/*
 * === free ===
 */

/*
 * Here the slab allocator cannot be called: let it be done later, and until then
 * objects go to their spans. Of a heap that goes away no one wants any.
 */
static void want_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache *cache;

	/* Pairs with scavenge_exit() */
	if (READ_ONCE(heap->dying))
		return;
	preempt_disable();
	cache = raw_cpu_ptr(heap->mcaches);
	set_bit(spc, cache->wanted);
	queue_work_on(raw_smp_processor_id(), heap->sys->drain_wq,
		      &cache->stack_work);
	preempt_enable();
}

/* Open the stack of a class of this CPU; one that has none gets @stack, or NULL */
static void open_stack(struct gomalloc_heap *heap, unsigned int spc,
		       struct recycle_stack *stack)
{
	struct mcache_class *mc;

	mc = gate_enter(heap->mcaches, spc);
	if (mc) {
		if (stack && recycle_attach(mc, stack))
			stack = NULL;
		if (!mc->cap)
			recycle_grow(heap, mc, spc);
		gate_leave(mc);
		mcache_limit(heap, spc);
	}
	if (stack)
		recycle_free_stack(heap, stack);
}

static const struct mcache_class *class_here(struct gomalloc_heap *heap,
					     unsigned int spc)
{
	return &raw_cpu_ptr(heap->mcaches)->class[spc];
}

/*
 * Give this CPU a stack for @spc at the first free of the class, or open the
 * one it has. The CPU may change on the way; then another one has got its
 * stack early.
 */
void mcache_make_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	const struct mcache_class *here = class_here(heap, spc);

	if (heap->flags & GOMALLOC_HEAP_NO_RECYCLE || here->cap)
		return;
	if (recycle_has_stack(here))
		open_stack(heap, spc, NULL);
	else if (context_is_preemptible())
		open_stack(heap, spc, recycle_alloc_stack(heap, spc));
	else
		want_stack(heap, spc);
}

/* The next time a stack of the class overflows there should be one to exchange it for */
static void provide_stack(struct mcentral *central)
{
	if (context_is_preemptible())
		recycle_provide_stack(central);
	else
		want_stack(central->mheap->heap, central->spanclass);
}

/* A class that has a stack wants one for the transfer cache */
static void make_wanted(struct gomalloc_heap *heap, unsigned int spc)
{
	const struct mcache_class *here = class_here(heap, spc);

	if (!recycle_has_stack(here))
		open_stack(heap, spc, recycle_alloc_stack(heap, spc));
	else if (spc >= NR_LARGE_SPAN_CLASSES)
		recycle_provide_stack(mheap_central(heap->node[here->nid], spc));
}

/*
 * Make the stacks that frees have wanted. A worker whose CPU went away meanwhile
 * makes them for another one, which does no harm.
 */
static void make_stacks(struct work_struct *work)
{
	struct mcache *cache = container_of(work, struct mcache, stack_work);
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		if (test_and_clear_bit(spc, cache->wanted))
			make_wanted(cache->heap, spc);
		cond_resched();
	}
}

/* The class is shut under us: the span takes the slot directly */
static void free_slot_busy(struct mspan *span, unsigned int index)
{
	struct gomalloc_heap *heap = span->heap;
	LLIST_HEAD(empty);

	ledger_count(heap, LEDGER_BUSY_FREE, 1);
	preempt_disable();
	recycle_free_slot(NULL, span, index, &empty);
	preempt_enable();
	mheap_free_spans(&empty);
}

/*
 * Free a slot that the caller holds and has marked freed; of a tiny span, one
 * whose mask has just become 0. Not in NMI context.
 */
void mcache_free_slot(struct mspan *span, unsigned int index)
{
	struct mcentral *central = span->central;
	struct gomalloc_heap *heap = span->heap;
	struct mcache_class *mc;
	LLIST_HEAD(empty);
	bool transfer;

	mcache_make_stack(heap, span->spanclass);
	mc = gate_enter(heap->mcaches, span->spanclass);
	if (!mc) {
		free_slot_busy(span, index);
		return;
	}
	transfer = recycle_put(mc, span, index, &empty);
	gate_leave(mc);
	/* With all its objects cached or flushed the span may be gone */
	if (unlikely(transfer))
		provide_stack(central);
	mheap_free_spans(&empty);
	mcache_limit(heap, central->spanclass);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
}

/*
 * The last steps of gofree(), for an object of this node that it has marked
 * freed: the class, which it is in, has no room on its stack.
 */
void mcache_free_full(const void *p, u8 *state, struct mcache_class *mc)
{
	struct mspan *span = pagemap_lookup(p);
	struct mcentral *central = span->central;
	struct gomalloc_heap *heap = span->heap;
	LLIST_HEAD(empty);
	bool transfer;

	if (unlikely(!mc->cap)) {
		gate_leave(mc);
		mcache_free_slot(span, mspan_index(span, p));
		return;
	}
	transfer = recycle_make_room(mc, span, &empty);
	recycle_push(mc, (void *)p, state);
	gate_leave(mc);
	/* The span may be gone, as above */
	if (unlikely(transfer))
		provide_stack(central);
	mheap_free_spans(&empty);
	mcache_limit(heap, central->spanclass);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
}

/*
 * === release ===
 */

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
		uncache_all(span, empty);
	recycle_charge(cache, spc, -(long)cache->charge[spc]);
}

/* The same for a class of this CPU. Any context. */
static void release_here(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache_class *mc = gate_enter(heap->mcaches, spc);
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

/*
 * @spc has taken something that is too much for this CPU: evict other classes in
 * turn until it is not. No gate is shut.
 */
void mcache_evict(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache *cache = raw_cpu_ptr(heap->mcaches);
	unsigned int victim, n;

	for (n = 0; mcache_is_over(heap) && n < NUM_SPAN_CLASSES; n++) {
		victim = (READ_ONCE(cache->hand) + 1) % NUM_SPAN_CLASSES;
		WRITE_ONCE(cache->hand, victim);
		if (victim != spc && READ_ONCE(cache->charge[victim])) {
			ledger_count(heap, LEDGER_EVICT, 1);
			release_here(heap, victim);
		}
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
}

/* Has nothing changed since the last look? The caller is in the class. */
static bool is_idle(struct mcache *cache, unsigned int spc)
{
	struct mcache_class *mc = &cache->class[spc];
	const struct mspan *span = mc->span;
	u32 now = hash_long((unsigned long)mc->top ^ span->free[span->win], 32);
	bool idle = now == cache->seen[spc];

	cache->seen[spc] = now;
	return idle;
}

/*
 * Release what this CPU has cached of a class if it did not use it since the
 * last time, or if @all is asked for.
 */
void mcache_drain_class(struct gomalloc_heap *heap, unsigned int spc, bool all)
{
	struct mcache_class *mc = gate_enter(heap->mcaches, spc);
	struct recycle_stack *stack = NULL;
	struct mcache *cache;
	LLIST_HEAD(empty);

	if (!mc)
		return;
	cache = gate_cache(mc, spc);
	if (is_idle(cache, spc) || all) {
		ledger_count(heap, LEDGER_DRAIN, !!cache->charge[spc]);
		release_class(cache, spc, &empty);
		stack = recycle_detach(mc);
	}
	gate_leave(mc);
	mheap_free_spans(&empty);
	recycle_free_stack(heap, stack);
}

/* A CPU learns its node late, if it was not there when the machine started */
void mcache_set_node(struct mcache *cache, int cpu)
{
	int nid = cpu_to_mem(cpu);
	struct mcache_class *mc;

	if (nid == NUMA_NO_NODE)
		nid = first_memory_node;
	for (mc = cache->class; mc < cache->class + NUM_SPAN_CLASSES; mc++) {
		mc->nid = nid;
		mc->gate = nid;
	}
}

void mcache_init(struct mcache *cache, struct gomalloc_heap *heap, int cpu)
{
	struct mcache_class *mc;

	cache->heap = heap;
	cache->tiny = TINY_NONE;
	INIT_WORK(&cache->stack_work, make_stacks);
	mcache_set_node(cache, cpu);
	for (mc = cache->class; mc < cache->class + NUM_SPAN_CLASSES; mc++) {
		recycle_init(mc);
		mc->span = &emptymspan;
		mc->grow = 1;
	}
}
