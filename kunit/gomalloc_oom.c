// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_oom - a heap without a limit takes all the memory of a machine
 *
 * In small objects, with GFP_KERNEL, as a driver that leaks would: the machine
 * kills a process, which should be the one that loads this, and goes on.
 * For a machine that is small, and that somebody can do without.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gomalloc.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>

/* Objects that are chained by their first word */
static bool take_one(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
		     void **chain)
{
	void **p = gomalloc_heap_alloc(heap, size, gfp, 0);

	if (!p)
		return false;
	*p = *chain;
	*chain = p;
	cond_resched();
	return true;
}

/* First what fails when memory is scarce, then what the machine kills for */
static unsigned long take_all(struct gomalloc_heap *heap, void **chain)
{
	static const size_t sizes[] = { 70000, 30000, 9000, 4000, 600, 64 };
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		while (take_one(heap, sizes[i], GFP_KERNEL | __GFP_NOWARN, chain))
			n++;
	}
	return n;
}

static unsigned long free_some(void **chain, unsigned long most)
{
	unsigned long n;
	void **p;

	for (n = 0; n < most && (p = *chain); n++) {
		*chain = *p;
		gofree(p);
	}
	return n;
}

static unsigned int tests;

static bool result(bool ok, const char *name)
{
	pr_err("%s %u %s\n", ok ? "ok" : "not ok", ++tests, name);
	return ok;
}

static int __init oom_init(void)
{
	struct gomalloc_heap_params params = { .name = "oom" };
	struct gomalloc_heap *heap = gomalloc_heap_create(&params);
	unsigned long held, n;
	struct gomalloc_stats stats;
	void *chain = NULL;
	bool ok = true;

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	/* Errors, so that a console that is quiet shows them */
	pr_err("KTAP version 1\n");
	pr_err("1..5\n");
	n = take_all(heap, &chain);
	gomalloc_heap_stats(heap, &stats);
	held = stats.held_bytes >> PAGE_SHIFT;
	pr_err("%lu objects in %lu of %lu pages\n", n, held, totalram_pages());
	ok &= result(held > totalram_pages() / 2, "the heap took most of the memory");
	/* Or the kernel itself would have nothing, and panic for that */
	n -= free_some(&chain, n - n / 4);
	n++;
	/* For a process that is about to be killed */
	ok &= result(take_one(heap, 20000, GFP_KERNEL | __GFP_NOFAIL, &chain),
		     "what must not fail does not");
	ok &= result(!gomalloc_heap_validate(heap), "the heap adds up");
	ok &= result(free_some(&chain, ULONG_MAX) == n, "no object was lost");
	gomalloc_heap_trim(heap);
	gomalloc_heap_stats(heap, &stats);
	ok &= result(!stats.held_bytes, "every page was released");
	gomalloc_heap_destroy(heap);
	return ok ? 0 : -EIO;
}

static void __exit oom_exit(void)
{
}

module_init(oom_init);
module_exit(oom_exit);
MODULE_DESCRIPTION("A heap without a limit takes all the memory of a machine");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
