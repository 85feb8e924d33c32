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
static __always_inline void BENCH(pairs)(size_t size, unsigned int n)
{
	while (n--)
		FREE(ALLOC(size, GFP_KERNEL));
}

static unsigned long BENCH(constant)(const struct bench_ctx *c)
{
	switch (c->size) {
	case 8:
		BENCH(pairs)(8, c->loops);
		break;
	case 16:
		BENCH(pairs)(16, c->loops);
		break;
	case 24:
		BENCH(pairs)(24, c->loops);
		break;
	case 32:
		BENCH(pairs)(32, c->loops);
		break;
	case 48:
		BENCH(pairs)(48, c->loops);
		break;
	case 64:
		BENCH(pairs)(64, c->loops);
		break;
	case 96:
		BENCH(pairs)(96, c->loops);
		break;
	case 128:
		BENCH(pairs)(128, c->loops);
		break;
	case 192:
		BENCH(pairs)(192, c->loops);
		break;
	case 256:
		BENCH(pairs)(256, c->loops);
		break;
	case 512:
		BENCH(pairs)(512, c->loops);
		break;
	case 1024:
		BENCH(pairs)(1024, c->loops);
		break;
	case 1500:
		BENCH(pairs)(1500, c->loops);
		break;
	case 2048:
		BENCH(pairs)(2048, c->loops);
		break;
	case 4096:
		BENCH(pairs)(4096, c->loops);
		break;
	case 8192:
		BENCH(pairs)(8192, c->loops);
		break;
	case 16384:
		BENCH(pairs)(16384, c->loops);
		break;
	case 32768:
		BENCH(pairs)(32768, c->loops);
		break;
	}
	return c->loops;
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
static unsigned long BENCH(live)(const struct bench_ctx *c)
{
	unsigned int i, victim;

	for (i = 0; i < c->loops; i++) {
		victim = c->victim[i % BENCH_RANDOM];
		FREE(c->objects[victim]);
		c->objects[victim] = ALLOC(c->size, GFP_KERNEL);
	}
	return c->loops;
}

/* The same with the sizes of kernel structs */
static unsigned long BENCH(mixed)(const struct bench_ctx *c)
{
	unsigned int i, victim;

	for (i = 0; i < c->loops; i++) {
		victim = c->victim[i % BENCH_RANDOM];
		FREE(c->objects[victim]);
		c->objects[victim] = ALLOC(c->sizes[i % BENCH_RANDOM],
					   GFP_KERNEL);
	}
	return c->loops;
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
	.bulk		= BENCH(bulk),
	.realloc	= BENCH(realloc),
	.fill		= BENCH(fill),
	.drain		= BENCH(drain),
	.produce	= BENCH(produce),
	.consume	= BENCH(consume),
};
