// SPDX-License-Identifier: GPL-2.0
/*
 * recycle - the stacks of freed objects that one CPU hands out again
 *
 * What: flushes a full stack to the spans of its objects, or exchanges it for an empty
 *	one through the mcentral: the transfer cache of tcmalloc, a depot of magazines
 *	in the literature, the barn of SLUB's sheaves. Of class 0 the stack holds
 *	spans. Pushing and popping is inline in recycle.h.
 * Locks: the gate of the class, which the caller has shut; inside it the
 *	mcentral's lock.
 * Owns: the objects on the stacks, and the stacks in the transfer cache.
 * Invariant: an object on a stack is of this CPU's node and marked freed.
 */
#include <linux/minmax.h>
#include <linux/preempt.h>

#include "compat.h"
#include "gate.h"
#include "ledger.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"
#include "pagemap.h"
#include "recycle.h"
#include "recycle_stack.h"

/*
 * === flush ===
 */

/* Flush most of a full stack, and keep some for those who allocate next */
static unsigned int nr_to_flush(const struct mcache_class *mc)
{
	return mc->cap - mc->cap / 4;
}

/* Where the state is a byte it tells the slot, where it is a bit the object does */
static __always_inline unsigned int slot_index(const struct mspan *span,
					       const struct recycle_slot *slot,
					       bool state_bits)
{
	return state_bits ? mspan_index(span, slot->object) :
			    slot->state - span->objstate;
}

/* From the object that has @state, the first of a word; too many for another word's */
static __always_inline unsigned long slot_bit(const struct recycle_slot *slot,
					      const u8 *state, bool state_bits)
{
	if (!state_bits)
		return slot->state - state;
	return slot->state == state ? mspan_state_bit(slot->object) : BITS_PER_LONG;
}

/*
 * Free the objects of a stack from @slot on that share a word of their span's
 * bits. A span that has to be looked at goes to *@look, in the place of an object.
 * Return: the next one.
 */
static __always_inline struct recycle_slot *
flush_word_locked(struct mcentral *central, const struct mspan *own,
		  struct recycle_slot *slot, const struct recycle_slot *last,
		  struct recycle_slot **look, struct llist_head *empty,
		  bool state_bits)
{
	struct mspan *span = pagemap_lookup(slot->object);
	unsigned int index = slot_index(span, slot, state_bits);
	unsigned int first = round_down(index, BITS_PER_LONG);
	const u8 *state = state_bits ? (u8 *)mspan_state_word(span, first) :
				       &span->objstate[first];
	unsigned long bits = 0, bit = index - first;
	unsigned long nr = min(span->nelems - first, BITS_PER_LONG);
	const struct recycle_slot *from = slot;

	lockdep_assert_held(&central->lock);
	do {
		bits |= BIT(bit % BITS_PER_LONG);
		slot++;
		bit = slot_bit(slot, state, state_bits);
	} while (bit < nr && slot < last);
	if (unlikely(hweight_long(bits) != slot - from))
		ledger_note_late_double_free(span->heap);
	if (span != own) {
		if (mcentral_free_locked(central, span, BIT_WORD(index), bits,
					 empty))
			(*look)++->object = span;
	} else if (unlikely(!mspan_free_own(span, BIT_WORD(index), bits))) {
		ledger_note_late_double_free(span->heap);
	}
	return slot;
}

/* Look at the spans that were flushed into, those from @slot on */
static void look_locked(struct mcentral *central, const struct recycle_slot *slot,
			const struct recycle_slot *last,
			struct llist_head *empty)
{
	lockdep_assert_held(&central->lock);
	/*
	 * One for all. Pairs with set_remote(): the last freer of a span sees its
	 * live, or we see that it was counted. FLUSH_LOOKS_EARLY.
	 */
	smp_mb();
	for (; slot < last; slot++)
		mcentral_look_locked(central, slot->object, empty);
}

/* Return: behind the last of the slots from @slot on that tell of spans to look at */
static __always_inline struct recycle_slot *
flush_words_locked(struct mcentral *central, const struct mspan *own,
		   struct recycle_slot *slot, const struct recycle_slot *last,
		   struct llist_head *empty, bool state_bits)
{
	struct recycle_slot *look = slot;

	lockdep_assert_held(&central->lock);
	do {
		slot = flush_word_locked(central, own, slot, last, &look, empty,
					 state_bits);
	} while (slot < last);
	return look;
}

/*
 * Flush a run of slots to the spans of their objects. These are of one class
 * and node, so one lock does for them.
 */
static void flush_slots(struct recycle_slot *slot, const struct recycle_slot *last,
			const struct mspan *own, struct llist_head *empty)
{
	struct mcentral *central = pagemap_lookup(slot->object)->central;
	struct recycle_slot *look;
	unsigned long flags;

	ledger_count(central->mheap->heap, LEDGER_FLUSHES, last - slot);
	mcentral_lock(central, flags);
	if (central->spanclass >> 1 == BIT_STATE_CLASS)
		look = flush_words_locked(central, own, slot, last, empty, true);
	else
		look = flush_words_locked(central, own, slot, last, empty, false);
	if (look > slot)
		look_locked(central, slot, look, empty);
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
 * === the transfer cache ===
 */

/*
 * Of a stack that overflows so many times the objects are no use to this CPU.
 * To transfer what it wants back itself would leave the objects of one span,
 * whose state bytes are neighbours, to several CPUs: false sharing.
 */
#define TRANSFER_AFTER	4
static_assert(MCENTRAL_STACKS <= U8_MAX);
/* &mcache_class.overflows has three bits */
static_assert(TRANSFER_AFTER < RECYCLE_MISSED && RECYCLE_MISSED < BIT(3));

/*
 * Where one CPU frees what another allocates, whole stacks go through the
 * mcentral: a CPU whose stack is full leaves it there for one whose stack is
 * empty, and takes an empty one that was put there before. The full and the
 * empty ones are MCENTRAL_STACKS at most, so there is always room.
 *
 * Return: false: there is no empty one.
 */
static bool transfer_out(struct mcache_class *mc, struct mcentral *central)
{
	struct recycle_stack *got = NULL, *own = recycle_stack_of(mc);
	unsigned long flags;

	if (!READ_ONCE(central->nr_empty_stacks))
		return false;
	mcentral_lock(central, flags);
	if (central->nr_empty_stacks) {
		got = central->empty_stacks[--central->nr_empty_stacks];
		own->nr = mc->cap;
		central->full_stacks[central->nr_full_stacks++] = own;
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	if (!got)
		return false;
	ledger_count(central->mheap->heap, LEDGER_TRANSFER_OUT, 1);
	recycle_exchange_stack(mc, central->spanclass, got,
			       min_t(unsigned int, mc->cap, got->room), 0);
	ledger_wake_scavenger(central->mheap->heap);
	return true;
}

static bool has_stacks(const struct mcentral *central)
{
	return READ_ONCE(central->nr_full_stacks) +
	       READ_ONCE(central->nr_empty_stacks) == MCENTRAL_STACKS;
}

/* Leave @stack, which is empty, there; free it if there are as many as may be */
static void put_empty_stack(struct mcentral *central, struct recycle_stack *stack)
{
	unsigned long flags;

	mcentral_lock(central, flags);
	if (!has_stacks(central)) {
		central->empty_stacks[central->nr_empty_stacks++] = stack;
		stack = NULL;
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	recycle_free_stack(central->mheap->heap, stack);
}

/* Have an empty stack there for the next time. No gate is shut. May call allocators. */
void recycle_provide_stack(struct mcentral *central)
{
	struct recycle_stack *stack;

	/* A worker's CPU may be of a node that has no span of the class */
	if (central == &emptymcentral || has_stacks(central))
		return;
	stack = recycle_alloc_stack(central->mheap->heap, central->spanclass,
				    recycle_first_room(central->spanclass));
	if (stack)
		put_empty_stack(central, stack);
}

/*
 * Take a full stack for an empty one, if the class has any. The caller is in
 * the class. Return: false: there was none any more.
 */
bool recycle_transfer_in(struct mcache_class *mc, struct mcentral *central)
{
	struct recycle_stack *full = NULL, *own = recycle_stack_of(mc);
	unsigned long flags;

	mcentral_lock(central, flags);
	if (central->nr_full_stacks) {
		full = central->full_stacks[--central->nr_full_stacks];
		if (own->room)
			central->empty_stacks[central->nr_empty_stacks++] = own;
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	if (!full)
		return false;
	ledger_count(central->mheap->heap, LEDGER_TRANSFER_IN, 1);
	recycle_exchange_stack(mc, central->spanclass, full, full->nr, full->nr);
	return true;
}

/* The last of @nr stacks of a mcentral, or NULL */
static struct recycle_stack *take_stack(struct mcentral *central,
					struct recycle_stack **stacks, u8 *nr)
{
	struct recycle_stack *stack = NULL;
	unsigned long flags;

	/* Of &emptymcentral always */
	if (!READ_ONCE(*nr))
		return NULL;
	raw_spin_lock_irqsave(&central->lock, flags);
	if (*nr)
		stack = stacks[--*nr];
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return stack;
}

/* Objects on full stacks in the transfer cache */
unsigned int recycle_count_transfer(struct mcentral *central)
{
	unsigned int i, n = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&central->lock, flags);
	for (i = 0; i < central->nr_full_stacks; i++)
		n += central->full_stacks[i]->nr;
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return n;
}

static void flush_stack(struct recycle_stack *stack)
{
	LLIST_HEAD(empty);

	preempt_disable();
	flush_slots(&stack->slot[1], &stack->slot[1 + stack->nr], NULL, &empty);
	preempt_enable();
	mheap_free_spans(&empty);
}

/* Flush the objects in the transfer cache, and leave the stacks there */
void recycle_flush_transfer(struct mcentral *central)
{
	struct recycle_stack *stack;

	while ((stack = take_stack(central, central->full_stacks,
				   &central->nr_full_stacks))) {
		flush_stack(stack);
		put_empty_stack(central, stack);
	}
}

/* Flush and free the stacks in the transfer cache. Task context. */
void recycle_release_transfer(struct mcentral *central)
{
	struct recycle_stack *stack;

	while ((stack = take_stack(central, central->full_stacks,
				   &central->nr_full_stacks))) {
		flush_stack(stack);
		recycle_free_stack(central->mheap->heap, stack);
	}
	while ((stack = take_stack(central, central->empty_stacks,
				   &central->nr_empty_stacks)))
		recycle_free_stack(central->mheap->heap, stack);
}

/*
 * === free ===
 */

/* What was flushed before was missed, or the stack has overflowed again */
static void count_overflow(struct mcache_class *mc)
{
	struct recycle_stack *stack = recycle_stack_of(mc);

	if (mc->overflows == RECYCLE_MISSED) {
		mc->overflows = 1;
		stack->missed = min(stack->missed + 1, U8_MAX);
	} else if (mc->overflows < TRANSFER_AFTER) {
		mc->overflows++;
	}
}

/*
 * Make room on a full stack. Return: with what room there should be an empty one the
 * next time, for a transfer or to take its place; or 0.
 */
unsigned int recycle_make_room(struct mcache_class *mc, struct mspan *span,
			       struct llist_head *empty)
{
	bool transfer = mc->overflows == TRANSFER_AFTER;
	unsigned int spc = span->spanclass, want;

	if (recycle_grow(span->heap, mc, spc))
		return 0;
	if (transfer && transfer_out(mc, span->central))
		return 0;
	want = transfer ? recycle_first_room(spc) :
			  recycle_larger_room(span->heap, mc, spc);
	count_overflow(mc);
	recycle_flush(mc, nr_to_flush(mc), empty);
	return want;
}

/* Free one slot into its span, which the class @mc may own; NULL: none does */
void recycle_free_slot(struct mcache_class *mc, struct mspan *span,
		       unsigned int index, struct llist_head *empty)
{
	/* Behind a cross-CPU free the span may be another heap's */
	struct gomalloc_heap *heap = span->heap;
	bool fresh;

	if (mc && mc->span == span) {
		fresh = mspan_free_own(span, BIT_WORD(index), BIT_MASK(index));
	} else {
		ledger_count(heap, LEDGER_REMOTE_FREES, 1);
		fresh = mcentral_free_remote(span, BIT_WORD(index),
					     BIT_MASK(index), empty);
	}
	if (unlikely(!fresh))
		ledger_note_late_double_free(heap);
}

/*
 * Push a free slot, or free it into its span where it cannot be recycled. The
 * caller is in the class. Return: as recycle_make_room().
 */
unsigned int recycle_put(struct mcache_class *mc, struct mspan *span,
			 unsigned int index, struct llist_head *empty)
{
	unsigned int want = 0;

	if (unlikely(span->nid != mc->nid || !mc->cap)) {
		recycle_free_slot(mc, span, index, empty);
		return 0;
	}
	if (mc->top == mc->end)
		want = recycle_make_room(mc, span, empty);
	recycle_push(mc, mspan_object(span, index), mspan_slot_state(span, index));
	return want;
}

/*
 * === class 0: a slot is a span ===
 */

static void charge_large(struct mcache_class *mc, const struct mspan *span,
			 int sign)
{
	long bytes = (long)span->npages << PAGE_SHIFT;

	recycle_charge(gate_cache(mc, span->spanclass), span->spanclass,
		       sign * bytes);
}

/* Its state byte is the first one, and so in the span itself */
static struct mspan *large_span(const struct recycle_slot *slot)
{
	return container_of(slot->state, struct mspan, objstate[0]);
}

/* Take a span of @npages off the stack, latest first. Return: it, or NULL. */
struct mspan *recycle_take_large(struct mcache_class *mc, unsigned int npages)
{
	struct recycle_slot *slot;
	struct mspan *span;

	for (slot = mc->top - 1; slot->object; slot--) {
		span = large_span(slot);
		if (span->npages == npages) {
			*slot = *--mc->top;
			charge_large(mc, span, -1);
			ledger_count(span->heap, LEDGER_LARGE_CACHED, 1);
			return span;
		}
	}
	return NULL;
}

/* Release the oldest @n spans of a stack. The caller is in the class. */
void recycle_release_large(struct mcache_class *mc, unsigned int n,
			   struct llist_head *empty)
{
	struct recycle_slot *slot = mc->end - mc->cap, *to = slot;
	struct mspan *span;

	for (; n--; slot++) {
		span = large_span(slot);
		charge_large(mc, span, -1);
		ledger_count(span->heap, LEDGER_LARGE_EVICT, 1);
		__llist_add(&span->chain, empty);
	}
	while (slot < mc->top)
		*to++ = *slot++;
	mc->top = to;
}

/*
 * Push a span, in place of the oldest ones if there is no room, or if they are more
 * than what large objects may be, of which it is the half at most
 */
void recycle_put_large(struct mcache_class *mc, struct mspan *span,
		       struct llist_head *empty)
{
	const u32 *charge = &gate_cache(mc, span->spanclass)->charge[span->spanclass];
	size_t bytes = (size_t)span->npages << PAGE_SHIFT;

	while (mc->top == mc->end ||
	       *charge + bytes > READ_ONCE(span->heap->cache_bytes) / 2)
		recycle_release_large(mc, 1, empty);
	recycle_push(mc, (void *)span->base, span->objstate);
	charge_large(mc, span, 1);
}
