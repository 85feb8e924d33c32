// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_kfree - gives objects of gomalloc to the kernel's kfree()
 *
 * Every other one, in all the ways there are. Whatever the kernel makes of it, the
 * others stay what they are, and the sum is known: without catch_kfree=1 those that
 * were given are lost and counted, with it they are freed. Prints KTAP when loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "sizes.h"
#include "stamp.h"

static unsigned int nr = 10000;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "objects that go to kfree() (default 10000)");

static bool caught;
module_param(caught, bool, 0444);
MODULE_PARM_DESC(caught, "gomalloc was loaded with catch_kfree=1");

/* Seconds that kfree_rcu() may take */
#define PATIENCE	30

/* Where kfree_rcu() has its head in an object that has room for it */
struct delayed {
	u64		stamp;
	struct rcu_head	rcu;
};

static struct object {
	void	*p;
	size_t	size;
} *objects;

static struct gomalloc_heap *heap;
static unsigned int tests;
static int result;

static void check(bool ok, const char *name)
{
	pr_info("%s %u %s\n", ok ? "ok" : "not ok", ++tests, name);
	if (!ok)
		result = -EUCLEAN;
}

static u64 misuses(struct gomalloc_heap *of)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(of, &stats);
	return stats.misuses;
}

static u64 count_objects(void)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(heap, &stats);
	return stats.objects;
}

static int allocate(void)
{
	struct rnd_state rnd;
	struct random_size s;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 2 * nr; i++) {
		s = random_size(&rnd);
		objects[i].size = s.size;
		objects[i].p = gomalloc_heap_alloc(heap, s.size, GFP_KERNEL,
						   s.noscan ? GOMALLOC_NOSCAN : 0);
		if (!objects[i].p)
			return -ENOMEM;
		stamp(objects[i].p, s.size, i);
		cond_resched();
	}
	return 0;
}

static void give_away(struct object *o, unsigned int how)
{
	struct delayed *d = o->p;

	switch (how % 4) {
	case 0:
		kfree(o->p);
		break;
	case 1:
		kvfree(o->p);
		break;
	case 2:
		kfree_bulk(1, &o->p);
		break;
	default:
		/* Its head has to be aligned, which a tiny object is not */
		if (o->size < sizeof(*d) || !IS_ALIGNED((unsigned long)d, 8))
			kfree(o->p);
		else
			kfree_rcu(d, rcu);
	}
}

static void give_away_half(void)
{
	unsigned int i;

	for (i = 0; i < 2 * nr; i += 2) {
		give_away(&objects[i], i / 2);
		cond_resched();
	}
	/* Where nothing is counted there is nothing to wait for but time */
	for (i = 0; i < PATIENCE && misuses(heap) < nr; i++)
		msleep(COMPAT_KFREE_REFUSES && !caught ? 200 : 1000);
}

static void check_others(void)
{
	unsigned int i, damaged = 0;

	for (i = 1; i < 2 * nr; i += 2) {
		damaged += !stamped(objects[i].p, objects[i].size, i);
		gofree(objects[i].p);
		cond_resched();
	}
	check(!damaged, "every other object is as it was");
}

static void check_sum(void)
{
	bool counted = caught || !COMPAT_KFREE_REFUSES;
	u64 n = misuses(heap);

	pr_info("%llu reported of %u, %llu objects are left\n", n, nr,
		count_objects());
	check(n == (counted ? nr : 0), "what is reported is what was given to kfree()");
	check(count_objects() == (caught ? nr : 2 * nr),
	      caught ? "and all that was freed" : "and none of it was freed");
	check(gomalloc_heap_validate(heap) == (counted && !caught ? -EUCLEAN : 0),
	      "the heap is valid, or tells of it");
}

/* Where it is not caught, gofree() finds that there is nothing to unmap */
static void check_mapped(void)
{
	u64 before = misuses(NULL);
	void *p = gokvmalloc(8 << 20, GFP_KERNEL);

	kvfree(p);
	if (!caught)
		gofree(p);
	gomalloc_heap_trim(NULL);
	check(p && misuses(NULL) == before + 1,
	      "a mapped object that went to kvfree() is reported");
}

static int run(void)
{
	pr_info("KTAP version 1\n");
	pr_info("1..6\n");
	if (allocate())
		return -ENOMEM;
	give_away_half();
	check_sum();
	check_others();
	check(count_objects() == (caught ? 0 : nr), "and can be freed");
	check_mapped();
	return result;
}

static int __init kfree_init(void)
{
	/* What is lost is meant to be, and known */
	struct gomalloc_heap_params params = {
		.name = caught ? "kfree" : "expected-leak",
	};
	int err = -ENOMEM;

	objects = vzalloc(2ULL * nr * sizeof(*objects));
	heap = gomalloc_heap_create(&params);
	if (objects && !IS_ERR(heap))
		err = run();
	gomalloc_heap_destroy(heap);
	vfree(objects);
	return err;
}

static void __exit kfree_exit(void)
{
}

module_init(kfree_init);
module_exit(kfree_exit);
MODULE_DESCRIPTION("Gives objects of gomalloc to the kernel's kfree()");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
