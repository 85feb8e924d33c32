// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_dimm - objects on a node whose memory comes and goes
 *
 * A number written to the parameter "hold" is how many objects of all sizes are
 * on node "nid" from then on. Those of before are checked and freed, and the heap
 * trimmed, so that after a 0 the memory can go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gomalloc.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "sizes.h"
#include "stamp.h"

static int nid = 1;
module_param(nid, int, 0444);
MODULE_PARM_DESC(nid, "the node (default 1)");

/* How many objects can be held */
#define MOST	16384

/* One of so many is of up to the largest size there is */
#define LARGE	512

static struct held {
	void	*p;
	size_t	size;
} *held;

static unsigned int nr_held;
static struct rnd_state rnd;

/* What is held is freed. Return: 0; -EUCLEAN: something was wrong with it. */
static int let_go(void)
{
	struct gomalloc_stats stats;
	unsigned int damaged = 0;
	struct held *h;

	while (nr_held) {
		h = &held[--nr_held];
		damaged += !stamped(h->p, h->size, nr_held) ||
			   gosize(h->p) < h->size;
		gofree(h->p);
		cond_resched();
	}
	gomalloc_heap_trim(NULL);
	gomalloc_heap_stats(NULL, &stats);
	if (!damaged && !stats.misuses)
		return 0;
	pr_err("%u objects were damaged, %llu frees refused\n", damaged,
	       stats.misuses);
	return -EUCLEAN;
}

static size_t any_size(unsigned int i)
{
	if (i % LARGE == LARGE - 1)
		return 1 + prandom_u32_state(&rnd) % GOMALLOC_MAX_SIZE;
	return random_size(&rnd).size;
}

/* Return: 0; -ENOMEM; -EXDEV: it is not on the node */
static int hold_one(void)
{
	struct held *h = &held[nr_held];

	h->size = any_size(nr_held);
	h->p = gomalloc_node(h->size, GFP_KERNEL | __GFP_THISNODE, nid);
	if (!h->p)
		return -ENOMEM;
	stamp(h->p, h->size, nr_held);
	nr_held++;
	return page_to_nid(virt_to_page(h->p)) == nid ? 0 : -EXDEV;
}

/* The lock of the parameters is held */
static int set_hold(const char *text, const struct kernel_param *kp)
{
	unsigned int most;
	int err = kstrtouint(text, 0, &most);

	if (err || most > MOST || !held)
		return err ?: -EINVAL;
	err = let_go();
	while (!err && nr_held < most) {
		err = hold_one();
		cond_resched();
	}
	return err;
}

static const struct kernel_param_ops hold_ops = {
	.set = set_hold,
	.get = param_get_uint,
};
module_param_cb(hold, &hold_ops, &nr_held, 0644);
MODULE_PARM_DESC(hold, "objects to hold on the node from now on, once it is loaded");

static int __init dimm_init(void)
{
	held = kvcalloc(MOST, sizeof(*held), GFP_KERNEL);
	prandom_seed_state(&rnd, 1);
	return held ? 0 : -ENOMEM;
}

static void __exit dimm_exit(void)
{
	let_go();
	kvfree(held);
}

module_init(dimm_init);
module_exit(dimm_exit);
MODULE_DESCRIPTION("Objects on a node whose memory comes and goes");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
