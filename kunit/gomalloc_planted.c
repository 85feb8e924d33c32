// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_planted - objects that a debugger has to find
 *
 * Makes a heap with objects of each kind, says where each is, and gives each of them
 * to gofree() in a way that is refused: what the kernel reports of it then is what a
 * debugger has to say as well, see scripts/post_mortem.py. Nothing of it moves until
 * the module goes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

/* Some objects of a class, all of which stay but one */
#define NR_SMALL	40
#define SMALL		100
#define THE_FREED	17
#define THE_LIVE	23

static struct gomalloc_heap *heap, *zoned_heap, *guarded_heap;
static void *zoned, *guarded, *guarded_freed;
static void *small[NR_SMALL], *tiny[2], *least[2], *large, *mapped, *slab;

/* Each line is a call site, so that each is reported */
#define plant(_p, _what) do {						\
	pr_info("at 0x%lx %s\n", (unsigned long)(_p), _what);		\
	gofree(_p);							\
} while (0)

static int alloc_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_SMALL; i++) {
		small[i] = gomalloc_heap_alloc(heap, SMALL, GFP_KERNEL, 0);
		if (!small[i])
			return -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(tiny); i++) {
		tiny[i] = gomalloc_heap_alloc(heap, 5, GFP_KERNEL,
					      GOMALLOC_NOSCAN | GOMALLOC_NO_DMA);
		if (!tiny[i])
			return -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(least); i++) {
		least[i] = gomalloc_heap_alloc(heap, 8, GFP_KERNEL,
					       GOMALLOC_NO_DMA);
		if (!least[i])
			return -ENOMEM;
	}
	large = gomalloc_heap_alloc(heap, 100000, GFP_KERNEL, GOMALLOC_NOSCAN);
	mapped = gomalloc_heap_kvmalloc(heap, SZ_8M, GFP_KERNEL, 0);
	slab = kmalloc(SMALL, GFP_KERNEL);
	/* With a red zone, and between pages that fault, as the script has asked for it */
	zoned = gomalloc_heap_alloc(zoned_heap, SMALL, GFP_KERNEL, 0);
	guarded = gomalloc_heap_alloc(guarded_heap, SMALL, GFP_KERNEL, 0);
	guarded_freed = gomalloc_heap_alloc(guarded_heap, SMALL, GFP_KERNEL, 0);
	return large && mapped && slab && zoned && guarded && guarded_freed ? 0 : -ENOMEM;
}

static void free_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_SMALL; i++)
		gofree(small[i]);
	for (i = 0; i < ARRAY_SIZE(tiny); i++)
		gofree(tiny[i]);
	for (i = 0; i < ARRAY_SIZE(least); i++)
		gofree(least[i]);
	gofree(large);
	gofree(mapped);
	kfree(slab);
	gofree(zoned);
	gofree(guarded);
	gofree(guarded_freed);
}

static void destroy_heap(struct gomalloc_heap *h)
{
	if (!IS_ERR_OR_NULL(h))
		gomalloc_heap_destroy(h);
}

static void destroy_heaps(void)
{
	destroy_heap(guarded_heap);
	destroy_heap(zoned_heap);
	destroy_heap(heap);
}

static int create_heaps(void)
{
	struct gomalloc_heap_params params = { .name = "planted" };
	struct gomalloc_heap_params of_zoned = { .name = "zoned" };
	struct gomalloc_heap_params of_guarded = { .name = "guarded" };

	heap = gomalloc_heap_create(&params);
	zoned_heap = gomalloc_heap_create(&of_zoned);
	guarded_heap = gomalloc_heap_create(&of_guarded);
	return IS_ERR(heap) || IS_ERR(zoned_heap) || IS_ERR(guarded_heap) ? -ENOMEM : 0;
}

static void plant_all(void)
{
	void *freed = small[THE_FREED], *least_freed = least[1];

	/* Behind all of them, in the span of the last one */
	plant(small[NR_SMALL - 1] + gosize(small[0]), "fresh");
	plant(small[THE_LIVE] + 3, "live");
	plant(tiny[1] + 1, "live");
	plant(large + 4096, "live");
	plant(slab, "foreign");
	pr_info("at 0x%lx mapped\n", (unsigned long)mapped + 12345);
	small[THE_FREED] = NULL;
	gofree(freed);
	plant(freed, "freed");
	plant(least[0] + 1, "live");
	least[1] = NULL;
	gofree(least_freed);
	plant(least_freed, "freed");
	plant(zoned + 50, "live");
	/* Where the kernel guards none it is an object as any other */
	if (is_vmalloc_addr(guarded)) {
		void *stale = guarded_freed;

		plant(guarded + 50, "guarded_live");
		guarded_freed = NULL;
		gofree(stale);
		plant(stale, "guarded_freed");
	}
}

static int __init planted_init(void)
{
	int err = create_heaps();

	if (!err)
		err = alloc_all();
	if (!err) {
		plant_all();
		return 0;
	}
	free_all();
	destroy_heaps();
	return err;
}

static void __exit planted_exit(void)
{
	free_all();
	destroy_heaps();
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_DESCRIPTION("Objects that a debugger has to find");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
