// SPDX-License-Identifier: GPL-2.0
/*
 * depot - each stack once
 *
 * What: keeps stacks by a number, the same for the same stack: in the kernel's stack
 *	depot, where it has one, else in a table of DEPOT_STACKS of our own. What was
 *	kept once stays.
 * Locks: depot_lock, raw, irq-safe, a leaf: our own table. The kernel's are its own.
 * Owns: our own table, which is static.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "compat.h"
#include "context.h"
#include "depot.h"
#include "stack.h"

#ifdef CONFIG_STACKDEPOT
/* Return: 0, or -ENOMEM. Sleeps. */
int depot_init(void)
{
	return stack_depot_init();
}

/* Return: the number; 0: it is not kept. Any context but NMI. */
u32 depot_save(struct call_stack *stack)
{
	unsigned int skip = stack_first_other(stack);

	if (!context_may_alloc())
		return 0;
	return stack_depot_save(stack->entry + skip, stack->nr - skip,
				GFP_NOWAIT | __GFP_NOWARN);
}

/* The entries of a stack that was kept, or none */
void depot_fetch(u32 handle, struct call_stack *stack)
{
	unsigned long *entry;

	stack->nr = 0;
	if (!handle)
		return;
	stack->nr = min_t(unsigned int, stack_depot_fetch(handle, &entry),
			  STACK_DEPTH);
	memcpy(stack->entry, entry, stack->nr * sizeof(*entry));
}
#else
/* As many call sites, in so many ways to get there */
#define DEPOT_STACKS	256

/**
 * struct depot_stack - a stack that is kept
 * @nr: [depot_lock] length of @entry
 * @entry: [depot_lock] as in &struct call_stack
 */
struct depot_stack {
	unsigned int	nr;
	unsigned long	entry[STACK_DEPTH];
};

static DEFINE_RAW_SPINLOCK(depot_lock);
static struct depot_stack stacks[DEPOT_STACKS];	/* [depot_lock] */
static unsigned int nr_stacks;			/* [depot_lock] */

int depot_init(void)
{
	return 0;
}

/* Return: where it is kept; @nr_stacks: it is not */
static unsigned int find_locked(const unsigned long *entry, unsigned int nr)
{
	unsigned int i;

	lockdep_assert_held(&depot_lock);
	for (i = 0; i < nr_stacks; i++) {
		if (stacks[i].nr == nr &&
		    !memcmp(stacks[i].entry, entry, nr * sizeof(*entry)))
			break;
	}
	return i;
}

/* Return: the number; 0: it is not kept. Any context but NMI. */
u32 depot_save(struct call_stack *stack)
{
	unsigned int skip = stack_first_other(stack), nr = stack->nr - skip, i;
	const unsigned long *entry = stack->entry + skip;
	unsigned long flags;

	if (!nr)
		return 0;
	raw_spin_lock_irqsave(&depot_lock, flags);
	i = find_locked(entry, nr);
	if (i == nr_stacks && i < DEPOT_STACKS) {
		stacks[i].nr = nr;
		memcpy(stacks[i].entry, entry, nr * sizeof(*entry));
		nr_stacks++;
	}
	raw_spin_unlock_irqrestore(&depot_lock, flags);
	return i < DEPOT_STACKS ? i + 1 : 0;
}

/* The entries of a stack that was kept, or none */
void depot_fetch(u32 handle, struct call_stack *stack)
{
	stack->nr = 0;
	if (!handle)
		return;
	/* It stays what it is */
	stack->nr = data_race(stacks[handle - 1].nr);
	memcpy(stack->entry, stacks[handle - 1].entry,
	       stack->nr * sizeof(*stack->entry));
}
#endif
