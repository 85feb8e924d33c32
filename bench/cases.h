/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cases - the cases, once for each allocator
 *
 * Included by a file that has defined BENCH(), which names what is defined
 * here, and ALLOC(), FREE() and their like, which call the allocator. The
 * calls are direct and the same in number, so that the cost of the loop can
 * be taken off.
 */
#include <linux/cache.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bench.h"

/* Alloc and free at once, of a size that the compiler knows */
static __always_inline unsigned long BENCH(pairs)(const struct bench_ctx *c,
						  size_t size)
{
	unsigned int n = c->loops;

	while (n--)
		FREE(ALLOC(size, GFP_KERNEL));
	return c->loops;
}

static unsigned long BENCH(constant)(const struct bench_ctx *c)
{
	switch (c->size) {
	case 8: return BENCH(pairs)(c, 8);
	case 16: return BENCH(pairs)(c, 16);
	case 24: return BENCH(pairs)(c, 24);
	case 32: return BENCH(pairs)(c, 32);
	case 48: return BENCH(pairs)(c, 48);
	case 64: return BENCH(pairs)(c, 64);
	case 96: return BENCH(pairs)(c, 96);
	case 128: return BENCH(pairs)(c, 128);
	case 192: return BENCH(pairs)(c, 192);
	case 256: return BENCH(pairs)(c, 256);
	case 512: return BENCH(pairs)(c, 512);
	case 1024: return BENCH(pairs)(c, 1024);
	case 1500: return BENCH(pairs)(c, 1500);
	case 2048: return BENCH(pairs)(c, 2048);
	case 4096: return BENCH(pairs)(c, 4096);
	case 8192: return BENCH(pairs)(c, 8192);
	case 16384: return BENCH(pairs)(c, 16384);
	case 32768: return BENCH(pairs)(c, 32768);
	default: return c->loops;
	}
}

/* The same of a size that it does not know */
static unsigned long BENCH(pair)(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->loops; i++)
		FREE(ALLOC(c->size, GFP_KERNEL));
	return c->loops;
}

static unsigned long BENCH(fill)(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		c->objects[i] = ALLOC(c->mixed ? c->sizes[i] : c->size,
				      GFP_KERNEL);
	return c->nr;
}

static unsigned long BENCH(drain)(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		FREE(c->objects[c->order[i]]);
	return c->nr;
}

/* All are allocated, then all are freed */
static unsigned long BENCH(batch)(const struct bench_ctx *c)
{
	BENCH(fill)(c);
	return BENCH(drain)(c);
}

/* One of many live objects, at random, gives way to a new one */
static __always_inline unsigned long BENCH(replace)(const struct bench_ctx *c,
						    bool mixed)
{
	unsigned int i, victim;

	for (i = 0; i < c->loops; i++) {
		victim = c->victim[i % BENCH_RANDOM];
		FREE(c->objects[victim]);
		c->objects[victim] = ALLOC(mixed ? c->sizes[i % BENCH_RANDOM] :
					   c->size, GFP_KERNEL);
	}
	return c->loops;
}

static unsigned long BENCH(live)(const struct bench_ctx *c)
{
	return BENCH(replace)(c, false);
}

/* The same with the sizes of kernel structs */
static unsigned long BENCH(mixed)(const struct bench_ctx *c)
{
	return BENCH(replace)(c, true);
}

static unsigned long BENCH(tiny)(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->loops; i++)
		FREE(ALLOC_NOSCAN(c->size, GFP_KERNEL));
	return c->loops;
}

static unsigned long BENCH(zeroed)(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->loops; i++)
		FREE(ALLOC(c->size, GFP_KERNEL | __GFP_ZERO));
	return c->loops;
}

/* To be charged to a memory cgroup, which gomalloc leaves to whole heaps */
static unsigned long BENCH(accounted)(const struct bench_ctx *c)
{
	unsigned int i;

	for (i = 0; i < c->loops; i++)
		FREE(ALLOC(c->size, GFP_KERNEL_ACCOUNT));
	return c->loops;
}

/* 64 bytes each; the size is their number */
static unsigned long BENCH(bulk)(const struct bench_ctx *c)
{
	unsigned int i, n = c->loops / c->size;

	for (i = 0; i < n; i++) {
		ALLOC_BULK(64, c->size, c->objects);
		FREE_BULK(c->size, c->objects);
	}
	return n * c->size;
}

/* From 16 bytes to 32 KiB, doubled each time */
static unsigned long BENCH(realloc)(const struct bench_ctx *c)
{
	unsigned int i, n = c->loops / 12;
	size_t size;
	void *p;

	for (i = 0; i < n; i++) {
		p = ALLOC(16, GFP_KERNEL);
		for (size = 32; size <= 32768; size *= 2)
			p = REALLOC(p, size, GFP_KERNEL);
		FREE(p);
	}
	return n * 12;
}

static void BENCH(produce)(struct bench_ring *ring, unsigned int nr,
			   size_t size)
{
	unsigned int head;

	for (head = 0; head < nr; head++) {
		/* Pairs with the release of the consumer */
		while (head - smp_load_acquire(&ring->tail) == BENCH_RING)
			cpu_relax();
		ring->slot[head % BENCH_RING] = ALLOC(size, GFP_KERNEL);
		/* Pairs with the acquire of the consumer */
		smp_store_release(&ring->head, head + 1);
	}
}

static void BENCH(consume)(struct bench_ring *ring, unsigned int nr)
{
	unsigned int tail;

	for (tail = 0; tail < nr; tail++) {
		/* Pairs with the release of the producer */
		while (smp_load_acquire(&ring->head) == tail)
			cpu_relax();
		FREE(ring->slot[tail % BENCH_RING]);
		/* Pairs with the acquire of the producer */
		smp_store_release(&ring->tail, tail + 1);
	}
}

const struct bench_ops BENCH(ops) = {
	.constant	= BENCH(constant),
	.pair		= BENCH(pair),
	.batch		= BENCH(batch),
	.live		= BENCH(live),
	.mixed		= BENCH(mixed),
	.tiny		= BENCH(tiny),
	.zeroed		= BENCH(zeroed),
	.accounted	= BENCH(accounted),
	.bulk		= BENCH(bulk),
	.realloc	= BENCH(realloc),
	.fill		= BENCH(fill),
	.drain		= BENCH(drain),
	.produce	= BENCH(produce),
	.consume	= BENCH(consume),
};
