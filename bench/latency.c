// SPDX-License-Identifier: GPL-2.0
/*
 * latency - the longest operation, and what the size of a heap does to one
 *
 * An operation on a small object is done with preemption off from its first
 * step to its last, if not always in one go: so the longest one bounds the
 * longest time with preemption off. Growth and trim are not bounded by it:
 * they run with preemption on in between and are shown for what they cost.
 * None of these has a figure of kmalloc.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "bench.h"

/* Objects that make a heap large; a hole after every other one */
#define BLOCK		SZ_128K
#define PROBE		(36 * SZ_1K)
#define PROBES		1000

struct longest {
	u64	alloc;
	u64	free;
};

/* Replace random objects of random sizes, and time each call */
static void churn(struct gomalloc_heap *heap, const struct bench_ctx *c,
		  struct longest *l)
{
	u64 start, mid, end;
	unsigned int i;
	void **p;

	for (i = 0; i < c->loops; i++) {
		p = &c->objects[c->victim[i % BENCH_RANDOM]];
		start = ktime_get_ns();
		gofree(*p);
		mid = ktime_get_ns();
		*p = gomalloc_heap_alloc(heap, c->sizes[i % BENCH_RANDOM],
					 GFP_NOWAIT, 0);
		end = ktime_get_ns();
		l->free = max(l->free, mid - start);
		l->alloc = max(l->alloc, end - mid);
	}
}

/* The longest call; of several rounds the least, as a tick may fall into one */
static void run_longest(const struct bench_ctx *c, struct gomalloc_heap *heap)
{
	static struct bench_row alloc, free, trim;
	struct longest l;
	unsigned int round, i;
	u64 start;

	for (round = 0; round < bench_rounds(); round++) {
		memset(&l, 0, sizeof(l));
		churn(heap, c, &l);
		alloc.v[BENCH_GOMALLOC][round] = l.alloc * 1000;
		free.v[BENCH_GOMALLOC][round] = l.free * 1000;
	}
	for (i = 0; i < c->nr; i++)
		gofree(c->objects[i]);
	memset(c->objects, 0, c->nr * sizeof(void *));
	start = ktime_get_ns();
	gomalloc_heap_trim(heap);
	for (i = 0; i < 32; i++)
		trim.v[BENCH_GOMALLOC][i] = (ktime_get_ns() - start) * 1000;
	bench_print("longest_alloc", 0, 1, &alloc, 0);
	bench_print("longest_free", 0, 1, &free, 0);
	bench_print("trim", 0, 1, &trim, 0);
}

/* A page run from a heap of @mib, half of it holes that are no use to it */
static void run_heap_size(struct gomalloc_heap *heap, size_t mib)
{
	size_t nr = mib * (SZ_1M / BLOCK), i;
	void **p = vzalloc(nr * sizeof(*p)), *probe[8];
	static struct bench_row row;
	unsigned int round, j;
	u64 start;

	if (!p)
		return;
	for (i = 0; i < nr; i++)
		p[i] = gomalloc_heap_alloc(heap, i & 1 ? PROBE - PAGE_SIZE :
					   BLOCK, GFP_KERNEL, 0);
	for (i = 1; i < nr; i += 2) {
		gofree(p[i]);
		p[i] = NULL;
		cond_resched();
	}
	for (round = 0; round < bench_rounds(); round++) {
		start = ktime_get_ns();
		for (i = 0; i < PROBES; i++) {
			for (j = 0; j < ARRAY_SIZE(probe); j++)
				probe[j] = gomalloc_heap_alloc(heap, PROBE,
							       GFP_KERNEL, 0);
			for (j = 0; j < ARRAY_SIZE(probe); j++)
				gofree(probe[j]);
		}
		row.v[BENCH_GOMALLOC][round] =
			div_u64((ktime_get_ns() - start) * 1000,
				PROBES * ARRAY_SIZE(probe));
	}
	bench_print("heap_size", mib, 1, &row, 0);
	for (i = 0; i < nr; i++) {
		gofree(p[i]);
		cond_resched();
	}
	vfree(p);
}

int bench_latency(struct bench_ctx *c)
{
	static const struct gomalloc_heap_params params = { .name = "bench" };
	size_t mib, most = totalram_pages() >> (20 - PAGE_SHIFT);
	struct gomalloc_heap *heap = gomalloc_heap_create(&params);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	c->loops = 4 * bench_loops();
	bench_objects(c, BENCH_OBJECTS);
	memset(c->objects, 0, c->nr * sizeof(void *));
	if (bench_wanted("longest"))
		run_longest(c, heap);
	for (mib = 64; mib <= SZ_8K && mib < most / 5 * 4; mib *= 2) {
		if (bench_wanted("heap_size"))
			run_heap_size(heap, mib);
	}
	gomalloc_heap_destroy(heap);
	return 0;
}
