// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_traced - calls that a listener has to see
 *
 * Makes each kind of call once, from a function of its own, and provokes what the other
 * tracepoints tell of. What was told of it scripts/guest/trace.sh compares with the
 * names of these functions.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>

static unsigned int rounds = 1;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often all calls are made (default 1)");

static unsigned int keep;
module_param(keep, uint, 0444);
MODULE_PARM_DESC(keep, "objects of alloc_kept() that stay until the module goes (default 0)");

static bool misuse;
module_param(misuse, bool, 0444);
MODULE_PARM_DESC(misuse, "free an object twice");

/* Longer than what the page allocator has in one piece */
#define MAPPED_SIZE	(5 * SZ_1M)

struct delayed {
	struct rcu_head	rcu;
};

static struct gomalloc_heap *heap;
static void **kept;

/*
 * Each call from a function that has its name. Behind it there is something, or the
 * call would be the end of the function, and its caller the one that is told; and that
 * is another one in each, or the compiler would make one function of two.
 */
#define ALLOC(name, call)						\
static noinline void *alloc_##name(void)				\
{									\
	void *p = (call);						\
									\
	asm volatile("# " #name : : : "memory");			\
	return p;							\
}

#define FREE(name, call)						\
static noinline void free_##name(void *p)				\
{									\
	call;								\
	asm volatile("# " #name : : : "memory");			\
}

/* A size that the compiler does not know */
static size_t some(size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return size;
}

static noinline void *alloc_bulk(void)
{
	void *p;

	return gomalloc_bulk(GFP_KERNEL, 72, 1, &p) ? p : NULL;
}

static noinline void *alloc_heap_bulk(void)
{
	void *p;

	return gomalloc_heap_bulk(heap, GFP_KERNEL, 0, 72, 1, &p) ? p : NULL;
}

ALLOC(const, gomalloc(100, GFP_KERNEL))
ALLOC(size, gomalloc(some(100), GFP_KERNEL))
ALLOC(atomic, gomalloc(some(2000), GFP_ATOMIC))
ALLOC(zeroed, gozalloc(100, GFP_KERNEL))
ALLOC(noscan, gomalloc_noscan(some(300), GFP_KERNEL))
ALLOC(tiny, gomalloc_noscan(some(5), GFP_KERNEL))
ALLOC(large, gomalloc(some(100000), GFP_KERNEL))
ALLOC(array, gomalloc_array(some(10), 20, GFP_KERNEL))
ALLOC(calloc, gocalloc(some(10), 20, GFP_KERNEL))
ALLOC(node, gomalloc_node(64, GFP_KERNEL, 0))
ALLOC(znode, gozalloc_node(64, GFP_KERNEL, NUMA_NO_NODE))
ALLOC(kv, gokvmalloc(some(100), GFP_KERNEL))
ALLOC(mapped, gokvzalloc(some(MAPPED_SIZE), GFP_KERNEL))
ALLOC(strdup, gostrdup("a copy", GFP_KERNEL))
ALLOC(strndup, gostrndup("a copy", 3, GFP_KERNEL))
ALLOC(memdup, gomemdup("a copy", 7, GFP_KERNEL))
ALLOC(memdup_nul, gomemdup_nul("a copy", 6, GFP_KERNEL))
ALLOC(memdup_array, gomemdup_array("a copy", 7, 1, GFP_KERNEL))
ALLOC(printf, goasprintf(GFP_KERNEL, "%d times", 5))
ALLOC(realloc_null, gorealloc(NULL, some(40), GFP_KERNEL))
ALLOC(realloc, gorealloc(gomalloc(40, GFP_KERNEL), some(4000), GFP_KERNEL))
ALLOC(kvrealloc, gokvrealloc(gomalloc(40, GFP_KERNEL), some(9000), GFP_KERNEL))
ALLOC(heap, gomalloc_heap_alloc(heap, some(100), GFP_KERNEL, 0))
ALLOC(heap_tiny, gomalloc_heap_alloc(heap, some(9), GFP_KERNEL, GOMALLOC_NOSCAN))
ALLOC(heap_node, gomalloc_heap_alloc_node(heap, some(100), GFP_KERNEL, 0, 0))
ALLOC(heap_kv, gomalloc_heap_kvmalloc(heap, some(9000), GFP_KERNEL, 0))
ALLOC(heap_strdup, gomalloc_heap_strdup(heap, "a copy", GFP_KERNEL))
ALLOC(kept, gomalloc_heap_alloc(heap, some(200), GFP_KERNEL, 0))
ALLOC(heap_memdup, gomalloc_heap_memdup(heap, "a copy", 7, GFP_KERNEL))

FREE(plain, gofree(p))
FREE(sensitive, gofree_sensitive(p))
FREE(try, gofree_try(p))
FREE(bulk, gofree_bulk(1, &p))
FREE(realloc, gorealloc(p, some(0), GFP_KERNEL))
FREE(mightsleep, gofree_rcu_mightsleep(p))
FREE(rcu, gofree_rcu((struct delayed *)p, rcu))

static noinline void misuse_twice(void *p)
{
	gofree(p);
	barrier();
}

static void *(*const allocs[])(void) = {
	alloc_const, alloc_size, alloc_atomic, alloc_zeroed, alloc_noscan,
	alloc_tiny, alloc_large, alloc_array, alloc_calloc, alloc_node,
	alloc_znode, alloc_kv, alloc_mapped, alloc_bulk, alloc_strdup,
	alloc_strndup, alloc_memdup, alloc_memdup_nul, alloc_memdup_array,
	alloc_printf, alloc_realloc_null, alloc_realloc, alloc_kvrealloc,
	alloc_heap, alloc_heap_tiny, alloc_heap_node, alloc_heap_kv,
	alloc_heap_bulk, alloc_heap_strdup, alloc_heap_memdup, alloc_kept,
};

static void (*const frees[])(void *p) = {
	free_sensitive, free_try, free_bulk, free_realloc, free_mightsleep,
	free_rcu,
};

/* Return: 0, or -ENOMEM */
static int call_all(void)
{
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(allocs); i++) {
		p = allocs[i]();
		if (!p)
			return -ENOMEM;
		free_plain(p);
	}
	for (i = 0; i < ARRAY_SIZE(frees); i++) {
		p = alloc_size();
		if (!p)
			return -ENOMEM;
		frees[i](p);
	}
	p = alloc_mapped();
	if (!p)
		return -ENOMEM;
	free_rcu(p);
	return 0;
}

/* Objects of @size until the heap is at its limit */
static void fill_heap(struct llist_head *objects, size_t size)
{
	struct llist_node *node;

	while ((node = gomalloc_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOWARN, 0)))
		__llist_add(node, objects);
}

/* Every @nth of them, and what caches have of them goes to the spans */
static void empty_heap(struct llist_head *objects, unsigned int nth)
{
	struct llist_node *node, *next, *left = NULL;
	unsigned int i = 0;

	llist_for_each_safe(node, next, objects->first) {
		if (++i % nth) {
			node->next = left;
			left = node;
		} else {
			gofree(node);
		}
	}
	objects->first = left;
	gomalloc_heap_trim(heap);
}

/* Caches take spans that are new, and some that were used */
static void fill_and_empty(void)
{
	LLIST_HEAD(objects);

	fill_heap(&objects, 1000);
	empty_heap(&objects, 2);
	fill_heap(&objects, 1000);
	empty_heap(&objects, 1);
}

static int keep_objects(void)
{
	unsigned int i;

	kept = kcalloc(keep, sizeof(*kept), GFP_KERNEL);
	if (!kept)
		return -ENOMEM;
	for (i = 0; i < keep; i++)
		kept[i] = alloc_kept();
	return 0;
}

static void misuse_object(void)
{
	void *p = alloc_size();

	free_plain(p);
	misuse_twice(p);
}

static void traced_exit(void)
{
	unsigned int i;

	for (i = 0; kept && i < keep; i++)
		gofree(kept[i]);
	kfree(kept);
	gomalloc_heap_destroy(heap);
}

static int __init traced_init(void)
{
	struct gomalloc_heap_params params = { .name = "traced", .limit = SZ_2M };
	unsigned int i;
	int err = 0;

	heap = gomalloc_heap_create(&params);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	for (i = 0; i < rounds && !err; i++)
		err = call_all();
	fill_and_empty();
	if (misuse)
		misuse_object();
	err = err ?: keep_objects();
	if (err)
		traced_exit();
	return err;
}

module_init(traced_init);
module_exit(traced_exit);
MODULE_DESCRIPTION("calls that a listener has to see");
MODULE_AUTHOR("The gomalloc maintainers");
MODULE_LICENSE("GPL");
