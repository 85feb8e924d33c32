// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_bench - what an operation costs, beside kmalloc in the same boot
 *
 * Each case runs for both allocators, in turns, with the cost of the empty
 * loop measured the same way. Under "qemu -icount shift=0" guest time is a
 * count of instructions, the same in each run; on hardware it is nanoseconds.
 * One line per case and size, in the form key=value, on the console.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gomalloc.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static unsigned int loops = 20000;
module_param(loops, uint, 0444);
MODULE_PARM_DESC(loops, "operations per measurement (default 20000)");

static unsigned int rounds = 3;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "measurements per case, of which the least counts (default 3)");

static const size_t sizes[] = {
	8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 1500, 2048, 4096,
};

enum allocator { EMPTY, GOMALLOC, KMALLOC, NR_ALLOCATORS };

static void **objects;

/* The calls, for a size the compiler does not know */
static noinline void *empty_alloc(size_t size, gfp_t gfp)
{
	barrier();
	return objects;
}

static noinline void empty_free(const void *p)
{
	barrier();
}

#define DEFINE_PAIR(_name, _alloc, _free)				\
static void _name##_pair(size_t size)					\
{									\
	unsigned int i;							\
									\
	for (i = 0; i < loops; i++)					\
		_free(_alloc(size, GFP_KERNEL));			\
}									\
									\
static void _name##_batch(size_t size)					\
{									\
	unsigned int i;							\
									\
	for (i = 0; i < loops; i++)					\
		objects[i] = _alloc(size, GFP_KERNEL);			\
	for (i = 0; i < loops; i++)					\
		_free(objects[i]);					\
}

DEFINE_PAIR(empty, empty_alloc, empty_free)
DEFINE_PAIR(gomalloc, gomalloc, gofree)
DEFINE_PAIR(kmalloc, kmalloc, kfree)

/* A size that the compiler knows: the class is chosen at compile time */
static void empty_const(size_t size)
{
	unsigned int i;

	for (i = 0; i < loops; i++)
		empty_free(empty_alloc(64, GFP_KERNEL));
}

static void gomalloc_const(size_t size)
{
	unsigned int i;

	for (i = 0; i < loops; i++)
		gofree(gomalloc(64, GFP_KERNEL));
}

static void kmalloc_const(size_t size)
{
	unsigned int i;

	for (i = 0; i < loops; i++)
		kfree(kmalloc(64, GFP_KERNEL));
}

typedef void (*bench_fn)(size_t size);

static const struct bench_case {
	const char	*name;
	bench_fn	run[NR_ALLOCATORS];
	size_t		only;		/* this size; 0 for all */
} cases[] = {
	{ "const", { empty_const, gomalloc_const, kmalloc_const }, 64 },
	{ "pair", { empty_pair, gomalloc_pair, kmalloc_pair } },
	{ "batch", { empty_batch, gomalloc_batch, kmalloc_batch } },
};

static u64 measure(const struct bench_case *c, enum allocator a, size_t size)
{
	u64 start, ns;

	start = ktime_get_ns();
	c->run[a](size);
	ns = ktime_get_ns() - start;
	cond_resched();
	return ns;
}

/* Thousandths of a unit per operation */
static u64 per_op(u64 ns)
{
	return div_u64(ns * 1000, loops);
}

static void run_case(const struct bench_case *c, size_t size)
{
	unsigned int round, a;
	u64 best[NR_ALLOCATORS];

	for (a = 0; a < NR_ALLOCATORS; a++)
		best[a] = U64_MAX;
	for (round = 0; round < rounds; round++) {
		for (a = 0; a < NR_ALLOCATORS; a++)
			best[a] = min(best[a], measure(c, a, size));
	}

	for (a = 0; a < NR_ALLOCATORS; a++)
		best[a] = per_op(best[a]);
	pr_info("case=%s size=%zu empty=%llu.%03llu gomalloc=%llu.%03llu kmalloc=%llu.%03llu\n",
		c->name, size,
		best[EMPTY] / 1000, best[EMPTY] % 1000,
		best[GOMALLOC] / 1000, best[GOMALLOC] % 1000,
		best[KMALLOC] / 1000, best[KMALLOC] % 1000);
}

static int __init bench_init(void)
{
	unsigned int i, j;

	objects = vmalloc(array_size(loops, sizeof(*objects)));
	if (!objects)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			if (!cases[i].only || cases[i].only == sizes[j])
				run_case(&cases[i], sizes[j]);
		}
	}
	vfree(objects);
	return 0;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("What gomalloc costs, beside kmalloc");
MODULE_LICENSE("GPL");
