// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_leave - goes, and leaves something behind
 *
 * What a careless driver forgets, and what a careful one may leave to be done when it
 * is gone. What becomes of it, scripts/guest/leave.sh asks from outside.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>

static bool heap;
module_param(heap, bool, 0444);
MODULE_PARM_DESC(heap, "leave a heap with objects");

static bool fails;
module_param(fails, bool, 0444);
MODULE_PARM_DESC(fails, "do not load, after all");

static bool objects;
module_param(objects, bool, 0444);
MODULE_PARM_DESC(objects, "leave objects of gomalloc() and gokvmalloc()");

static bool pending;
module_param(pending, bool, 0444);
MODULE_PARM_DESC(pending, "leave frees that are still to come");

/* Each of many sizes, up to where it is large, and one that is mapped */
#define FOR_SIZES(size)	for ((size) = 16; (size) <= SZ_128K; (size) *= 2)

struct delayed {
	struct rcu_head	rcu;
};

/* The name keeps the harness from taking the report for a failure */
static int leave_heap(void)
{
	struct gomalloc_heap_params params = { .name = "expected-leak" };
	struct gomalloc_heap *h = gomalloc_heap_create(&params);
	size_t size;

	if (IS_ERR(h))
		return PTR_ERR(h);
	FOR_SIZES(size) {
		if (!gomalloc_heap_alloc(h, size, GFP_KERNEL, 0))
			return -ENOMEM;
		/* So that there is something to scavenge */
		gofree(gomalloc_heap_alloc(h, size, GFP_KERNEL, 0));
	}
	return 0;
}

static int leave_objects(void)
{
	size_t size;

	FOR_SIZES(size) {
		if (!gomalloc(size, GFP_KERNEL))
			return -ENOMEM;
	}
	return gokvmalloc(SZ_8M, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void leave_frees(struct gomalloc_heap *h)
{
	struct delayed *d;
	size_t size;

	FOR_SIZES(size) {
		d = gomalloc_heap_alloc(h, size, GFP_KERNEL, 0);
		if (d)
			gofree_rcu(d, rcu);
		d = gomalloc(size, GFP_KERNEL);
		if (d)
			gofree_rcu(d, rcu);
		gofree_rcu_mightsleep(gomalloc(size, GFP_KERNEL));
	}
	gofree(gokvmalloc(SZ_8M, GFP_KERNEL));
	gofree_rcu_mightsleep(gokvmalloc(SZ_8M, GFP_KERNEL));
}

/* As the last thing that the module does */
static void leave_all_frees(void)
{
	struct gomalloc_heap_params params = { .name = "pending" };
	struct gomalloc_heap *h = gomalloc_heap_create(&params);
	unsigned int i;

	if (IS_ERR(h))
		return;
	for (i = 0; i < 20; i++)
		leave_frees(h);
	gomalloc_heap_destroy(h);
	for (i = 0; i < 20; i++)
		gofree_rcu_mightsleep(gomalloc(100, GFP_KERNEL));
}

static int __init leave_init(void)
{
	int err = heap ? leave_heap() : 0;

	if (!err && objects)
		err = leave_objects();
	return err ?: fails ? -ENODEV : 0;
}

static void __exit leave_exit(void)
{
	if (pending)
		leave_all_frees();
}

module_init(leave_init);
module_exit(leave_exit);
MODULE_DESCRIPTION("Goes, and leaves something behind");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
