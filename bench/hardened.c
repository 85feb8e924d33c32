// SPDX-License-Identifier: GPL-2.0
/*
 * hardened - what the options of a heap cost that make it harder to exploit
 *
 * Pairs from heaps of each kind, beside kmalloc. The row hard_none is of a heap
 * without any, which is what the others are to be compared with.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "bench.h"

static const struct gomalloc_heap_params kinds[] = {
	{ .name = "hard_none" },
	{ .name = "hard_random", .flags = GOMALLOC_HEAP_RANDOM },
	{ .name = "hard_zero", .flags = GOMALLOC_HEAP_ZERO_FREE },
	{ .name = "hard_quarantine", .quarantine = 256 },
	{
		.name = "hard_all",
		.quarantine = 256,
		.flags = GOMALLOC_HEAP_RANDOM | GOMALLOC_HEAP_ZERO_FREE,
	},
};

static const size_t hard_sizes[] = { 64, 1024 };

static u64 measure(struct gomalloc_heap *heap, const struct bench_ctx *c)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < c->loops; i++)
		gofree(gomalloc_heap_alloc(heap, c->size, GFP_KERNEL, 0));
	return div64_ul((ktime_get_ns() - start) * 1000, c->loops);
}

static u64 measure_kmalloc(const struct bench_ctx *c)
{
	u64 start = ktime_get_ns();

	ops_kmalloc.pair(c);
	return div64_ul((ktime_get_ns() - start) * 1000, c->loops);
}

static void run_kind(const struct gomalloc_heap_params *kind,
		     struct gomalloc_heap *heap, struct bench_ctx *c)
{
	static struct bench_row row;
	unsigned int round;

	for (round = 0; round < bench_rounds(); round++) {
		row.v[BENCH_GOMALLOC][round] = measure(heap, c);
		row.v[BENCH_KMALLOC][round] = measure_kmalloc(c);
		cond_resched();
	}
	bench_print(kind->name, c->size, 1, &row, 0);
}

int bench_hardened(struct bench_ctx *c)
{
	struct gomalloc_heap *heap;
	unsigned int i, j;

	if (!bench_wanted("hardened"))
		return 0;
	c->loops = bench_loops();
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		heap = gomalloc_heap_create(&kinds[i]);
		if (IS_ERR(heap))
			return PTR_ERR(heap);
		for (j = 0; j < ARRAY_SIZE(hard_sizes); j++) {
			c->size = hard_sizes[j];
			run_kind(&kinds[i], heap, c);
		}
		gomalloc_heap_destroy(heap);
	}
	return 0;
}
