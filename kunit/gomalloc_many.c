// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_many - very many heaps at once
 *
 * What a heap takes that nobody uses, what it takes for a CPU that uses it, and what
 * one more is worth then, beside a kmem_cache. Prints KTAP; the times are for the
 * reader, and no test.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/workqueue.h>

static unsigned int nr = 10000;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "how many heaps");

/* Bytes: a heap without use, and more for each CPU that uses it */
#define HEAP_BYTES	SZ_8K
#define CPU_BYTES	(6 * SZ_1K)
/* Of what is made when it is first used at all: a mcentral, span metadata */
#define USE_BYTES	SZ_2K

#define ROUNDS	100

static struct gomalloc_heap **heaps;
static unsigned int tests;
static bool failed;

static void result(bool ok, const char *name, unsigned long bytes)
{
	pr_info("%s %u %s: %lu bytes\n", ok ? "ok" : "not ok", ++tests, name,
		bytes);
	failed |= !ok;
}

static struct gomalloc_heap *make(void)
{
	struct gomalloc_heap_params params = { .name = "many" };

	return gomalloc_heap_create(&params);
}

static unsigned long free_pages_now(void)
{
	return global_zone_page_state(NR_FREE_PAGES);
}

/* Return: bytes of memory that went since there were @before pages, for each heap */
static unsigned long bytes_each(unsigned long before)
{
	unsigned long now = free_pages_now();

	return before > now ? ((before - now) << PAGE_SHIFT) / nr : 0;
}

static void destroy_all(void)
{
	unsigned int i;

	for (i = 0; i < nr && heaps[i]; i++) {
		gomalloc_heap_destroy(heaps[i]);
		cond_resched();
	}
	kvfree(heaps);
}

static int make_all(void)
{
	unsigned int i;

	heaps = kvcalloc(nr, sizeof(*heaps), GFP_KERNEL);
	if (!heaps)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		heaps[i] = make();
		if (IS_ERR(heaps[i])) {
			heaps[i] = NULL;
			return -ENOMEM;
		}
		cond_resched();
	}
	return 0;
}

/* On this CPU, and nothing of the objects stays */
static long use_all(void *unused)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		gofree(gomalloc_heap_alloc(heaps[i], 64, GFP_KERNEL, 0));
		gomalloc_heap_trim(heaps[i]);
		cond_resched();
	}
	return 0;
}

/* Return: bytes that a heap takes more when @cpu has used it */
static unsigned long bytes_of_use(unsigned int cpu)
{
	unsigned long before = free_pages_now();

	work_on_cpu(cpu, use_all, NULL);
	return bytes_each(before);
}

/* Of one of @rounds, in ns */
static u64 time_heaps(void)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		gomalloc_heap_destroy(make());
	return (ktime_get_ns() - start) / ROUNDS;
}

static u64 time_caches(void)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		kmem_cache_destroy(kmem_cache_create("gomalloc_many", 64 + i, 0,
						     SLAB_POISON, NULL));
	return (ktime_get_ns() - start) / ROUNDS;
}

static void compare(void)
{
	u64 heap = time_heaps(), cache = time_caches();

	pr_info("# create and destroy among %u heaps: %llu ns; a kmem_cache: %llu ns\n",
		nr, heap, cache);
}

static int __init many_init(void)
{
	unsigned long before, bytes;
	int err;

	pr_info("1..3\n");
	gomalloc_heap_destroy(make());
	before = free_pages_now();
	err = make_all();
	if (err)
		goto out;
	result(bytes_each(before) <= HEAP_BYTES, "a heap that nobody uses",
	       bytes_each(before));
	compare();
	bytes = bytes_of_use(0);
	result(bytes <= CPU_BYTES + USE_BYTES, "for the first CPU that uses it",
	       bytes);
	bytes = bytes_of_use(1);
	result(bytes <= CPU_BYTES, "for another CPU that uses it", bytes);
	err = failed ? -E2BIG : 0;
out:
	if (err && heaps)
		destroy_all();
	return err;
}

static void __exit many_exit(void)
{
	destroy_all();
}

module_init(many_init);
module_exit(many_exit);
MODULE_DESCRIPTION("Very many heaps of gomalloc");
MODULE_LICENSE("GPL");
