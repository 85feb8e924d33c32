// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_bench - what an operation costs, beside kmalloc in the same boot
 *
 * Each case runs for both allocators, in turns, with the cost of the empty
 * loop measured the same way and taken off. Under "qemu -icount shift=0" guest
 * time is a count of instructions; on hardware it is nanoseconds. One line per
 * case and size, in the form key=value, on the console:
 *
 *	case=pair size=64 cpus=1 gomalloc=80000 kmalloc=259000 ...
 *
 * in thousandths, with the median; least_ and most_ before a name give the
 * spread, and locks= how often gomalloc took a lock per thousand operations.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/torture.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "names.h"

static char *cases = "";
module_param(cases, charp, 0444);
MODULE_PARM_DESC(cases, "run the cases with these names, separated by '+' (default all)");

torture_param(uint, size, 0, "run each case with this size only (default all)");
torture_param(uint, loops, 10000, "operations per measurement (default 10000)");
torture_param(uint, rounds, 3, "measurements per case, 1 to 32 (default 3)");

/* Runs of sizes that the cases share; 0 ends one */
static const size_t all_sizes[] = {
	8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 1500, 2048, 4096,
	8192, 16384, 32768, 0
};

static const size_t tiny_sizes[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0
};

static const size_t counts[] = { 1, 2, 4, 8, 16, 32, 64, 128, 0 };
static const size_t sizes_64[] = { 64, 512, 4096, 0 };
static const size_t no_size[] = { 1, 0 };

/*
 * Sizes of the structs that a kernel knows: each stands for a 64th of those
 * from 8 bytes to 32 KiB in the type information of a Debian kernel.
 */
static const u16 struct_sizes[64] = {
	8, 8, 8, 8, 8, 12, 12, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	20, 24, 24, 24, 24, 24, 24, 24, 32, 32, 32, 32, 32, 32, 32, 40,
	40, 40, 40, 44, 48, 48, 48, 56, 56, 56, 64, 64, 64, 72, 72, 80,
	88, 96, 104, 112, 128, 136, 156, 176, 208, 248, 288, 376, 528, 808, 1400, 4128,
};

enum order { IN_ORDER, REVERSED, SHUFFLED, NR_ORDERS };

static u16 *orders[NR_ORDERS], *random_sizes, *random_indices;

const struct bench_ops *const bench_ops_of[BENCH_NR_ALLOCATORS] = {
	[BENCH_EMPTY] = &ops_empty,
	[BENCH_GOMALLOC] = &ops_gomalloc,
	[BENCH_KMALLOC] = &ops_kmalloc,
};

/**
 * struct bench_case - a case of one CPU
 * @name: of the case
 * @fn: offset of its function in &struct bench_ops
 * @sizes: to run it with
 * @order: to free objects in
 * @live: there are live objects before and after
 * @softirq: run it there
 */
struct bench_case {
	const char	*name;
	size_t		fn;
	const size_t	*sizes;
	enum order	order;
	bool		live;
	bool		softirq;
};

#define CASE(_name, _fn, ...) \
	{ .name = _name, .fn = offsetof(struct bench_ops, _fn), __VA_ARGS__ }

static const struct bench_case single_cases[] = {
	CASE("const", constant, .sizes = all_sizes),
	CASE("pair", pair, .sizes = all_sizes),
	CASE("batch", batch, .sizes = all_sizes, .order = IN_ORDER),
	CASE("batch_reversed", batch, .sizes = all_sizes, .order = REVERSED),
	CASE("batch_shuffled", batch, .sizes = all_sizes, .order = SHUFFLED),
	CASE("live", live, .sizes = all_sizes, .live = true),
	CASE("mixed", mixed, .sizes = no_size, .live = true),
	CASE("tiny", tiny, .sizes = tiny_sizes),
	CASE("zeroed", zeroed, .sizes = all_sizes),
	CASE("accounted", accounted, .sizes = sizes_64),
	CASE("bulk", bulk, .sizes = counts),
	CASE("realloc", realloc, .sizes = no_size),
	CASE("softirq", pair, .sizes = sizes_64, .softirq = true),
};

unsigned int bench_rounds(void)
{
	return clamp(rounds, 1U, 32U);
}

unsigned int bench_loops(void)
{
	return loops;
}

bool bench_wanted(const char *name)
{
	return is_named(cases, name);
}

/* Central and heap locks that the default heap has taken so far */
u64 bench_locks(void)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(NULL, &stats);
	return stats.locks;
}

static int cmp_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * The @n-th least figure of @a, without the cost of the empty loop: at most the
 * median of that, of which a disturbed one says nothing
 */
static u64 net(const struct bench_row *row, enum bench_allocator a,
	       unsigned int n)
{
	u64 v = row->v[a][n];

	return v - min(v, row->v[BENCH_EMPTY][min(n, bench_rounds() / 2)]);
}

void bench_print(const char *name, size_t of_size, unsigned int cpus,
		 struct bench_row *row, u64 locks)
{
	unsigned int n = bench_rounds(), a;

	for (a = 0; a < BENCH_NR_ALLOCATORS; a++)
		sort(row->v[a], n, sizeof(u64), cmp_u64, NULL);
	pr_info("case=%s size=%zu cpus=%u gomalloc=%llu kmalloc=%llu least_gomalloc=%llu least_kmalloc=%llu most_gomalloc=%llu most_kmalloc=%llu empty=%llu locks=%llu\n",
		name, of_size, cpus,
		net(row, BENCH_GOMALLOC, n / 2), net(row, BENCH_KMALLOC, n / 2),
		net(row, BENCH_GOMALLOC, 0), net(row, BENCH_KMALLOC, 0),
		net(row, BENCH_GOMALLOC, n - 1), net(row, BENCH_KMALLOC, n - 1),
		row->v[BENCH_EMPTY][0], locks);
}

/* What a run was, for a softirq to fill in */
struct run {
	struct tasklet_struct	tasklet;
	struct completion	done;
	const struct bench_ctx	*ctx;
	bench_fn		fn;
	unsigned long		nr;
	u64			ns;
};

static void run_here(struct run *r)
{
	u64 start = ktime_get_ns();

	r->nr = r->fn(r->ctx);
	r->ns = ktime_get_ns() - start;
}

static void run_tasklet(struct tasklet_struct *t)
{
	struct run *r = from_tasklet(r, t, tasklet);

	run_here(r);
	complete(&r->done);
}

static void run_in_softirq(struct run *r)
{
	init_completion(&r->done);
	tasklet_setup(&r->tasklet, run_tasklet);
	tasklet_schedule(&r->tasklet);
	wait_for_completion(&r->done);
	tasklet_kill(&r->tasklet);
}

/* Return: thousandths of a unit per operation; *@locks: locks per thousand */
static u64 measure(const struct bench_case *bc, enum bench_allocator a,
		   const struct bench_ctx *c, u64 *locks)
{
	struct run r = {
		.ctx = c,
		.fn = *(const bench_fn *)((const void *)bench_ops_of[a] + bc->fn),
	};

	if (bc->live)
		bench_ops_of[a]->fill(c);
	*locks = bench_locks();
	if (bc->softirq)
		run_in_softirq(&r);
	else
		run_here(&r);
	*locks = div64_ul((bench_locks() - *locks) * 1000, r.nr);
	if (bc->live)
		bench_ops_of[a]->drain(c);
	cond_resched();
	return div64_ul(r.ns * 1000, r.nr);
}

static void make_orders(unsigned int nr, struct rnd_state *rnd)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		orders[IN_ORDER][i] = i;
		orders[REVERSED][i] = nr - 1 - i;
		orders[SHUFFLED][i] = i;
	}
	for (i = nr - 1; i > 0; i--) {
		j = prandom_u32_state(rnd) % (i + 1);
		swap(orders[SHUFFLED][i], orders[SHUFFLED][j]);
	}
}

/* Let the next run have @nr live objects: the same random numbers each time */
void bench_objects(struct bench_ctx *c, unsigned int nr)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	make_orders(nr, &rnd);
	for (i = 0; i < BENCH_RANDOM; i++) {
		random_sizes[i] = struct_sizes[prandom_u32_state(&rnd) % 64];
		random_indices[i] = prandom_u32_state(&rnd) % nr;
	}
	c->nr = nr;
	c->order = orders[IN_ORDER];
	c->sizes = random_sizes;
	c->victim = random_indices;
}

static void run_case(const struct bench_case *bc, struct bench_ctx *c)
{
	u64 locks[BENCH_NR_ALLOCATORS];
	static struct bench_row row;
	unsigned int round, a;

	c->loops = loops;
	bench_objects(c, min_t(size_t, BENCH_OBJECTS,
			       BENCH_LIVE_BYTES / c->size));
	c->order = orders[bc->order];
	c->mixed = !strcmp(bc->name, "mixed");
	for (round = 0; round < bench_rounds(); round++) {
		for (a = 0; a < BENCH_NR_ALLOCATORS; a++)
			row.v[a][round] = measure(bc, a, c, &locks[a]);
	}
	bench_print(bc->name, c->size, 1, &row, locks[BENCH_GOMALLOC]);
}

static void run_single(struct bench_ctx *c)
{
	unsigned int i;
	const size_t *s;

	for (i = 0; i < ARRAY_SIZE(single_cases); i++) {
		if (!bench_wanted(single_cases[i].name))
			continue;
		for (s = single_cases[i].sizes; *s; s++) {
			if (size && size != *s)
				continue;
			c->size = *s;
			run_case(&single_cases[i], c);
		}
	}
}

static int run_all(struct bench_ctx *c)
{
	bench_clock();
	run_single(c);
	return bench_large(c) ?: bench_hardened(c) ?:
	       bench_cross(c) ?: bench_workloads() ?: bench_latency(c);
}

static int __init bench_init(void)
{
	struct bench_ctx c = {};
	int err = -ENOMEM, i;

	for (i = 0; i < NR_ORDERS; i++)
		orders[i] = vzalloc(BENCH_OBJECTS * sizeof(u16));
	random_sizes = vzalloc(BENCH_RANDOM * sizeof(u16));
	random_indices = vzalloc(BENCH_RANDOM * sizeof(u16));
	c.objects = vzalloc(BENCH_OBJECTS * sizeof(void *));
	if (orders[0] && orders[1] && orders[2] && random_sizes &&
	    random_indices && c.objects)
		err = run_all(&c);
	vfree(c.objects);
	vfree(random_indices);
	vfree(random_sizes);
	for (i = 0; i < NR_ORDERS; i++)
		vfree(orders[i]);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("What gomalloc costs, beside kmalloc");
MODULE_LICENSE("GPL");
