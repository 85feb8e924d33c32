// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_nofail - requests that must not fail, in a memory cgroup that is full
 *
 * Whoever loads this is in a memory cgroup of less than mb=; scripts/guest/nofail.sh
 * looks from outside what that was charged with. It is loaded if all went well.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sizes.h>

static unsigned int mb = 24;
module_param(mb, uint, 0444);
MODULE_PARM_DESC(mb, "MiB of objects of each size");

/* Chained by their first word, so that there need be no other memory */
static bool take(struct gomalloc_heap *heap, size_t size, void **chain)
{
	size_t bytes;
	void **p;

	for (bytes = 0; bytes < (size_t)mb << 20; bytes += size) {
		p = gomalloc_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOFAIL,
					0);
		if (!p)
			return false;
		*p = *chain;
		*chain = p;
		cond_resched();
	}
	return true;
}

static void free_all(void **chain)
{
	void **p;

	while ((p = *chain)) {
		*chain = *p;
		gofree(p);
	}
}

static bool serves(struct gomalloc_heap *heap)
{
	/* In spans of two pages and of more, whole pages, blocks of 1 MiB */
	static const size_t sizes[] = { 64, SZ_4K, 32768, 70000, SZ_1M };
	bool served = true;
	void *chain = NULL;
	unsigned int i;

	for (i = 0; served && i < ARRAY_SIZE(sizes); i++) {
		served = take(heap, sizes[i], &chain);
		free_all(&chain);
		pr_info("%zu bytes: %s\n", sizes[i], served ? "served" : "NULL");
	}
	return served;
}

static int __init nofail_init(void)
{
	struct gomalloc_heap_params params = {
		.name = "nofail",
		.flags = GOMALLOC_HEAP_ACCOUNT,
	};
	struct gomalloc_heap *heap = gomalloc_heap_create(&params);
	int err;

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	err = serves(heap) ? 0 : -ENOMEM;
	gomalloc_heap_destroy(heap);
	return err;
}

static void __exit nofail_exit(void)
{
}

module_init(nofail_init);
module_exit(nofail_exit);
MODULE_DESCRIPTION("Requests to gomalloc that must not fail");
MODULE_LICENSE("GPL");
