// SPDX-License-Identifier: GPL-2.0
/*
 * recycle - the stacks of freed objects that one CPU hands out again
 *
 * What: the slow half of freeing on one CPU: makes a class its stack, flushes
 *	a full one to the spans of its objects, or passes it on through the
 *	mcentral. Pushing and popping is inline in mcache.h.
 * Called by malloc.c, mtiny.c, mlarge.c, mcache.c, scavenge.c. Calls mspan.c,
 *	mcentral.c, mheap.c.
 * Locks: the gate of the class, see mcache.c; inside it the mcentral's lock.
 * Owns: the objects on the stacks, and the memory of the stacks.
 * Invariant: an object on a stack is of this CPU's node and marked freed. The
 *	class is charged with as many as may be on its stack.
 */
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "pagemap.h"

/*
 * Of a class that has no stack: the slot below the oldest one, and the one
 * above the newest, which is looked at and not used
 */
static struct recycle_slot no_stack[2];

void recycle_init(struct mcache_class *mc)
{
	mc->top = &no_stack[1];
	mc->end = &no_stack[1];
	mc->cap = 0;
}

/* As many as make a flush worth while, up to 128 KiB of objects if they are large */
static unsigned int stack_room(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1] ?: SZ_128K;

	return clamp(SZ_128K / size, 4U, 60U);
}

/* Flush most of a full stack, and keep some for those who allocate next */
static unsigned int nr_to_flush(const struct mcache_class *mc)
{
	return mc->cap - mc->cap / 4;
}

/* Of a new stack, or of one whose class was robbed, not all room is used */
static unsigned int first_cap(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1];

	/* Large objects are charged one by one */
	return size ? clamp(SZ_8K / size, 1U, 8U) : UINT_MAX;
}

/*
 * A stack is known by the slot below its oldest object, which says in place of
 * a state how many there is room for. Return: an empty one for @spc; or NULL.
 */
static struct recycle_slot *alloc_stack(struct gomalloc_heap *heap,
					unsigned int spc, int nid)
{
	unsigned int room = stack_room(spc);
	struct recycle_slot *stack;

	/* Two more: as in no_stack */
	stack = kmalloc_node((room + 2) * sizeof(*stack),
			     GFP_NOWAIT | __GFP_NOWARN, nid);
	if (!stack)
		return NULL;
	mcache_count(heap->mcaches, MCACHE_STACK_NEW, 1);
	stack[0].object = NULL;
	stack[0].state = (u8 *)(unsigned long)room;
	stack[room + 1].state = NULL;
	return stack;
}

/* Free a stack without objects, or NULL */
void recycle_free_stack(struct gomalloc_heap *heap, struct recycle_slot *stack)
{
	mcache_count(heap->mcaches, MCACHE_STACK_FREED, !!stack);
	kfree(stack);
}

static unsigned int room_of(const struct recycle_slot *stack)
{
	return (unsigned long)stack[0].state;
}

static struct recycle_slot *stack_of(const struct mcache_class *mc)
{
	return mc->end - mc->cap - 1;
}

static void set_stack(struct mcache_class *mc, struct recycle_slot *stack,
		      unsigned int cap, unsigned int nr)
{
	mc->cap = cap;
	mc->top = stack + 1 + nr;
	mc->end = stack + 1 + cap;
}

/* Let as many objects be at hand as make a stack of @cap full */
static void charge_stack(struct mcache_class *mc, unsigned int spc,
			 unsigned int cap)
{
	mcache_charge(mcache_of(mc, spc), spc,
		      ((long)cap - mc->cap) * class_to_size[spc >> 1]);
}

/* The same for @stack, with @nr objects, in place of the class's */
static void exchange_stack(struct mcache_class *mc, unsigned int spc,
			   struct recycle_slot *stack, unsigned int nr)
{
	charge_stack(mc, spc, room_of(stack));
	set_stack(mc, stack, room_of(stack), nr);
}

/* Use twice as much of the stack's room. Return: false: all of it is in use. */
static bool grow_stack(const struct gomalloc_heap *heap,
		       struct mcache_class *mc, unsigned int spc)
{
	unsigned int cap = max(2U * mc->cap, first_cap(spc));

	cap = min(cap, room_of(stack_of(mc)));
	if (cap == mc->cap ||
	    (mc->cap && !mcache_may_hold(heap, cap * class_to_size[spc >> 1])))
		return false;
	mcache_count(heap->mcaches, MCACHE_STACK_GROW, 1);
	charge_stack(mc, spc, cap);
	mc->end += cap - mc->cap;
	mc->cap = cap;
	return true;
}

/* Let nothing be pushed on the stack, which is empty and stays the class's */
void recycle_close(struct mcache_class *mc)
{
	set_stack(mc, stack_of(mc), 0, 0);
}

/* Return: the stack, which is closed, to be freed; or NULL: there is none */
struct recycle_slot *recycle_detach(struct mcache_class *mc)
{
	struct recycle_slot *stack = stack_of(mc);

	recycle_init(mc);
	return room_of(stack) ? stack : NULL;
}

static bool has_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	const struct mcache_class *mc = &raw_cpu_ptr(heap->mcaches)->class[spc];

	return mc->cap || stack_of(mc) != no_stack;
}

/*
 * Give this CPU a stack for @spc at the first free of the class, or open the
 * one it has. The CPU may change on the way; then another one has got its
 * stack early.
 */
void recycle_make_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	struct recycle_slot *stack = NULL;
	struct mcache_class *mc;

	if (heap->flags & GOMALLOC_HEAP_NO_RECYCLE ||
	    raw_cpu_ptr(heap->mcaches)->class[spc].cap)
		return;
	if (!has_stack(heap, spc))
		stack = alloc_stack(heap, spc, numa_mem_id());
	mc = mcache_get(heap->mcaches, spc);
	if (mc) {
		if (stack && !room_of(stack_of(mc))) {
			set_stack(mc, stack, 0, 0);
			stack = NULL;
		}
		if (!mc->cap)
			grow_stack(heap, mc, spc);
		mcache_put(mc);
		mcache_limit(heap, spc);
	}
	recycle_free_stack(heap, stack);
}

/*
 * Free the objects of a stack from @slot on that share a word of their span's
 * bits. A state byte tells both the span and the slot. Return: the next one.
 */
static struct recycle_slot *
flush_word_locked(struct mcentral *central, const struct mspan *own,
		  struct recycle_slot *slot, const struct recycle_slot *last,
		  struct llist_head *empty)
{
	struct mspan *span = pagemap_lookup(slot->object);
	unsigned int index = slot->state - span->objstate;
	unsigned int first = round_down(index, BITS_PER_LONG);
	const u8 *state = &span->objstate[first];
	unsigned long bits = 0, bit = index - first;
	unsigned long nr = min(span->nelems - first, BITS_PER_LONG);
	const struct recycle_slot *from = slot;
	bool fresh;

	do {
		bits |= BIT(bit % BITS_PER_LONG);
		slot++;
		bit = slot->state - state;
	} while (bit < nr && slot < last);
	if (unlikely(hweight_long(bits) != slot - from))
		heap_note_late_double_free(span->heap);
	if (span == own)
		fresh = mspan_free_own(span, BIT_WORD(index), bits);
	else
		fresh = mcentral_free_locked(central, span, BIT_WORD(index),
					     bits, empty);
	if (unlikely(!fresh))
		heap_note_late_double_free(span->heap);
	return slot;
}

/*
 * Flush a run of slots to the spans of their objects. These are of one class
 * and node, so one lock does for them.
 */
static void flush_slots(struct recycle_slot *slot, const struct recycle_slot *last,
			const struct mspan *own, struct llist_head *empty)
{
	struct mcentral *central = pagemap_lookup(slot->object)->central;
	unsigned long flags;

	mcache_count(central->mheap->heap->mcaches, MCACHE_FLUSHES,
		     last - slot);
	mcentral_lock(central, flags);
	do {
		slot = flush_word_locked(central, own, slot, last, empty);
	} while (slot < last);
	raw_spin_unlock_irqrestore(&central->lock, flags);
}

/* Flush the newest @n objects of a stack: the others stay where they are */
void recycle_flush(struct mcache_class *mc, unsigned int n,
		   struct llist_head *empty)
{
	struct recycle_slot *last = mc->top;

	if (!n)
		return;
	mc->top -= n;
	flush_slots(mc->top, last, mc->span, empty);
}

/*
 * Of a stack that overflows so many times the objects are no use to this CPU.
 * To pass on what it wants back itself would leave the objects of one span,
 * whose state bytes are neighbours, to several CPUs.
 */
#define PARK_AFTER	4

/*
 * Where one CPU frees what another allocates, whole stacks go through the
 * mcentral: a CPU whose stack is full parks it there for one whose stack is
 * empty, and takes an empty one that was put there before. Those parked and
 * those empty are MCENTRAL_STACKS at most, so there is always room.
 *
 * Return: false: there is no empty one.
 */
static bool park(struct mcache_class *mc, struct mcentral *central)
{
	struct recycle_slot *emptied = NULL;
	unsigned long flags;

	if (!READ_ONCE(central->nr_emptied) || mc->cap < room_of(stack_of(mc)))
		return false;
	mcentral_lock(central, flags);
	if (central->nr_emptied) {
		emptied = central->emptied[--central->nr_emptied];
		central->parked[central->nr_parked++] = stack_of(mc);
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	if (!emptied)
		return false;
	mcache_count(central->mheap->heap->mcaches, MCACHE_STACK_PARK, 1);
	exchange_stack(mc, central->spanclass, emptied, 0);
	heap_wake_scavenger(central->mheap->heap);
	return true;
}

static bool has_stacks(const struct mcentral *central)
{
	return READ_ONCE(central->nr_parked) + READ_ONCE(central->nr_emptied) ==
	       MCENTRAL_STACKS;
}

/* Have an empty stack there for the next time. No gate is shut. */
static void provide_stack(struct mcentral *central)
{
	struct gomalloc_heap *heap = central->mheap->heap;
	struct recycle_slot *stack;
	unsigned long flags;

	if (has_stacks(central))
		return;
	stack = alloc_stack(heap, central->spanclass, central->mheap->nid);
	if (!stack)
		return;
	mcentral_lock(central, flags);
	if (!has_stacks(central)) {
		central->emptied[central->nr_emptied++] = stack;
		stack = NULL;
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	recycle_free_stack(heap, stack);
}

/*
 * Take a full stack for an empty one, if the class has any. The caller is in
 * the class. Return: false: there was none any more.
 */
bool recycle_unpark(struct mcache_class *mc, struct mcentral *central)
{
	struct recycle_slot *full = NULL, *own = stack_of(mc);
	unsigned long flags;

	mcentral_lock(central, flags);
	if (central->nr_parked) {
		full = central->parked[--central->nr_parked];
		if (room_of(own))
			central->emptied[central->nr_emptied++] = own;
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	if (!full)
		return false;
	mcache_count(central->mheap->heap->mcaches, MCACHE_STACK_UNPARK, 1);
	exchange_stack(mc, central->spanclass, full, room_of(full));
	return true;
}

/* The last of @nr stacks of a mcentral, or NULL */
static struct recycle_slot *take_stack(struct mcentral *central,
				       struct recycle_slot **stacks, u8 *nr)
{
	struct recycle_slot *stack = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&central->lock, flags);
	if (*nr)
		stack = stacks[--*nr];
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return stack;
}

/* Objects on stacks that are parked */
unsigned int recycle_count_parked(struct mcentral *central)
{
	unsigned int i, n = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&central->lock, flags);
	for (i = 0; i < central->nr_parked; i++)
		n += room_of(central->parked[i]);
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return n;
}

/* Flush and free the stacks that are parked. Task context. */
void recycle_release_parked(struct mcentral *central)
{
	struct gomalloc_heap *heap = central->mheap->heap;
	struct recycle_slot *stack;
	LLIST_HEAD(empty);

	while ((stack = take_stack(central, central->parked,
				   &central->nr_parked))) {
		preempt_disable();
		flush_slots(stack + 1, stack + 1 + room_of(stack), NULL,
			    &empty);
		preempt_enable();
		mheap_free_spans(&empty);
		recycle_free_stack(heap, stack);
	}
	while ((stack = take_stack(central, central->emptied,
				   &central->nr_emptied)))
		recycle_free_stack(heap, stack);
}

/* Make room on a full stack. Return: should it be parked the next time? */
static bool make_room(struct mcache_class *mc, struct mspan *span,
		      struct llist_head *empty)
{
	bool wanted = mc->overflows == PARK_AFTER;

	if (grow_stack(span->heap, mc, span->spanclass))
		return false;
	if (wanted && park(mc, span->central))
		return false;
	if (!wanted)
		mc->overflows++;
	recycle_flush(mc, nr_to_flush(mc), empty);
	return wanted;
}

/* Free one slot of a span, which this class may own or not */
static void free_slot(struct mcache_class *mc, struct mspan *span,
		      unsigned int index, struct llist_head *empty)
{
	bool fresh;

	if (mc && mc->span == span) {
		fresh = mspan_free_own(span, BIT_WORD(index), BIT_MASK(index));
	} else {
		mcache_count(span->heap->mcaches, MCACHE_REMOTE_FREES, 1);
		fresh = mcentral_free_remote(span, BIT_WORD(index),
					     BIT_MASK(index), empty);
	}
	if (unlikely(!fresh))
		heap_note_late_double_free(span->heap);
}

/*
 * Push a free slot, or free it into its span where it cannot be recycled. The
 * caller is in the class. Return: as make_room().
 */
bool recycle_put(struct mcache_class *mc, struct mspan *span,
		 unsigned int index, struct llist_head *empty)
{
	bool park_next = false;

	if (unlikely(span->nid != mc->nid || !mc->cap)) {
		free_slot(mc, span, index, empty);
		return false;
	}
	if (mc->top == mc->end)
		park_next = make_room(mc, span, empty);
	recycle_push(mc, mspan_object(span, index), &span->objstate[index]);
	return park_next;
}

/* The class is shut under us: the span takes the slot directly */
static void free_slot_busy(struct mspan *span, unsigned int index)
{
	struct gomalloc_heap *heap = span->heap;
	LLIST_HEAD(empty);

	mcache_count(heap->mcaches, MCACHE_BUSY_FREE, 1);
	preempt_disable();
	free_slot(NULL, span, index, &empty);
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
	bool park_next;

	recycle_make_stack(heap, span->spanclass);
	mc = mcache_get(heap->mcaches, span->spanclass);
	if (!mc) {
		free_slot_busy(span, index);
		return;
	}
	park_next = recycle_put(mc, span, index, &empty);
	mcache_put(mc);
	/* With all its objects at hand or flushed the span may be gone */
	if (unlikely(park_next))
		provide_stack(central);
	mheap_free_spans(&empty);
	mcache_limit(heap, central->spanclass);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
}

/*
 * The last steps of gofree(), for an object of this node that it has marked
 * freed: the class, which it is in, has no room at hand.
 */
void mcache_free_full(const void *p, u8 *state, struct mcache_class *mc)
{
	struct mspan *span = pagemap_lookup(p);
	struct mcentral *central = span->central;
	struct gomalloc_heap *heap = span->heap;
	LLIST_HEAD(empty);
	bool park_next;

	if (unlikely(!mc->cap)) {
		mcache_put(mc);
		mcache_free_slot(span, mspan_index(span, p));
		return;
	}
	park_next = make_room(mc, span, &empty);
	recycle_push(mc, (void *)p, state);
	mcache_put(mc);
	/* The span may be gone, as above */
	if (unlikely(park_next))
		provide_stack(central);
	if (empty.first)
		mheap_free_spans(&empty);
	mcache_limit(heap, central->spanclass);
	if (unlikely(atomic_read(&heap->late_double_frees)))
		report_late_double_frees(heap);
}
