// SPDX-License-Identifier: GPL-2.0
/*
 * recycle_stack - how large the stack of a class is, and what it is charged
 *
 * What: the memory of a stack, and how much of it is in use. A class learns how large
 *	its stack should be: one that overflows and whose class has nothing soon after
 *	that gets a larger one; one that is not used so far is charged with less when
 *	its CPU has cached too much.
 * Locks: the gate of the class, which the caller has shut.
 * Owns: the memory of the stacks.
 * Invariant: the class is charged with as many objects as may be on its stack.
 */
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "gate.h"
#include "ledger.h"
#include "meta.h"
#include "mspan.h"
#include "recycle_stack.h"

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
	if (recycle_is_large(spc))
		atomic_long_add(bytes, &cache->cached_large);
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

/* Rooms of a stack of 1 and 4 KiB. &mcache_class.cap counts up to there. */
#define FIRST_ROOM	60U
#define MAX_ROOM	RECYCLE_MAX_ROOM
static_assert(MAX_ROOM <= U8_MAX);

/*
 * Of the first stack of a class: as many as make a flush worth while, up to 128 KiB of
 * objects if they are large
 */
unsigned int recycle_first_room(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1] ?: SZ_128K;

	return clamp(SZ_128K / size, 4U, FIRST_ROOM);
}

/*
 * Of the one after that with @room, for 64 KiB of objects at most. Return: 0: there is
 * none, or none with @room.
 */
unsigned int recycle_next_room(unsigned int spc, unsigned int room)
{
	unsigned int next = 2 * room + 4;

	if (room != FIRST_ROOM && next != MAX_ROOM)
		return 0;
	return next * class_to_size[spc >> 1] <= SZ_64K ? next : 0;
}

/* Of a new stack, or of one whose class was evicted, not all room is used */
static unsigned int first_cap(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1];

	/* Large objects are charged one by one */
	return size ? clamp(SZ_8K / size, 1U, 8U) : UINT_MAX;
}

/*
 * Return: an empty stack with @room for objects of @spc; or NULL. The caller may call
 * other allocators.
 */
struct recycle_stack *recycle_alloc_stack(struct gomalloc_heap *heap,
					  unsigned int spc, unsigned int room)
{
	struct recycle_stack *stack;

	/* A stack is not worth any effort */
	stack = meta_alloc(heap, meta_stack_kind(room), __GFP_NOMEMALLOC |
			   __GFP_NORETRY | __GFP_NOWARN);
	if (!stack)
		return NULL;
	ledger_count(heap, LEDGER_STACK_NEW, 1);
	stack->room = room;
	stack->spc = spc;
	stack->nr = 0;
	stack->missed = 0;
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
	return mc->cap || recycle_stack_of(mc) != &no_stack;
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
	set_stack(mc, recycle_stack_of(mc), 0, 0);
}

/* Return: the stack, which is closed, to be freed; or NULL: there is none */
struct recycle_stack *recycle_detach(struct mcache_class *mc)
{
	struct recycle_stack *stack = recycle_stack_of(mc);

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
void recycle_exchange_stack(struct mcache_class *mc, unsigned int spc,
			    struct recycle_stack *stack, unsigned int cap,
			    unsigned int nr)
{
	charge_stack(mc, spc, cap);
	set_stack(mc, stack, cap, nr);
}

/* What a class that does not allocate may have of its room: it is no use to its CPU */
static unsigned int most_unused(unsigned int spc)
{
	unsigned int size = class_to_size[spc >> 1];

	return size ? max(SZ_16K / size, 4U) : UINT_MAX;
}

/* Use twice as much of the stack's room. Return: false: all of it is in use. */
bool recycle_grow(struct gomalloc_heap *heap, struct mcache_class *mc,
		  unsigned int spc)
{
	unsigned int cap = max(2U * mc->cap, first_cap(spc));

	cap = min(cap, recycle_stack_of(mc)->room);
	if (mc->span == &emptymspan)
		cap = min(cap, max(most_unused(spc), (unsigned int)mc->cap));
	if (cap == mc->cap ||
	    (mc->cap && !recycle_may_hold(heap, cap * class_to_size[spc >> 1])))
		return false;
	ledger_count(heap, LEDGER_STACK_GROW, 1);
	charge_stack(mc, spc, cap);
	mc->end += cap - mc->cap;
	mc->cap = cap;
	return true;
}

/* So many times what a stack has lost was missed soon after, before there is a larger one */
#define LARGER_AFTER	2

/*
 * The stack has no room. Return: that of a larger one, if the objects flushed before
 * were missed soon after, not just once; or 0.
 */
unsigned int recycle_larger_room(struct gomalloc_heap *heap,
				 const struct mcache_class *mc, unsigned int spc)
{
	const struct recycle_stack *stack = recycle_stack_of(mc);
	unsigned int next;

	if (mc->overflows != RECYCLE_MISSED || mc->cap < stack->room ||
	    stack->missed < LARGER_AFTER)
		return 0;
	next = recycle_next_room(spc, stack->room);
	return recycle_may_hold(heap, next * class_to_size[spc >> 1]) ? next : 0;
}

/*
 * Put what is on the stack of a class on a larger one. Return: the stack that is of
 * no use now: the smaller one, or @stack.
 */
struct recycle_stack *recycle_enlarge(struct mcache_class *mc, unsigned int spc,
				      struct recycle_stack *stack)
{
	struct recycle_stack *own = recycle_stack_of(mc);
	unsigned int nr = recycle_nr(mc);

	if (!mc->cap || own->room >= stack->room)
		return stack;
	memcpy(&stack->slot[1], &own->slot[1], nr * sizeof(own->slot[0]));
	recycle_exchange_stack(mc, spc, stack, stack->room, nr);
	mc->overflows = 0;
	return own;
}

/* Charge a class for no more than is on its stack, or what it began with */
void recycle_trim(struct mcache_class *mc, unsigned int spc)
{
	unsigned int nr = max(recycle_nr(mc), 1U);
	unsigned int cap = max_t(unsigned int, roundup_pow_of_two(nr), first_cap(spc));

	if (cap >= mc->cap)
		return;
	charge_stack(mc, spc, cap);
	mc->end -= mc->cap - cap;
	mc->cap = cap;
}
