// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_checkers - faults that the kernel's own checkers are to find
 *
 * Each is announced by a line "case NAME: PATTERN"; KASAN's report is between that
 * and the next, and has the pattern. A case without one is no fault. Behind them,
 * a line "object NAME ADDRESS[,ADDRESS]... lost|held" for each object, or one of some,
 * that kmemleak is to call unreferenced, or not. The script in the guest compares.
 * Unloading frees all.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/module.h>
#include <linux/slab.h>

/* With tags KASAN does not tell one from the other, nor bytes of one granule */
#define TAGS		IS_ENABLED(CONFIG_KASAN_SW_TAGS)
#ifdef CONFIG_KASAN_SW_TAGS
#define OUT_OF_BOUNDS	"invalid-access"
#define FREED		"invalid-access"
#else
#define OUT_OF_BOUNDS	"out-of-bounds"
#define FREED		"use-after-free"
#endif

static struct gomalloc_heap *heap, *untracked;

/*
 * === KASAN ===
 */

static noinline u8 read_at(const u8 *p, long at)
{
	OPTIMIZER_HIDE_VAR(p);
	return READ_ONCE(p[at]);
}

static noinline void write_at(u8 *p, long at)
{
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[at], 1);
}

static void *object(size_t size, unsigned int flags)
{
	void *p = gomalloc_heap_alloc(heap, size, GFP_KERNEL, flags);

	/* The test is of no use then, and says so by the reports that lack */
	return p ?: ZERO_SIZE_PTR;
}

/* Writes beyond both ends of a live object, and to one that is freed */
static void small_faults(void)
{
	u8 *left = object(61, 0), *p = object(64, 0), *q = object(61, 0);

	pr_info("case small-behind: " OUT_OF_BOUNDS ".*offset 64; the object is live\n");
	write_at(p, 64);
	pr_info("case small-before: " OUT_OF_BOUNDS "\n");
	write_at(p, -1);
	if (!TAGS) {
		pr_info("case small-odd-end: " OUT_OF_BOUNDS ".*offset 61;\n");
		write_at(q, 61);
	}
	pr_info("case small-to-its-end:\n");
	write_at(q, 60);
	write_at(p, 63);
	gofree(p);
	pr_info("case small-freed: " FREED ".*class .*offset 5; the object is freed\n");
	read_at(p, 5);
	gofree(q);
	gofree(left);
}

/* Of which as many as fit are in one block, which is one to KASAN */
static void tiny_faults(void)
{
	u8 *left = object(16, GOMALLOC_NOSCAN), *p = object(16, GOMALLOC_NOSCAN);
	u8 *a = object(8, GOMALLOC_NOSCAN), *b = object(4, GOMALLOC_NOSCAN);

	pr_info("case tiny-behind: " OUT_OF_BOUNDS "\n");
	write_at(max(max(left, p), a), 16);
	pr_info("case tiny-in-use:\n");
	write_at(a, 7);
	write_at(b, 3);
	gofree(left);
	gofree(p);
	pr_info("case tiny-freed: " FREED ".*offset 3;\n");
	read_at(p, 3);
	pr_info("case tiny-before: " FREED "\n");
	read_at(max(left, p), -1);
	gofree(a);
	gofree(b);
}

static void large_faults(void)
{
	struct gomalloc_heap_params params = { .name = "large" };
	struct gomalloc_heap *fresh = gomalloc_heap_create(&params);
	u8 *p, *left;

	if (IS_ERR(fresh))
		return;
	/* Of a heap in which it does not begin where memory of others ends */
	left = gomalloc_heap_alloc(fresh, 100, GFP_KERNEL, 0);
	p = gomalloc_heap_alloc(fresh, 40000, GFP_KERNEL, 0);
	pr_info("case large-behind: " OUT_OF_BOUNDS ".*offset 40000;\n");
	write_at(p, 40000);
	pr_info("case large-before: " OUT_OF_BOUNDS "\n");
	write_at(p, -1);
	pr_info("case large-to-its-end:\n");
	write_at(p, 39999);
	gofree(p);
	pr_info("case large-freed: " FREED ".*offset 30000;\n");
	read_at(p, 30000);
	gofree(left);
	gomalloc_heap_destroy(fresh);
}

/* 6 MiB and some bytes are mapped */
static void mapped_faults(void)
{
	size_t size = 6 * 1024 * 1024 + 100;
	u8 *p = gokvmalloc(size, GFP_KERNEL);

	if (!p)
		return;
	pr_info("case mapped-behind: " OUT_OF_BOUNDS "\n");
	write_at(p, size);
	pr_info("case mapped-to-its-end:\n");
	write_at(p, size - 1);
	gofree(p);
}

/* What a call makes of an object's size */
static void resized(void)
{
	u8 *p = gorealloc(object(100, 0), 80, GFP_KERNEL);
	size_t room;

	pr_info("case shrunk: " OUT_OF_BOUNDS "\n");
	write_at(p, 90);
	p = gorealloc(p, 200, GFP_KERNEL);
	pr_info("case grown:\n");
	write_at(p, 199);
	p = gomalloc_claim(p, &room);
	write_at(p, room - 1);
	pr_info("case zeroed:\n");
	gofree(p);
	p = gomalloc_heap_alloc(heap, 96, GFP_KERNEL | __GFP_ZERO, 0);
	pr_info("case zeroed-behind: " OUT_OF_BOUNDS "\n");
	read_at(p, 96);
	gofree_sensitive(p);
	pr_info("case sensitive-freed: " FREED "\n");
	read_at(p, 0);
}

static void misuse(void)
{
	u8 *p = object(500, 0);

	gofree(p);
	pr_info("case double-free: gomalloc: double free\n");
	gofree(p);
}

/*
 * === kmemleak ===
 */

/* What is kept is no address: that would be a reference */
static unsigned long kept[10];
static unsigned int nr_kept;

static void keep(const void *p, const char *name, bool lost)
{
	kept[nr_kept++] = ~(unsigned long)p;
	pr_info("object %s %lx %s\n", name, (unsigned long)p,
		lost ? "lost" : "held");
}

/* The only reference to anything */
static void **root;

/* All that one may use of an object refers to another, and is seen to */
static noinline void hold(void)
{
	void *p = kmalloc(333, GFP_KERNEL);

	root = gozalloc(200, GFP_KERNEL);
	if (!root || !p)
		return;
	root[24] = p;
	root[3] = gomalloc(70000, GFP_KERNEL);
	keep(p, "kmalloc-held-by-small", false);
	keep(root[3], "large-held-by-small", false);
	keep(root, "small-held-by-module", false);
}

/*
 * A value that some memory happens to have may be an address in so large an object, and
 * then that is held; but not that of each of three
 */
static noinline void lose_large(void)
{
	const unsigned long *at = &kept[nr_kept];

	while (nr_kept < at + 3 - kept)
		kept[nr_kept++] = ~(unsigned long)gomalloc(70000, GFP_KERNEL);
	pr_info("object large %lx,%lx,%lx lost\n", ~at[0], ~at[1], ~at[2]);
}

static noinline void lose(void)
{
	void **p = gomalloc_noscan(300, GFP_KERNEL);

	root[0] = p;
	/* Of a stack, on which its address stays */
	gofree(gomalloc(100, GFP_KERNEL));
	keep(gomalloc(100, GFP_KERNEL), "small", true);
	keep(gomalloc_noscan(5, GFP_KERNEL), "tiny", true);
	lose_large();
	keep(gomalloc_heap_alloc(untracked, 100, GFP_KERNEL, 0), "untracked", false);
	if (p) {
		*p = gomalloc(444, GFP_KERNEL);
		keep(*p, "small-held-by-noscan", true);
	}
}

/* The stack that was in use is not to hold an address either */
static noinline void overwrite_stack(void)
{
	u8 stack[1024];

	memset(stack, 0, sizeof(stack));
	OPTIMIZER_HIDE_VAR(*stack);
}

static int __init checkers_init(void)
{
	struct gomalloc_heap_params params = {
		.name = "checkers",
		.flags = GOMALLOC_HEAP_NO_DMA,
	}, quiet = {
		.name = "untracked",
		.flags = GOMALLOC_HEAP_NOLEAKTRACE,
	};

	heap = gomalloc_heap_create(&params);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	untracked = gomalloc_heap_create(&quiet);
	if (IS_ERR(untracked)) {
		gomalloc_heap_destroy(heap);
		return PTR_ERR(untracked);
	}
	small_faults();
	large_faults();
	/* What has no tag is not checked by it */
	if (!TAGS) {
		tiny_faults();
		mapped_faults();
	}
	resized();
	misuse();
	pr_info("case end:\n");
	hold();
	if (root)
		lose();
	overwrite_stack();
	return 0;
}

static void __exit checkers_exit(void)
{
	unsigned int i;

	if (root)
		gofree(root[0]);
	for (i = 0; i < nr_kept; i++) {
		void *p = (void *)~kept[i];

		if (!gofree_try(p))
			kfree(p);
	}
	gomalloc_heap_destroy(untracked);
	gomalloc_heap_destroy(heap);
}

module_init(checkers_init);
module_exit(checkers_exit);
MODULE_DESCRIPTION("Faults for the kernel's checkers to find in objects of gomalloc");
MODULE_LICENSE("GPL");
