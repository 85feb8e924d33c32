// SPDX-License-Identifier: GPL-2.0
/*
 * large - objects of whole pages, beside kmalloc and alloc_pages_exact()
 *
 * The rows called exact_* have the figures of alloc_pages_exact() where others
 * have those of kmalloc.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "bench.h"

#define LARGE_LOOPS	100
#define LARGE_OBJECTS	64

static const size_t large_sizes[] = {
	36 * SZ_1K, SZ_64K, 100 * SZ_1K, SZ_128K, SZ_256K, SZ_512K, SZ_1M,
	SZ_2M, SZ_4M
};

/* The empty loop is nothing to these: its figure is left at 0 */
static void measure(u64 *v, const struct bench_ops *ops, bench_fn fn,
		    const struct bench_ctx *c, bool live)
{
	unsigned long nr;
	u64 start;

	if (live)
		ops->fill(c);
	start = ktime_get_ns();
	nr = fn(c);
	*v = div64_ul((ktime_get_ns() - start) * 1000, nr);
	if (live)
		ops->drain(c);
	cond_resched();
}

static void run_case(const char *name, struct bench_ctx *c,
		     const struct bench_ops *other, bool live)
{
	static struct bench_row row;
	unsigned int round;

	for (round = 0; round < bench_rounds(); round++) {
		measure(&row.v[BENCH_GOMALLOC][round], &ops_gomalloc,
			live ? ops_gomalloc.live : ops_gomalloc.pair, c, live);
		measure(&row.v[BENCH_KMALLOC][round], other,
			live ? other->live : other->pair, c, live);
	}
	bench_print(name, c->size, 1, &row, 0);
}

int bench_large(struct bench_ctx *c)
{
	unsigned int i;

	c->mixed = false;
	c->loops = min(bench_loops(), LARGE_LOOPS);
	for (i = 0; i < ARRAY_SIZE(large_sizes); i++) {
		c->size = large_sizes[i];
		bench_objects(c, min_t(size_t, LARGE_OBJECTS,
				       BENCH_LIVE_BYTES / c->size));
		if (bench_wanted("large_pair"))
			run_case("large_pair", c, &ops_kmalloc, false);
		if (bench_wanted("large_live"))
			run_case("large_live", c, &ops_kmalloc, true);
		if (bench_wanted("exact_pair"))
			run_case("exact_pair", c, &ops_exact, false);
		if (bench_wanted("exact_live"))
			run_case("exact_live", c, &ops_exact, true);
	}
	return 0;
}
