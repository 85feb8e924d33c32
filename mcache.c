// SPDX-License-Identifier: GPL-2.0
/*
 * mcache - the objects and spans that one CPU has at hand
 *
 * What: the slow half of allocating on one CPU: next window, sweep, refill,
 *	release. The fast half is inline in mcache.h.
 * Called by malloc.c, heap.c (CPU hotplug, destruction), scavenge.c. Calls
 *	recycle.c, mspan.c, mcentral.c, mheap.c; mtiny.c fills tiny blocks on
 *	top of it.
 * Locks: the gate of each class, outermost, with preemption off. An interrupt
 *	that finds it shut goes to the mcentral, or frees remotely.
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
#include "harden.h"
#include "heap.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "mtiny.h"

/*
 * === what a cache may hold ===
 */

/* May one class have so much at hand? An eighth of all is a class's share. */
bool mcache_may_hold(const struct gomalloc_heap *heap, size_t bytes)
{
	return bytes <= READ_ONCE(heap->cache_bytes) / 8;
}

/* Count @bytes more that a class may have at hand. The caller is in it. */
void mcache_charge(struct mcache *cache, unsigned int spc, long bytes)
{
	cache->charge[spc] += bytes;
	atomic_long_add(bytes, &cache->cached);
	if (bytes > 0)
		heap_wake_scavenger(cache->heap);
}

/* The class has got a chain of spans in place of those it had */
static void charge_spans(struct mcache_class *mc, const struct mspan *span)
{
	unsigned int spc = span->spanclass;
	struct mcache *cache = mcache_of(mc, spc);
	long bytes = (long)mc->cap * span->elemsize;

	for (; span; span = span->next)
		bytes += (long)span->npages << PAGE_SHIFT;
	mcache_charge(cache, spc, bytes - cache->charge[spc]);
}

static bool is_over(struct gomalloc_heap *heap)
{
	return atomic_long_read(&raw_cpu_ptr(heap->mcaches)->cached) >
	       READ_ONCE(heap->cache_bytes);
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

	if (!mcache_may_hold(heap, SZ_128K))
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
	mcache_count(span->heap->mcaches, MCACHE_SWEEPS, found);
	return mspan_next_window(span);
}

/*
 * Go on to the next window of the span, or to what others have freed there, or
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
	mcache_count(old->heap->mcaches, MCACHE_REFILLS, 1);
	mcache_count(old->heap->mcaches, MCACHE_NEXT_SPARE, 1);
	return true;
}

/* Swap what a class has used up for a span of the mcentral, if it has one */
static bool mcache_refill(struct mcache_class *mc, struct mcentral *central,
			  struct llist_head *empty)
{
	struct mspan *old = mc->span, *span;

	/* Nothing to be had: do not give up a span for nothing */
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
	mcache_count(span->heap->mcaches, MCACHE_REFILLS, 1);
	mcache_count(span->heap->mcaches, MCACHE_CACHE_PARTIAL, 1);
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
	enum mcache_counter counter = MCACHE_CACHE_LATE;
	struct mcache_class *mc;
	LLIST_HEAD(empty);

	mc = mcache_get(heap->mcaches, spc);
	if (mc) {
		if (!mcache_next_window(mc)) {
			old = mc->span;
			mc->span = span;
			mc->grow = min(2 * nr, most_spans(heap, spc));
			charge_spans(mc, span);
			counter = MCACHE_CACHE_NEW;
		}
		mcache_put(mc);
	}
	if (old != &emptymspan)
		uncache_all(old, &empty);
	mcache_count(heap->mcaches, MCACHE_REFILLS, 1);
	mcache_count(heap->mcaches, counter, 1);
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
		    mcentral_alloc(&heap->node[nid]->central[spc]) : NULL;
		if (p)
			return p;
	}
	return NULL;
}

/* There is no new span */
static void *alloc_without_span(struct gomalloc_heap *heap, unsigned int spc,
				gfp_t gfp, int nid)
{
	void *p = gfp & __GFP_THISNODE ? NULL : alloc_anywhere(heap, spc);

	return p || !mcache_may_be_alone(spc) ? p :
	       mcache_alloc_alone(heap, spc, gfp, nid);
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

	span = mcentral_grow(&heap->node[nid]->central[spc], max(nr, 1U),
			     mcache_may_be_alone(spc) ? gfp | __GFP_NOWARN : gfp);
	if (!span)
		return alloc_without_span(heap, spc, gfp, nid);
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
	void *p = mcentral_alloc(&heap->node[nid]->central[spc]);

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

	mc = mcache_get(heap->mcaches, spc);
	if (!mc) {
		mcache_count(heap->mcaches, MCACHE_BUSY_ALLOC, 1);
		return mcache_alloc_node(heap, spc, gfp, numa_mem_id());
	}
	nid = mc->nid;
	nr = mc->grow;
	if (mcache_next_window(mc) ||
	    mcache_refill(mc, &heap->node[nid]->central[spc], &empty))
		p = mspan_alloc(mc->span);
	mcache_put(mc);
	mheap_free_spans(&empty);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
	if (p)
		mcache_limit(heap, spc);
	return p ?: alloc_from_new_span(heap, spc, gfp, nid, nr);
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
		mcache_release_tiny(cache, empty);
	if (spc < NR_LARGE_SPAN_CLASSES)
		mcache_release_large(mc, recycle_nr(mc), empty);
	else
		recycle_flush(mc, recycle_nr(mc), empty);
	recycle_close(mc);
	span = mc->span;
	mc->span = &emptymspan;
	mc->grow = 1;
	if (span != &emptymspan)
		uncache_all(span, empty);
	mcache_charge(cache, spc, -(long)cache->charge[spc]);
}

/* The same for a class of this CPU. Any context. */
static void release_here(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache_class *mc = mcache_get(heap->mcaches, spc);
	LLIST_HEAD(empty);

	if (!mc)
		return;
	release_class(mcache_of(mc, spc), spc, &empty);
	mcache_put(mc);
	mheap_free_spans(&empty);
}

/*
 * Give back all that this CPU has at hand but the memory of its stacks. Any
 * context; what an interrupt has interrupted is left out.
 */
void mcache_release_here(struct gomalloc_heap *heap)
{
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		release_here(heap, spc);
}

static void rob(struct gomalloc_heap *heap, unsigned int spc)
{
	mcache_count(heap->mcaches, MCACHE_ROB, 1);
	release_here(heap, spc);
}

/*
 * @spc has taken something that may be too much for this CPU: rob other classes
 * in turn until it is not. No gate is shut.
 */
void mcache_limit(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache *cache = raw_cpu_ptr(heap->mcaches);
	unsigned int victim, n;

	for (n = 0; unlikely(is_over(heap)) && n < NUM_SPAN_CLASSES; n++) {
		victim = (READ_ONCE(cache->hand) + 1) % NUM_SPAN_CLASSES;
		WRITE_ONCE(cache->hand, victim);
		if (victim != spc && READ_ONCE(cache->charge[victim]))
			rob(heap, victim);
	}
}

/*
 * Give back all that a cache holds, but for what is kept back, which the caller
 * has flushed. That CPU is dead, or nobody uses the heap. One class at a time, so
 * that the locks are free in between.
 */
void mcache_release_all(struct mcache *cache)
{
	struct recycle_slot *stack;
	struct mcache_class *mc;
	LLIST_HEAD(empty);
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		mc = &cache->class[spc];
		preempt_disable();
		mcache_shut(mc);
		release_class(cache, spc, &empty);
		stack = recycle_detach(mc);
		mcache_put(mc);
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

static void drain_class(struct gomalloc_heap *heap, unsigned int spc, bool all)
{
	struct mcache_class *mc = mcache_get(heap->mcaches, spc);
	struct recycle_slot *stack = NULL;
	struct mcache *cache;
	LLIST_HEAD(empty);

	if (!mc)
		return;
	cache = mcache_of(mc, spc);
	if (is_idle(cache, spc) || all) {
		mcache_count(heap->mcaches, MCACHE_DRAIN, !!cache->charge[spc]);
		release_class(cache, spc, &empty);
		stack = recycle_detach(mc);
	}
	mcache_put(mc);
	mheap_free_spans(&empty);
	recycle_free_stack(heap, stack);
}

/*
 * Give back what this CPU has at hand and did not use since the last time, or
 * everything. A worker whose CPU went away meanwhile does it to another one,
 * which does no harm.
 */
void mcache_drain(struct work_struct *work)
{
	struct mcache *cache = container_of(work, struct mcache, drain_work);
	/* Pairs with scavenge.c, which sets it before it queues the work */
	bool all = xchg(&cache->drain_all, 0);
	unsigned int spc;

	if (all)
		harden_flush(cache);
	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		drain_class(cache->heap, spc, all);
		cond_resched();
	}
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
	mcache_set_node(cache, cpu);
	INIT_WORK(&cache->drain_work, mcache_drain);
	for (mc = cache->class; mc < cache->class + NUM_SPAN_CLASSES; mc++) {
		recycle_init(mc);
		mc->span = &emptymspan;
		mc->grow = 1;
	}
}
