/* SPDX-License-Identifier: GPL-2.0 */
/*
 * turn - one of so many requests, by CPU
 *
 * A CPU counts down to its next turn, in any context; what an interrupt does between
 * makes it a request earlier or later. How far it is to the next one is drawn, so
 * that no pattern of requests always escapes.
 */
#ifndef _GOMALLOC_TURN_H
#define _GOMALLOC_TURN_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct turn - how a CPU draws its sample
 * @left: [percpu] requests until its next turn
 * @random: [percpu] where the next number comes from
 */
struct turn {
	int	left;
	u32	random;
};

/* Is it a CPU's turn, of which one of @rate has it, 1 to 2 * @rate - 1 requests later? */
static inline bool turn_draw(struct turn __percpu *turn, unsigned int rate)
{
	u32 random;

	if (!rate)
		return false;
	/* Numerical Recipes' generator; of the lower bits little can be said */
	random = this_cpu_read(turn->random) * 1664525 + 1013904223;
	this_cpu_write(turn->random, random);
	this_cpu_write(turn->left,
		       1 + (u32)((u64)random * (2 * (u64)rate - 1) >> 32));
	return true;
}

static inline bool turn_comes(struct turn __percpu *turn, unsigned int rate)
{
	if (likely(this_cpu_dec_return(turn->left) > 0))
		return false;
	return turn_draw(turn, rate);
}

/* By chance, not two in a row by a pattern */
static inline bool turn_toss(struct turn __percpu *turn)
{
	return this_cpu_read(turn->random) & BIT(20);
}

/* Return: of each CPU one, or NULL. May sleep. */
static inline struct turn __percpu *turn_create(void)
{
	struct turn __percpu *turn = alloc_percpu(struct turn);
	int cpu;

	if (!turn)
		return NULL;
	for_each_possible_cpu(cpu)
		per_cpu_ptr(turn, cpu)->random = (jiffies + cpu) * 2654435761U;
	return turn;
}

#endif /* _GOMALLOC_TURN_H */
