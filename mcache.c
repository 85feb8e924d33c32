// SPDX-License-Identifier: GPL-2.0
/*
 * mcache - the objects and spans that one CPU has cached
 *
 * What: the slow half of allocating and freeing on one CPU: next window, sweep,
 *	refill; room on a full stack. The fast half is inline in mcache.h and
 *	recycle.h.
 * Locks: the gate of each class, outermost, with preemption off. An interrupt
 *	that finds it shut goes to the mcentral.
 * Owns: a span per class and its spares, whose free bits are its alone.
 * Invariant: a span of a class is OWNED or &emptymspan; its spares are OWNED
 *	and all free. What the classes of a CPU hold is at most what they are
 *	charged with, which mcache_limit() keeps within heap->cache_bytes.
 */
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/topology.h>

#include "compat.h"
#include "context.h"
#include "gate.h"
#include "ledger.h"
#include "mcache.h"
#include "mcache_make.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "mtiny.h"
#include "pagemap.h"
#include "recycle.h"
#include "report.h"
#include "trace.h"

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

/* Spans of one object at a time, at most; &mcache_class.grow has five bits */
#define MAX_GROW	16
static_assert(MAX_GROW < BIT(5));

/* Spans of @spc that a cache may have: sixteen objects or 128 KiB of them */
static unsigned int most_spans(const struct gomalloc_heap *heap,
			       unsigned int spc)
{
	unsigned int bytes = class_to_pages(spc >> 1) << PAGE_SHIFT;
	unsigned int nelems = bytes / class_to_size[spc >> 1];

	if (!recycle_may_hold(heap, SZ_128K))
		return 1;
	return clamp(SZ_128K / bytes, 1U, DIV_ROUND_UP(MAX_GROW, nelems));
}

static noinline void tell_refill(const struct mspan *span, enum trace_refill from)
{
	trace_span_refill(span->heap, span->nid, span->spanclass, span->base,
			  span->nelems, from);
}

/* A class got a span. What is told of it nobody loads while nobody listens. */
static __always_inline void note_refill(const struct mspan *span,
					enum trace_refill from)
{
	if (trace_span_refill_enabled())
		tell_refill(span, from);
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
	note_refill(next, TRACE_REFILL_SPARE);
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
	note_refill(span, TRACE_REFILL_PARTIAL);
	ledger_count(span->heap, LEDGER_REFILLS, 1);
	ledger_count(span->heap, LEDGER_CACHE_PARTIAL, 1);
	return true;
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

	mc = gate_enter(heap, spc);
	if (mc) {
		if (!mcache_next_window(mc)) {
			old = mc->span;
			mc->span = span;
			mc->grow = min(2 * nr, most_spans(heap, spc));
			charge_spans(mc, span);
			note_refill(span, TRACE_REFILL_NEW);
			counter = LEDGER_CACHE_NEW;
		}
		gate_leave(mc);
	}
	if (old != &emptymspan)
		mcentral_uncache_chain(old, &empty);
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

	mc = gate_enter(heap, spc);
	if (!mc && mcache_make_here(heap, gfp))
		mc = gate_enter(heap, spc);
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
	unsigned int want;

	mcache_make_stack(heap, span->spanclass);
	mc = gate_enter(heap, span->spanclass);
	if (!mc) {
		free_slot_busy(span, index);
		return;
	}
	want = recycle_put(mc, span, index, &empty);
	gate_leave(mc);
	/* With all its objects cached or flushed the span may be gone */
	if (unlikely(want))
		mcache_provide_stack(central, want);
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
	unsigned int want, spc = span->spanclass;
	struct mcentral *central = span->central;
	struct gomalloc_heap *heap = span->heap;
	LLIST_HEAD(empty);

	if (unlikely(!mc->cap)) {
		gate_leave(mc);
		mcache_free_slot(span, mspan_index(span, p));
		return;
	}
	want = recycle_make_room(mc, span, &empty);
	recycle_push(mc, (void *)p, state);
	gate_leave(mc);
	/* The span may be gone, as above */
	if (unlikely(want))
		mcache_provide_stack(central, want);
	mheap_free_spans(&empty);
	mcache_limit(heap, spc);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
}
