// SPDX-License-Identifier: GPL-2.0
/*
 * recycle - the stacks of freed objects that one CPU hands out again
 *
 * What: the stack of a class: its memory, how much of it is in use, what may be
 *	cached; flushes a full one to the spans of its objects, or exchanges it
 *	for an empty one through the mcentral: the transfer cache of tcmalloc, a
 *	depot of magazines in the literature, the barn of SLUB's sheaves. Of
 *	class 0 the stack holds spans. Pushing and popping is inline in recycle.h.
 * Locks: the gate of the class, which the caller has shut; inside it the
 *	mcentral's lock.
 * Owns: the objects on the stacks, and the memory of the stacks.
 * Invariant: an object on a stack is of this CPU's node and marked freed. The
 *	class is charged with as many as may be on its stack.
 */
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/sizes.h>

#include "compat.h"
#include "gate.h"
#include "ledger.h"
#include "mcentral.h"
#include "meta.h"
#include "mheap.h"
#include "mspan.h"
#include "pagemap.h"
#include "recycle.h"

/*
 * === what a class may hold ===
 */

/* May one class have so much cached? An eighth of all is a class's share. */
bool recycle_may_hold(const struct gomalloc_heap *heap, size_t bytes)
{
	return bytes <= READ_ONCE(heap->cache_bytes) / 8;
}

/* Count @bytes more that a class may have cached. The caller is in it. */
void recycle_charge(struct mcache *cache, unsigned int spc, long bytes)
{
	cache->charge[spc] += bytes;
	atomic_long_add(bytes, &cache->cached);
	if (bytes > 0)
		ledger_wake_scavenger(cache->heap);
}

/*
 * === stacks ===
 */

/* Of a class that has no stack: without room, and so never written to */
static struct recycle_stack no_stack = {
	.slot = { {}, {} },
};

/* &mcache_class.cap counts them, and an index of the transfer cache its stacks */
#define MAX_ROOM	60U
static_assert(MAX_ROOM <= U8_MAX);
static_assert(MCENTRAL_STACKS <= U8_MAX);

/* As many as make a flush worth while, up to 128 KiB of objects if they are large */
static unsigned int stack_room(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1] ?: SZ_128K;

	return clamp(SZ_128K / size, 4U, MAX_ROOM);
}

/* Flush most of a full stack, and keep some for those who allocate next */
static unsigned int nr_to_flush(const struct mcache_class *mc)
{
	return mc->cap - mc->cap / 4;
}

/* Of a new stack, or of one whose class was evicted, not all room is used */
static unsigned int first_cap(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1];

	/* Large objects are charged one by one */
	return size ? clamp(SZ_8K / size, 1U, 8U) : UINT_MAX;
}

/* Return: an empty stack for @spc; or NULL. The caller may call other allocators. */
struct recycle_stack *recycle_alloc_stack(struct gomalloc_heap *heap,
					  unsigned int spc)
{
	unsigned int room = stack_room(spc);
	struct recycle_stack *stack;

	/* A stack is not worth any effort */
	stack = meta_alloc(heap, meta_stack_kind(room), __GFP_NOMEMALLOC |
			   __GFP_NORETRY | __GFP_NOWARN);
	if (!stack)
		return NULL;
	ledger_count(heap, LEDGER_STACK_NEW, 1);
	stack->room = room;
	stack->spc = spc;
	stack->slot[0].object = NULL;
	stack->slot[room + 1].state = NULL;
	return stack;
}

/* Free a stack without objects, or NULL */
void recycle_free_stack(struct gomalloc_heap *heap, struct recycle_stack *stack)
{
	if (!stack)
		return;
	ledger_count(heap, LEDGER_STACK_FREED, 1);
	meta_free(heap, meta_stack_kind(stack->room), stack);
}

/* The same for all that are on a list. The caller may call other allocators. */
void recycle_free_stacks(struct gomalloc_heap *heap, struct llist_head *stacks)
{
	struct recycle_stack *stack, *next;

	llist_for_each_entry_safe(stack, next, llist_del_all(stacks), node)
		recycle_free_stack(heap, stack);
}

static struct recycle_stack *stack_of(const struct mcache_class *mc)
{
	return container_of(mc->end - mc->cap - 1, struct recycle_stack,
			    slot[0]);
}

static void set_stack(struct mcache_class *mc, struct recycle_stack *stack,
		      unsigned int cap, unsigned int nr)
{
	mc->cap = cap;
	mc->top = &stack->slot[1 + nr];
	mc->end = &stack->slot[1 + cap];
}

void recycle_init(struct mcache_class *mc)
{
	set_stack(mc, &no_stack, 0, 0);
}

/* The caller need not be in the class: the stack itself is not looked at */
bool recycle_has_stack(const struct mcache_class *mc)
{
	return mc->cap || stack_of(mc) != &no_stack;
}

/* Give the class a stack, closed. Return: false: it has one. */
bool recycle_attach(struct mcache_class *mc, struct recycle_stack *stack)
{
	if (recycle_has_stack(mc))
		return false;
	set_stack(mc, stack, 0, 0);
	return true;
}

/* Let nothing be pushed on the stack, which is empty and stays the class's */
void recycle_close(struct mcache_class *mc)
{
	set_stack(mc, stack_of(mc), 0, 0);
}

/* Return: the stack, which is closed, to be freed; or NULL: there is none */
struct recycle_stack *recycle_detach(struct mcache_class *mc)
{
	struct recycle_stack *stack = stack_of(mc);

	recycle_init(mc);
	return stack->room ? stack : NULL;
}

/* Let as many objects be cached as make a stack of @cap full */
static void charge_stack(struct mcache_class *mc, unsigned int spc,
			 unsigned int cap)
{
	recycle_charge(gate_cache(mc, spc), spc,
		       ((long)cap - mc->cap) * class_to_size[spc >> 1]);
}

/* The same for @stack, with @nr objects, in place of the class's */
static void exchange_stack(struct mcache_class *mc, unsigned int spc,
			   struct recycle_stack *stack, unsigned int nr)
{
	charge_stack(mc, spc, stack->room);
	set_stack(mc, stack, stack->room, nr);
}

/* Use twice as much of the stack's room. Return: false: all of it is in use. */
bool recycle_grow(struct gomalloc_heap *heap, struct mcache_class *mc,
		  unsigned int spc)
{
	unsigned int cap = max(2U * mc->cap, first_cap(spc));

	cap = min(cap, stack_of(mc)->room);
	if (cap == mc->cap ||
	    (mc->cap && !recycle_may_hold(heap, cap * class_to_size[spc >> 1])))
		return false;
	ledger_count(heap, LEDGER_STACK_GROW, 1);
	charge_stack(mc, spc, cap);
	mc->end += cap - mc->cap;
	mc->cap = cap;
	return true;
}

/*
 * === flush ===
 */

/*
 * Free the objects of a stack from @slot on that share a word of their span's
 * bits. A state byte tells both the span and the slot. A span that has to be looked
 * at goes to *@look, in the place of an object. Return: the next one.
 */
static struct recycle_slot *
flush_word_locked(struct mcentral *central, const struct mspan *own,
		  struct recycle_slot *slot, const struct recycle_slot *last,
		  struct recycle_slot **look, struct llist_head *empty)
{
	struct mspan *span = pagemap_lookup(slot->object);
	unsigned int index = slot->state - span->objstate;
	unsigned int first = round_down(index, BITS_PER_LONG);
	const u8 *state = &span->objstate[first];
	unsigned long bits = 0, bit = index - first;
	unsigned long nr = min(span->nelems - first, BITS_PER_LONG);
	const struct recycle_slot *from = slot;

	lockdep_assert_held(&central->lock);
	do {
		bits |= BIT(bit % BITS_PER_LONG);
		slot++;
		bit = slot->state - state;
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

/*
 * Flush a run of slots to the spans of their objects. These are of one class
 * and node, so one lock does for them.
 */
static void flush_slots(struct recycle_slot *slot, const struct recycle_slot *last,
			const struct mspan *own, struct llist_head *empty)
{
	struct mcentral *central = pagemap_lookup(slot->object)->central;
	struct recycle_slot *first = slot, *look = slot;
	unsigned long flags;

	ledger_count(central->mheap->heap, LEDGER_FLUSHES, last - slot);
	mcentral_lock(central, flags);
	do {
		slot = flush_word_locked(central, own, slot, last, &look, empty);
	} while (slot < last);
	if (look > first)
		look_locked(central, first, look, empty);
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
/* &mcache_class.overflows has three bits */
static_assert(TRANSFER_AFTER < BIT(3));

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
	struct recycle_stack *got = NULL;
	unsigned long flags;

	if (!READ_ONCE(central->nr_empty_stacks) || mc->cap < stack_of(mc)->room)
		return false;
	mcentral_lock(central, flags);
	if (central->nr_empty_stacks) {
		got = central->empty_stacks[--central->nr_empty_stacks];
		central->full_stacks[central->nr_full_stacks++] = stack_of(mc);
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	if (!got)
		return false;
	ledger_count(central->mheap->heap, LEDGER_TRANSFER_OUT, 1);
	exchange_stack(mc, central->spanclass, got, 0);
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
	stack = recycle_alloc_stack(central->mheap->heap, central->spanclass);
	if (stack)
		put_empty_stack(central, stack);
}

/*
 * Take a full stack for an empty one, if the class has any. The caller is in
 * the class. Return: false: there was none any more.
 */
bool recycle_transfer_in(struct mcache_class *mc, struct mcentral *central)
{
	struct recycle_stack *full = NULL, *own = stack_of(mc);
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
	exchange_stack(mc, central->spanclass, full, full->room);
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
		n += central->full_stacks[i]->room;
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return n;
}

static void flush_stack(struct recycle_stack *stack)
{
	LLIST_HEAD(empty);

	preempt_disable();
	flush_slots(&stack->slot[1], &stack->slot[1 + stack->room], NULL, &empty);
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

/*
 * Make room on a full stack. Return: should an empty one be there the next time,
 * for a transfer?
 */
bool recycle_make_room(struct mcache_class *mc, struct mspan *span,
		       struct llist_head *empty)
{
	bool transfer = mc->overflows == TRANSFER_AFTER;

	if (recycle_grow(span->heap, mc, span->spanclass))
		return false;
	if (transfer && transfer_out(mc, span->central))
		return false;
	if (!transfer)
		mc->overflows++;
	recycle_flush(mc, nr_to_flush(mc), empty);
	return transfer;
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
bool recycle_put(struct mcache_class *mc, struct mspan *span,
		 unsigned int index, struct llist_head *empty)
{
	bool transfer = false;

	if (unlikely(span->nid != mc->nid || !mc->cap)) {
		recycle_free_slot(mc, span, index, empty);
		return false;
	}
	if (mc->top == mc->end)
		transfer = recycle_make_room(mc, span, empty);
	recycle_push(mc, mspan_object(span, index), &span->objstate[index]);
	return transfer;
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

/* Take a span of @npages off the stack, latest first. Return: it, or NULL. */
struct mspan *recycle_take_large(struct mcache_class *mc, unsigned int npages)
{
	struct recycle_slot *slot;
	struct mspan *span;

	for (slot = mc->top - 1; slot->object; slot--) {
		span = pagemap_lookup(slot->object);
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
		span = pagemap_lookup(slot->object);
		charge_large(mc, span, -1);
		ledger_count(span->heap, LEDGER_LARGE_EVICT, 1);
		__llist_add(&span->chain, empty);
	}
	while (slot < mc->top)
		*to++ = *slot++;
	mc->top = to;
}

/* Push a span, in place of the oldest one if there is no room */
void recycle_put_large(struct mcache_class *mc, struct mspan *span,
		       struct llist_head *empty)
{
	if (mc->top == mc->end)
		recycle_release_large(mc, 1, empty);
	recycle_push(mc, (void *)span->base, span->objstate);
	charge_large(mc, span, 1);
}
