// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_later - gives objects to kfree_rcu(), and has others beside them
 *
 * What: a module that knows nothing of gomalloc. Of many objects every other one is freed
 *	when RCU says so; those between have to be as they were after that, and are freed.
 */
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#define NR		2000
/* The kernel lets some seconds go by, so that many are freed at a time */
#define PATIENCE_MS	8000

struct later {
	char		text[56];
	struct rcu_head	rcu;
};

static struct later *objects[NR];

static bool is_whole(const struct later *l, int i)
{
	return !memchr_inv(l->text, i, sizeof(l->text));
}

static int fill(void)
{
	int i;

	for (i = 0; i < NR; i++) {
		objects[i] = kmalloc(sizeof(*objects[i]), GFP_KERNEL);
		if (!objects[i])
			return -ENOMEM;
		memset(objects[i]->text, i, sizeof(objects[i]->text));
	}
	return 0;
}

/* Return: what is left of them is as it was */
static int free_between(void)
{
	int i, err = 0;

	for (i = 1; i < NR; i += 2) {
		if (!is_whole(objects[i], i))
			err = -EUCLEAN;
		kfree(objects[i]);
	}
	return err;
}

static int __init later_init(void)
{
	int i, err = fill();

	for (i = 0; !err && i < NR; i += 2)
		kfree_rcu(objects[i], rcu);
	msleep(PATIENCE_MS);
	rcu_barrier();
	return err ?: free_between();
}

static void __exit later_exit(void)
{
}

module_init(later_init);
module_exit(later_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Objects for kfree_rcu()");
