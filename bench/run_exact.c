// SPDX-License-Identifier: GPL-2.0
/*
 * run_exact - the cases for whole pages; of use for large objects only
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "bench.h"

/* It wants to be told the size again, so a case has one size at a time */
static size_t exact_size;

static void *exact_alloc(size_t size, gfp_t gfp)
{
	exact_size = size;
	return alloc_pages_exact(size, gfp);
}

static void exact_free(void *p)
{
	if (p)
		free_pages_exact(p, exact_size);
}

static unsigned long exact_pair(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->loops; i++)
		exact_free(exact_alloc(c->size, GFP_KERNEL));
	return c->loops;
}

static unsigned long exact_fill(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		c->objects[i] = exact_alloc(c->size, GFP_KERNEL);
	return c->nr;
}

static unsigned long exact_drain(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		exact_free(c->objects[c->order[i]]);
	return c->nr;
}

static unsigned long exact_live(const struct bench_ctx *c)
{
	unsigned int i, victim;

	for (i = 0; i < c->loops; i++) {
		victim = c->victim[i % BENCH_RANDOM];
		exact_free(c->objects[victim]);
		c->objects[victim] = exact_alloc(c->size, GFP_KERNEL);
	}
	return c->loops;
}

const struct bench_ops ops_exact = {
	.pair		= exact_pair,
	.live		= exact_live,
	.fill		= exact_fill,
	.drain		= exact_drain,
};
