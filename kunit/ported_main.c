// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_ported - a driver that calls kmalloc(), built with <linux/gomalloc_kmalloc.h>
 *
 * Makes each call once and looks where the object is from: its own heap, or the kernel.
 * The log has a line for each, which scripts/guest/ported.sh reads. With leak= it
 * forgets as many objects.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/vmalloc.h>

#include <linux/gomalloc.h>

#include "compat.h"
#include "ported_private.h"

static unsigned int leak;
module_param(leak, uint, 0444);
MODULE_PARM_DESC(leak, "how many objects to forget");

struct waiting {
	char		text[40];
	struct rcu_head	rcu;
};

static struct device *dev;
static unsigned int bad;
static void *forgotten;

static u64 live(void)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(gomalloc_own.heap, &stats);
	return stats.objects;
}

static u64 misuses(void)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(NULL, &stats);
	return stats.misuses;
}

static noinline void tell(const char *name, bool good)
{
	bad += !good;
	pr_info("%s: %s\n", name, good ? "good" : "bad");
}

/* Is it one object more of our heap? */
static bool is_one_more(const void *p, u64 before)
{
	return !IS_ERR_OR_NULL(p) && gomalloc_owns(p) && live() == before + 1;
}

/* Does @call give an object of the heap, and does kvfree() take it? */
#define OURS(name, call) do {						\
	u64 before = live();						\
	const void *p = (call);						\
	bool good = is_one_more(p, before);				\
									\
	if (!IS_ERR(p))							\
		kvfree(p);						\
	tell(name, good && live() == before);				\
} while (0)

/* Does it give one of the kernel's, and does kvfree() take it without a word? */
#define THEIRS(name, call) do {						\
	u64 before = live(), said = misuses();				\
	const void *p = (call);						\
	bool good = !IS_ERR_OR_NULL(p) && !gomalloc_owns(p);		\
									\
	if (!IS_ERR(p))							\
		kvfree(p);						\
	tell(name, good && live() == before && misuses() == said);	\
} while (0)

/* Does @free, which has it as p, free an object of the heap? */
#define FREES(name, free) do {						\
	u64 before = live();						\
	void *p = kmalloc(100, GFP_KERNEL);				\
	bool good = is_one_more(p, before);				\
									\
	free;								\
	tell(name, good && live() == before);				\
} while (0)

/* And one of the kernel's, without a word? */
#define FREES_THEIRS(name, free) do {					\
	u64 said = misuses();						\
	void *p = kernel_kmalloc(100, GFP_KERNEL);			\
									\
	free;								\
	tell(name, p && misuses() == said);				\
} while (0)

static void test_alloc(size_t size)
{
	OURS("kmalloc of a constant size", kmalloc(100, GFP_KERNEL));
	OURS("kmalloc", kmalloc(size, GFP_KERNEL));
	OURS("kmalloc, atomic", kmalloc(size, GFP_ATOMIC));
	OURS("kmalloc, large", kmalloc(SZ_128K, GFP_KERNEL));
	OURS("kzalloc", kzalloc(size, GFP_KERNEL));
	OURS("kmalloc_array", kmalloc_array(size, 8, GFP_KERNEL));
	OURS("kcalloc", kcalloc(size, 8, GFP_KERNEL));
	OURS("kmalloc_node", kmalloc_node(size, GFP_KERNEL, 0));
	OURS("kzalloc_node", kzalloc_node(size, GFP_KERNEL, NUMA_NO_NODE));
	OURS("kmalloc_array_node", kmalloc_array_node(size, 8, GFP_KERNEL, 0));
	OURS("kcalloc_node", kcalloc_node(size, 8, GFP_KERNEL, 0));
	OURS("kmalloc_track_caller", kmalloc_track_caller(size, GFP_KERNEL));
	OURS("kmalloc_node_track_caller", kmalloc_node_track_caller(size, GFP_KERNEL, 0));
	OURS("kvmalloc", kvmalloc(size, GFP_KERNEL));
	OURS("kvmalloc_node", kvmalloc_node(size, GFP_KERNEL, 0));
	OURS("kvzalloc", kvzalloc(size, GFP_KERNEL));
	OURS("kvzalloc_node", kvzalloc_node(size, GFP_KERNEL, 0));
	OURS("kvmalloc_array", kvmalloc_array(size, 8, GFP_KERNEL));
	OURS("kvcalloc", kvcalloc(size, 8, GFP_KERNEL));
	OURS("krealloc of nothing", krealloc(NULL, size, GFP_KERNEL));
	OURS("krealloc_array of nothing", krealloc_array(NULL, size, 8, GFP_KERNEL));
	OURS("a private header's macro", private_alloc_here(size));
	OURS("the module's other file", ported_more_alloc(size));
	tell("an array that overflows", !kmalloc_array(SIZE_MAX, size, GFP_KERNEL) &&
	     !kvcalloc(SIZE_MAX, size, GFP_KERNEL) &&
	     !krealloc_array(NULL, SIZE_MAX, size, GFP_KERNEL));
	tell("nothing", kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
}

#ifdef kmalloc_obj
static void test_typed(void)
{
	OURS("kmalloc_obj", kmalloc_obj(struct waiting));
	OURS("kzalloc_objs", kzalloc_objs(struct waiting, 3));
	OURS("kvmalloc_obj", kvmalloc_obj(struct waiting));
	OURS("kvzalloc_objs", kvzalloc_objs(struct waiting, 3));
}
#else
static void test_typed(void)
{
}
#endif

static void test_theirs(void)
{
	char buffer[16] = "buffer";

	THEIRS("kmalloc with GFP_DMA", kmalloc(100, GFP_KERNEL | GFP_DMA));
	THEIRS("kvzalloc with GFP_DMA", kvzalloc(100, GFP_KERNEL | GFP_DMA));
	THEIRS("kernel_kmalloc", kernel_kmalloc(100, GFP_KERNEL));
	THEIRS("kernel_kzalloc", kernel_kzalloc(100, GFP_KERNEL));
	THEIRS("kernel_kcalloc", kernel_kcalloc(3, 100, GFP_KERNEL));
	THEIRS("kernel_kmemdup", kernel_kmemdup(buffer, sizeof(buffer), GFP_KERNEL));
	THEIRS("kernel_kstrdup", kernel_kstrdup(buffer, GFP_KERNEL));
	THEIRS("kernel_kasprintf", kernel_kasprintf(GFP_KERNEL, "%s", buffer));
	THEIRS("kernel_kvzalloc", kernel_kvzalloc(SZ_8M, GFP_KERNEL));
	THEIRS("what the kernel gives", kstrdup_quotable(buffer, GFP_KERNEL));
	THEIRS("vmalloc", vmalloc(SZ_8K));
	THEIRS("a header of the kernel's",
	       memdup_sockptr(KERNEL_SOCKPTR(buffer), sizeof(buffer)));
	THEIRS("a private header's inline function", private_alloc(100));
}

static __printf(1, 2) char *print(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = kvasprintf(GFP_KERNEL, fmt, ap);
	va_end(ap);
	return text;
}

static void test_text(void)
{
	/* There is something, as the module is loaded by a program */
	const char __user *user = (const char __user *)current->mm->arg_start;
	char text[] = "some text, of more than a few characters";

	OURS("kstrdup", kstrdup(text, GFP_KERNEL));
	OURS("kstrndup", kstrndup(text, 20, GFP_KERNEL));
	OURS("kmemdup", kmemdup(text, sizeof(text), GFP_KERNEL));
	OURS("kmemdup_nul", kmemdup_nul(text, 20, GFP_KERNEL));
	OURS("kasprintf", kasprintf(GFP_KERNEL, "%s %d", text, 1));
	OURS("kvasprintf", print("%s %d", text, 1));
	OURS("memdup_user", memdup_user(user, 4));
	OURS("memdup_user_nul", memdup_user_nul(user, 4));
	OURS("vmemdup_user", vmemdup_user(user, 4));
	OURS("strndup_user", strndup_user(user, 100));
	tell("strndup_user of too much", PTR_ERR(strndup_user(user, 2)) == -EINVAL);
	tell("memdup_user of no address", PTR_ERR(memdup_user(NULL, 8)) == -EFAULT);
}

/* One word of a constant, which kfree_const() leaves where it is, and a copy */
static void test_const(void)
{
	const char *constant = kstrdup_const(dev_driver_string(dev), GFP_KERNEL);
	u64 before = live();
	const char *copy = kstrdup_const("text of the module", GFP_KERNEL);
	bool good = is_one_more(copy, before);

	kfree_const(constant);
	kfree_const(copy);
	tell("kstrdup_const", constant && good && live() == before);
}

static void test_resize(void)
{
	u64 before = live();
	void *p = krealloc(kmalloc(10, GFP_KERNEL), 5000, GFP_KERNEL), *q;

	tell("krealloc", is_one_more(p, before));
	q = private_realloc(p, 10000);
	tell("krealloc in a header", is_one_more(q, before));
	memset(q, 'x', 10000);
	p = krealloc(q, 12000, GFP_KERNEL | GFP_DMA);
	tell("krealloc with GFP_DMA", p && !gomalloc_owns(p) && live() == before &&
	     !memchr_inv(p, 'x', 10000));
	kfree(p);
	p = krealloc(kernel_kmalloc(10, GFP_KERNEL), 5000, GFP_KERNEL);
	tell("krealloc of the kernel's", p && !gomalloc_owns(p) && live() == before);
	tell("ksize of the kernel's", ksize(p) >= 5000);
	kfree(p);
	p = kmalloc(100, GFP_KERNEL);
	tell("ksize", ksize(p) >= 100 && kmalloc_size_roundup(100) >= 100);
	kfree(p);
}

static void free_by(void (*function)(const void *p), void *p)
{
	function(p);
}

static void free_bulk(void *p)
{
	void *both[] = { p, kernel_kmalloc(100, GFP_KERNEL) };

	kfree_bulk(ARRAY_SIZE(both), both);
}

static void free_later(void *p)
{
	kfree_rcu_mightsleep(p);
	rcu_barrier();
}

static void call_delayed(void *p)
{
	DEFINE_DELAYED_CALL(done);

	set_delayed_call(&done, kfree_link, p);
	do_delayed_call(&done);
}

static void test_free(void)
{
	FREES("kfree", kfree(p));
	FREES("kfree_sensitive", kfree_sensitive(p));
	FREES("kvfree", kvfree(p));
	FREES("kvfree_sensitive", kvfree_sensitive(p, 100));
	FREES("kfree_const", kfree_const(p));
	FREES("kfree_bulk", free_bulk(p));
	FREES("kfree_link", call_delayed(p));
	FREES("a pointer to kfree", free_by(kfree, p));
	FREES("a pointer to kfree in a structure", ported_more_pointer(p));
	FREES("the module's other file frees", ported_more_free(p));
	FREES("kfree in a header", private_free(p));
	FREES("kfree_rcu_mightsleep", free_later(p));
	FREES_THEIRS("kfree of the kernel's", kfree(p));
	FREES_THEIRS("kfree_sensitive of the kernel's", kfree_sensitive(p));
	FREES_THEIRS("kvfree of the kernel's", kvfree(p));
	FREES_THEIRS("kfree_const of the kernel's", kfree_const(p));
	FREES_THEIRS("a pointer to kfree, of the kernel's", free_by(kfree, p));
	FREES_THEIRS("kernel_kfree", kernel_kfree(p));
	FREES_THEIRS("kfree in a header, of the kernel's", private_free(p));
	FREES_THEIRS("kfree_rcu_mightsleep of the kernel's", kfree_rcu_mightsleep(p));
}

/* Before 7.3 what it is given has room for a function, too */
struct listed {
	char			text[8];
	struct kvfree_rcu_head	rcu;
	unsigned long		after;
};

/* Not all waits that there may be are callbacks */
static bool lives_again(u64 before)
{
	int tries = 500;

	rcu_barrier();
	while (live() != before && tries--)
		msleep(20);
	return live() == before;
}

static void test_rcu_listed(void)
{
	u64 before = live(), said = misuses();
	struct listed *p = kmalloc(sizeof(*p), GFP_KERNEL), *q = kmalloc(sizeof(*q), GFP_KERNEL);
	bool kept = false;

	rcu_read_lock();
	if (p && q) {
		p->after = ~0UL;
		q->after = ~0UL;
		kfree_rcu(p, rcu);
		kfree_rcu(q, rcu);
		kept = READ_ONCE(p->after) == ~0UL && READ_ONCE(q->after) == ~0UL;
	}
	rcu_read_unlock();
	tell("kfree_rcu changes no more than its head", kept);
	tell("and frees it", lives_again(before) && misuses() == said);
}

static void test_rcu(void)
{
	u64 before = live(), said = misuses();
	struct waiting *w = kmalloc(sizeof(*w), GFP_KERNEL);
	struct waiting *v = kvmalloc(SZ_8M, GFP_KERNEL);
	struct waiting *k = kernel_kmalloc(sizeof(*k), GFP_KERNEL);

	if (w)
		kfree_rcu(w, rcu);
	if (v)
		kvfree_rcu(v, rcu);
	if (k)
		kfree_rcu(k, rcu);
	tell("kfree_rcu", w && v && k && lives_again(before) && misuses() == said);
}

#if COMPAT_HAS_FREE_KFREE
static void scoped(bool ours, const void **p)
{
	void *a __free(kfree) = ours ? kmalloc(100, GFP_KERNEL) :
				       kernel_kmalloc(100, GFP_KERNEL);
	void *b __free(kvfree) = kvmalloc(100, GFP_KERNEL);

	*p = a && b && gomalloc_owns(a) == ours ? a : NULL;
}

static void test_scoped(void)
{
	u64 before = live();
	const void *p, *q;

	scoped(true, &p);
	scoped(false, &q);
	tell("__free", p && q && live() == before);
}
#else
static void test_scoped(void)
{
}
#endif

static void test_device(void)
{
	u64 before = live();
	void *p = devm_kmalloc(dev, 100, GFP_KERNEL), *dma, *theirs;
	bool good = is_one_more(p, before);

	p = devm_krealloc(dev, p, 2000, GFP_KERNEL);
	good = good && is_one_more(p, before);
	devm_kfree(dev, p);
	tell("devm_kmalloc", good && live() == before);
	dma = devm_kmalloc(dev, 100, GFP_KERNEL | GFP_DMA);
	theirs = devm_kmalloc(dev, 100, GFP_KERNEL | GFP_DMA);
	good = dma && theirs && !gomalloc_owns(dma);
	devm_kfree(dev, theirs);
	tell("devm_kmalloc with GFP_DMA", good && live() == before);
	good = devm_kzalloc(dev, 100, GFP_KERNEL) && devm_kcalloc(dev, 3, 8, GFP_KERNEL) &&
	       devm_kstrdup(dev, "some text of a device", GFP_KERNEL) &&
	       devm_kmemdup(dev, "some memory of a device", 20, GFP_KERNEL) &&
	       devm_kasprintf(dev, GFP_KERNEL, "%s", dev_name(dev));
	tell("devm_kzalloc and its kin", good && live() == before + 5);
}

static void test_alignment(void)
{
	bool good = true;
	size_t size;
	void *p;

	for (size = 8; size <= SZ_64K; size *= 2) {
		p = kmalloc(size, GFP_KERNEL);
		good = good && p && IS_ALIGNED((unsigned long)p, min(size, PAGE_SIZE));
		kfree(p);
	}
	tell("alignment", good);
}

static void test_all(void)
{
	u64 before = live();

	test_alloc(100);
	test_typed();
	test_theirs();
	test_text();
	test_const();
	test_resize();
	test_free();
	test_rcu();
	test_rcu_listed();
	test_scoped();
	test_alignment();
	test_device();
	root_device_unregister(dev);
	tell("nothing is left", live() == before);
}

/* Somebody has forgotten something */
static noinline void ported_forget(void)
{
	/* After the call, so that the stack has this function */
	WRITE_ONCE(forgotten, kmalloc(100, GFP_KERNEL));
}

static int __init ported_init(void)
{
	if (!gomalloc_own.heap)
		return -ENOMEM;
	dev = root_device_register(KBUILD_MODNAME);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	test_all();
	pr_info("%u bad\n", bad);
	while (leak--)
		ported_forget();
	return bad ? -EINVAL : 0;
}

static void __exit ported_exit(void)
{
}

module_init(ported_init);
module_exit(ported_exit);
MODULE_DESCRIPTION("A driver that calls kmalloc(), on gomalloc");
MODULE_LICENSE("GPL");
