// SPDX-License-Identifier: GPL-2.0
/*
 * mcache - the objects and spans that one CPU has at hand
 *
 * What: the slow half of allocating and freeing on one CPU: next window,
 *	sweep, refill, flush, release. The fast half is inline in mcache.h.
 * Called by malloc.c, heap.c (CPU hotplug, destruction), scavenge.c. Calls
 *	mspan.c, mcentral.c, mheap.c; mtiny.c fills tiny blocks on top of it.
 * Locks: the busy byte, outermost, with preemption off. An interrupt that
 *	meets it goes to the mcentral, or frees remotely.
 * Owns: one span per class, whose free bits are its alone, and the objects on
 *	its recycle stacks.
 * Invariant: an object on a stack is of this CPU's node and marked freed.
 *	A span in alloc[] is OWNED or &emptymspan.
 */
#include <linux/hardirq.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "pagemap.h"

/* Stands in each slot that has no stack yet; full and empty at once */
static struct recycle emptyrecycle;

static void count(struct gomalloc_heap *heap, enum mcache_counter counter,
		  unsigned long n)
{
	this_cpu_add(heap->mcaches->count[counter], n);
}

/*
 * === allocate ===
 */

static bool has_free(struct mspan *span, struct gomalloc_heap *heap)
{
	unsigned int found;

	if (mspan_next_window(span))
		return true;
	found = mspan_sweep(span);
	if (!found)
		return false;
	count(heap, MCACHE_SWEEPS, found);
	return mspan_next_window(span);
}

/*
 * Swap the span of @spc, which is used up, for one with a free object.
 * Return: that span, or NULL: the mcentral has none, the old one stays.
 */
static struct mspan *mcache_refill(struct mcache *mc, unsigned int spc,
				   struct list_head *empty)
{
	struct mcentral *central = &mc->heap->node[mc->nid]->central[spc];
	struct mspan *old = mc->alloc[spc], *span;

	/* Nothing to be had: do not give up a span for nothing */
	if (!READ_ONCE(central->nr_partial))
		return NULL;
	mc->alloc[spc] = &emptymspan;
	span = mcentral_cache_span(central, old == &emptymspan ? NULL : old,
				   empty);
	if (!span)
		return NULL;
	mc->alloc[spc] = span;
	mspan_next_window(span);
	count(mc->heap, MCACHE_REFILLS, 1);
	return span;
}

/* The third place: other windows, frees of others, the mcentral's spans */
static int mcache_next_free(struct mcache *mc, unsigned int spc,
			    struct mspan **spanp, struct list_head *empty)
{
	struct mspan *span = mc->alloc[spc];

	if (!has_free(span, mc->heap))
		span = mcache_refill(mc, spc, empty);
	*spanp = span;
	return span ? mspan_take(span) : -1;
}

/* Make @span this CPU's; the one it had, if used up, goes to its mcentral */
static void adopt_span(struct gomalloc_heap *heap, struct mspan *span)
{
	unsigned int spc = span->spanclass;
	struct mspan *old = span;
	struct mcache *mc;
	LIST_HEAD(empty);

	mc = mcache_get(heap->mcaches);
	if (mc) {
		if (!has_free(mc->alloc[spc], heap)) {
			old = mc->alloc[spc];
			mc->alloc[spc] = span;
		}
		mcache_put(mc);
	}
	if (old != &emptymspan)
		mcentral_uncache_span(old, &empty);
	count(heap, MCACHE_REFILLS, 1);
	mheap_free_list(&empty);
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

/* A new span, and its first object for the caller */
static void *alloc_from_new_span(struct gomalloc_heap *heap, unsigned int spc,
				 gfp_t gfp, int nid, bool adopt)
{
	struct mspan *span;
	LIST_HEAD(empty);
	int index;
	void *p;

	span = mcentral_grow(&heap->node[nid]->central[spc], gfp);
	if (!span)
		return gfp & __GFP_THISNODE ? NULL : alloc_anywhere(heap, spc);
	index = mspan_take(span);
	mspan_mark_allocated(span, index);
	p = mspan_object(span, index);
	if (adopt)
		adopt_span(heap, span);
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

	return p ?: alloc_from_new_span(heap, spc, gfp, nid, false);
}
EXPORT_SYMBOL_IF_KUNIT(mcache_alloc_node);

/*
 * An object of @spc when the fast path had none. Not in NMI context.
 * Return: the object, marked allocated; or NULL.
 */
void *mcache_alloc(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp)
{
	struct mspan *span;
	struct mcache *mc;
	LIST_HEAD(empty);
	int index;

	mc = mcache_get(heap->mcaches);
	if (!mc) {
		count(heap, MCACHE_BUSY, 1);
		return mcache_alloc_node(heap, spc, gfp, numa_mem_id());
	}
	index = mcache_next_free(mc, spc, &span, &empty);
	if (index >= 0)
		mspan_mark_allocated(span, index);
	mcache_put(mc);
	mheap_free_list(&empty);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
	if (index >= 0)
		return mspan_object(span, index);
	return alloc_from_new_span(heap, spc, gfp, numa_mem_id(), true);
}

/* Return: a span of its own for one object, or NULL */
void *mcache_alloc_large(struct gomalloc_heap *heap, size_t size, bool noscan,
			 gfp_t gfp, int nid)
{
	struct mspan *span;

	span = mheap_alloc(heap->node[nid], noscan, PFN_UP(size), gfp);
	if (!span)
		return NULL;
	mspan_mark_allocated(span, 0);
	return mspan_object(span, 0);
}

/*
 * === free ===
 */

/* As the sheaves of SLUB have it: about a page of pointers, fewer when large */
static unsigned int recycle_cap(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1];

	if (size < 256)
		return 60;
	if (size < 1024)
		return 28;
	return size < 4096 ? 12 : 4;
}

/*
 * Give this CPU a stack for @spc at the first free of the class. The CPU may
 * change on the way; then another one has got its stack early.
 */
static void make_recycle(struct gomalloc_heap *heap, unsigned int spc)
{
	unsigned int cap = recycle_cap(spc);
	struct recycle *recycle;
	struct mcache *mc;

	if (heap->flags & GOMALLOC_HEAP_NO_RECYCLE ||
	    raw_cpu_ptr(heap->mcaches)->recycle[spc] != &emptyrecycle)
		return;
	recycle = kmalloc_node(struct_size(recycle, slot, cap),
			       GFP_NOWAIT | __GFP_NOWARN, numa_mem_id());
	if (!recycle)
		return;
	recycle->nr = 0;
	recycle->cap = cap;
	mc = mcache_get(heap->mcaches);
	if (mc) {
		if (mc->recycle[spc] == &emptyrecycle)
			swap(mc->recycle[spc], recycle);
		mcache_put(mc);
	}
	if (recycle != &emptyrecycle)
		kfree(recycle);
}

/* Free @bits of one word of @span, which this cache may own or not */
static void free_bits(struct mcache *mc, struct mspan *span, unsigned int word,
		      unsigned long bits, struct list_head *empty)
{
	bool fresh;

	if (mc->alloc[span->spanclass] == span) {
		fresh = mspan_free_own(span, word, bits);
	} else {
		count(mc->heap, MCACHE_REMOTE_FREES, hweight_long(bits));
		fresh = mcentral_free_remote(span, word, bits, empty);
	}
	if (unlikely(!fresh))
		heap_note_late_double_free(mc->heap);
}

/*
 * Flush the oldest @n objects of a stack to their spans; neighbours on the
 * stack that share a word go together.
 */
static void flush_recycle(struct mcache *mc, struct recycle *recycle,
			  unsigned int n, struct list_head *empty)
{
	struct mspan *span = NULL, *next;
	unsigned int i, index, word = 0;
	unsigned long bits = 0;

	for (i = 0; i < n; i++) {
		next = span_of(recycle->slot[i].object);
		index = mspan_index(next, recycle->slot[i].object);
		if (next != span || BIT_WORD(index) != word) {
			if (span)
				free_bits(mc, span, word, bits, empty);
			span = next;
			word = BIT_WORD(index);
			bits = 0;
		}
		if (unlikely(bits & BIT_MASK(index)))
			heap_note_late_double_free(mc->heap);
		bits |= BIT_MASK(index);
	}
	if (span)
		free_bits(mc, span, word, bits, empty);
	recycle->nr -= n;
	memmove(recycle->slot, recycle->slot + n,
		recycle->nr * sizeof(*recycle->slot));
	count(mc->heap, MCACHE_FLUSHES, n);
}

/*
 * Push a free slot, or free it into its span where it cannot be recycled. The
 * caller is in the cache.
 */
void mcache_put_slot(struct mcache *mc, struct mspan *span, unsigned int index,
		     struct list_head *empty)
{
	u8 *state = mspan_is_tiny(span) ? NULL : &span->objstate[index];
	struct recycle *recycle = mc->recycle[span->spanclass];

	if (span->nid == mc->nid && recycle->cap) {
		if (recycle->nr == recycle->cap)
			flush_recycle(mc, recycle, recycle->cap / 2, empty);
		recycle_push(recycle, mspan_object(span, index), state);
	} else {
		free_bits(mc, span, BIT_WORD(index), BIT_MASK(index), empty);
	}
}

/* The cache is busy under us: the span takes the slot directly */
static void free_slot_busy(struct mspan *span, unsigned int index)
{
	struct gomalloc_heap *heap = span->heap;
	LIST_HEAD(empty);

	count(heap, MCACHE_BUSY, 1);
	count(heap, MCACHE_REMOTE_FREES, 1);
	preempt_disable();
	if (!mcentral_free_remote(span, BIT_WORD(index), BIT_MASK(index),
				  &empty))
		heap_note_late_double_free(heap);
	preempt_enable();
	mheap_free_list(&empty);
}

/*
 * Free a slot that the caller holds and has marked freed; of a tiny span, one
 * whose mask has just become 0. Not in NMI context.
 */
void mcache_free_slot(struct mspan *span, unsigned int index)
{
	struct gomalloc_heap *heap = span->heap;
	struct mcache *mc;
	LIST_HEAD(empty);

	make_recycle(heap, span->spanclass);
	mc = mcache_get(heap->mcaches);
	if (!mc) {
		free_slot_busy(span, index);
		return;
	}
	mcache_put_slot(mc, span, index, &empty);
	mcache_put(mc);
	mheap_free_list(&empty);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
}

/*
 * === release ===
 */

/* Empty one class of a cache that the caller is in */
static void release_class(struct mcache *mc, unsigned int spc,
			  struct list_head *empty)
{
	struct recycle *recycle = mc->recycle[spc];
	struct mspan *span = mc->alloc[spc];

	if (recycle->nr)
		flush_recycle(mc, recycle, recycle->nr, empty);
	mc->alloc[spc] = &emptymspan;
	if (span != &emptymspan)
		mcentral_uncache_span(span, empty);
}

/*
 * Give back all that a cache holds. The caller is on its CPU, or that CPU is
 * dead, or nobody uses the heap. One class at a time, so that others get in.
 */
void mcache_release_all(struct mcache *mc)
{
	unsigned int spc;
	LIST_HEAD(empty);

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		preempt_disable();
		WRITE_ONCE(mc->busy, 1);
		barrier();
		if (spc == TINY_SPAN_CLASS)
			mcache_release_tiny(mc, &empty);
		release_class(mc, spc, &empty);
		mcache_put(mc);
		mheap_free_list(&empty);
	}
}

/* The stacks themselves; nobody uses the cache any more */
void mcache_free_recycles(struct mcache *mc)
{
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		if (mc->recycle[spc] != &emptyrecycle)
			kfree(mc->recycle[spc]);
		mc->recycle[spc] = &emptyrecycle;
	}
}

/* Runs on the CPU whose cache this is, in a task: it is not busy */
void mcache_drain(struct work_struct *work)
{
	mcache_release_all(container_of(work, struct mcache, drain_work));
}

/* A CPU learns its node late, if it was not there when the machine started */
void mcache_set_node(struct mcache *mc, int cpu)
{
	int nid = cpu_to_mem(cpu);

	mc->nid = nid == NUMA_NO_NODE ? first_memory_node : nid;
}

void mcache_init(struct mcache *mc, struct gomalloc_heap *heap, int cpu)
{
	unsigned int spc;

	mc->heap = heap;
	mcache_set_node(mc, cpu);
	INIT_WORK(&mc->drain_work, mcache_drain);
	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		mc->alloc[spc] = &emptymspan;
		mc->recycle[spc] = &emptyrecycle;
	}
}
