// SPDX-License-Identifier: GPL-2.0
/*
 * recycle - the stacks of freed objects that one CPU hands out again
 *
 * What: the slow half of freeing on one CPU: makes a class its stack, flushes
 *	a full one to the spans of its objects. Pushing and popping is inline
 *	in mcache.h.
 * Called by malloc.c, mtiny.c, mcache.c. Calls mspan.c, mcentral.c, mheap.c.
 * Locks: the gate of the class, see mcache.c.
 * Owns: the objects on the stacks, and the memory of the stacks.
 * Invariant: an object on a stack is of this CPU's node and marked freed.
 */
#include <linux/slab.h>
#include <linux/topology.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "pagemap.h"

/* The slot below the oldest one, for a class that has no stack */
static struct recycle_slot no_stack[1];

void recycle_init(struct mcache_class *mc)
{
	mc->top = &no_stack[1];
	mc->end = &no_stack[1];
	mc->cap = 0;
}

/* Nobody uses the cache any more, and the stack is empty */
void recycle_free_stack(struct mcache_class *mc)
{
	if (mc->cap)
		kfree(mc->end - mc->cap - 1);
	recycle_init(mc);
}

/* As the sheaves of SLUB have it: about a page of pointers, fewer when large */
static unsigned int stack_cap(unsigned int spc)
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
static void make_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	unsigned int cap = stack_cap(spc);
	struct recycle_slot *stack;
	struct mcache_class *mc;

	if (heap->flags & GOMALLOC_HEAP_NO_RECYCLE ||
	    raw_cpu_ptr(heap->mcaches)->class[spc].cap)
		return;
	stack = kmalloc_node((cap + 1) * sizeof(*stack),
			     GFP_NOWAIT | __GFP_NOWARN, numa_mem_id());
	if (!stack)
		return;
	stack->object = NULL;
	mc = mcache_get(heap->mcaches, spc);
	if (mc) {
		if (!mc->cap) {
			mc->top = stack + 1;
			mc->end = mc->top + cap;
			mc->cap = cap;
			stack = NULL;
		}
		mcache_put(mc);
	}
	kfree(stack);
}

/**
 * struct group - freed objects that share a word of their span's bits
 * @span: the span, NULL for an empty group
 * @base: of the span
 * @bytes: of the span
 * @word: which word
 * @bits: the objects
 */
struct group {
	struct mspan	*span;
	unsigned long	base;
	unsigned long	bytes;
	unsigned int	word;
	unsigned long	bits;
};

/* Free a group into its span, which this class may own or not */
static void free_group(struct mcache_class *mc, struct group *g,
		       struct list_head *empty)
{
	struct gomalloc_heap *heap = g->span->heap;
	bool fresh;

	if (mc->span == g->span) {
		fresh = mspan_free_own(g->span, g->word, g->bits);
	} else {
		mcache_count(heap->mcaches, MCACHE_REMOTE_FREES,
			     hweight_long(g->bits));
		fresh = mcentral_free_remote(g->span, g->word, g->bits, empty);
	}
	if (unlikely(!fresh))
		heap_note_late_double_free(heap);
}

static void set_group(struct group *g, struct mspan *span, unsigned int index)
{
	g->span = span;
	g->base = span->base;
	g->bytes = (unsigned long)span->npages << PAGE_SHIFT;
	g->word = BIT_WORD(index);
	g->bits = BIT_MASK(index);
}

/* Does @p, if it is of the group's word, join it? */
static bool join_group(struct group *g, const void *p)
{
	unsigned int index;

	if ((unsigned long)p - g->base >= g->bytes)
		return false;
	index = mspan_index(g->span, p);
	if (BIT_WORD(index) != g->word)
		return false;
	if (unlikely(g->bits & BIT_MASK(index)))
		heap_note_late_double_free(g->span->heap);
	g->bits |= BIT_MASK(index);
	return true;
}

/*
 * Flush the oldest @n objects of a stack to their spans; neighbours on the
 * stack that share a word go together.
 */
void recycle_flush(struct mcache_class *mc, unsigned int n,
		   struct list_head *empty)
{
	struct recycle_slot *slot = mc->end - mc->cap, *last = slot + n;
	struct recycle_slot *to = slot;
	struct group g = {};
	struct mspan *span;

	if (!n)
		return;
	for (; slot < last; slot++) {
		if (join_group(&g, slot->object))
			continue;
		if (g.span)
			free_group(mc, &g, empty);
		span = span_of(slot->object);
		set_group(&g, span, mspan_index(span, slot->object));
	}
	mcache_count(g.span->heap->mcaches, MCACHE_FLUSHES, n);
	free_group(mc, &g, empty);
	memmove(to, last, (void *)mc->top - (void *)last);
	mc->top -= n;
}

/*
 * Push a free slot, or free it into its span where it cannot be recycled. The
 * caller is in the class.
 */
void recycle_put(struct mcache_class *mc, struct mspan *span,
		 unsigned int index, struct list_head *empty)
{
	u8 *state = mspan_is_tiny(span) ? NULL : &span->objstate[index];
	struct group g;

	if (span->nid == mc->nid && mc->cap) {
		if (mc->top == mc->end)
			recycle_flush(mc, mc->cap / 2, empty);
		recycle_push(mc, mspan_object(span, index), state);
	} else {
		set_group(&g, span, index);
		free_group(mc, &g, empty);
	}
}

/* The class is shut under us: the span takes the slot directly */
static void free_slot_busy(struct mspan *span, unsigned int index)
{
	struct gomalloc_heap *heap = span->heap;
	LIST_HEAD(empty);

	mcache_count(heap->mcaches, MCACHE_BUSY, 1);
	mcache_count(heap->mcaches, MCACHE_REMOTE_FREES, 1);
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
	struct mcache_class *mc;
	LIST_HEAD(empty);

	make_stack(heap, span->spanclass);
	mc = mcache_get(heap->mcaches, span->spanclass);
	if (!mc) {
		free_slot_busy(span, index);
		return;
	}
	recycle_put(mc, span, index, &empty);
	mcache_put(mc);
	mheap_free_list(&empty);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
}
