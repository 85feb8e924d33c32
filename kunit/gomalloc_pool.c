// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_pool - a pool of objects of kmalloc(), as drivers of disks have
 *
 * What: a module that knows nothing of gomalloc. It takes what the pool has in reserve and
 *	returns it; some kernels look at such objects as at those of a slab.
 */
#include <linux/init.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/string.h>

#define RESERVE	4
#define SIZE	100

/* More than the reserve, so that some of it is used if there is no memory */
static int use(mempool_t *pool)
{
	void *p[2 * RESERVE];
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = mempool_alloc(pool, GFP_KERNEL);
		memset(p[i], i, SIZE);
	}
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		if (memchr_inv(p[i], i, SIZE))
			err = -EUCLEAN;
		mempool_free(p[i], pool);
	}
	return err;
}

static int __init pool_init(void)
{
	mempool_t *pool = mempool_create_kmalloc_pool(RESERVE, SIZE);
	int err;

	if (!pool)
		return -ENOMEM;
	err = use(pool);
	mempool_destroy(pool);
	return err;
}

static void __exit pool_exit(void)
{
}

module_init(pool_init);
module_exit(pool_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A pool of objects of kmalloc()");
