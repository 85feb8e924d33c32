// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_guard - faults that guarded sampling is to find
 *
 * Each is planted again and again, in objects that are allocated and freed as any
 * others, by a task and in a hardirq, until the heap has counted a misuse: that takes
 * as many rounds as the sample wants. A line "fault NAME: PATTERN" announces it, and
 * the report between that and the next one has the pattern, which the script in the
 * guest looks for. Prints KTAP when loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

static unsigned int most = 100000;
module_param(most, uint, 0444);
MODULE_PARM_DESC(most, "allocations within which each fault has to be found (default 100000)");

static bool off;
module_param(off, bool, 0444);
MODULE_PARM_DESC(off, "nothing is sampled, and none is to be found (default N)");

static struct gomalloc_heap *heap;
static unsigned int tests;
static int result;

static void check(bool ok, const char *name)
{
	pr_info("%s %u %s\n", ok ? "ok" : "not ok", ++tests, name);
	if (!ok)
		result = -EUCLEAN;
}

static u64 misuses(void)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(heap, &stats);
	return stats.misuses;
}

/*
 * === faults ===
 */

/* Inline, since of a place in the code one report is printed */
static __always_inline void read_at(const u8 *p, long at)
{
	OPTIMIZER_HIDE_VAR(p);
	READ_ONCE(p[at]);
}

static __always_inline void write_at(u8 *p, long at, u8 value)
{
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[at], value);
}

static void *object(size_t size)
{
	return gomalloc_heap_alloc(heap, size, GFP_ATOMIC, 0);
}

/*
 * Two functions that allocate an object p of _size bytes, if they can, for a task and
 * for an interrupt; neither ends with a jump, which would take it off the stack
 */
#define FAULT(_name, _size, ...)					\
	static noinline void _name##_task(void)				\
	{								\
		u8 *p = object(_size);					\
									\
		if (p)							\
			__VA_ARGS__;					\
		barrier();						\
	}								\
									\
	static noinline void _name##_irq(void)				\
	{								\
		u8 *p = object(_size);					\
									\
		if (p)							\
			__VA_ARGS__;					\
		barrier();						\
	}

/* Of what is not guarded, a byte that is written to is nobody's */
FAULT(overflow_read, 64, { read_at(p, 64); gofree(p); })
FAULT(overflow_write, 61, { write_at(p, 61, 0x3c); gofree(p); })
FAULT(underflow, 128, { read_at(p, -1); gofree(p); })
FAULT(use_after_free, 200, { gofree(p); read_at(p, 7); })

static noinline void double_free(void)
{
	u8 *p = object(300);

	gofree(p);
	gofree(p);
}

/*
 * === where they are made ===
 */

/**
 * struct fault - one that is to be found
 * @name: of it
 * @pattern: what the report has
 * @make: allocates once, and makes it
 * @in_irq: in a hardirq
 */
struct fault {
	const char	*name;
	const char	*pattern;
	void		(*make)(void);
	bool		in_irq;
};

#define READ_BEYOND \
	"access beyond a guarded object: .*(read); heap guard, guarded object .* "
#define USED_AFTER_FREE \
	"use of a guarded object after it was freed: .*(read).* "
#define BESIDE \
	"bytes beside a guarded object .*by overflow_write.* "
#define IN_TASK(_name, _function, _pattern) {				\
	_name "-task", _pattern "allocated by .*" #_function "_task",	\
	_function##_task, false }
#define IN_IRQ(_name, _function, _pattern) {				\
	_name "-irq", _pattern "allocated by .*" #_function "_irq",	\
	_function##_irq, true }

static const struct fault faults[] = {
	IN_TASK("overflow-read", overflow_read, READ_BEYOND "of 64 bytes, offset 64; goes on.*"),
	IN_IRQ("overflow-read", overflow_read, READ_BEYOND "of 64 bytes, offset 64; goes on.*"),
	IN_TASK("overflow-write", overflow_write, BESIDE "of 61 bytes, offset 61; freed.*"),
	IN_IRQ("overflow-write", overflow_write, BESIDE "of 61 bytes, offset 61; freed.*"),
	IN_TASK("underflow", underflow, READ_BEYOND "of 128 bytes, offset -1; goes on.*"),
	IN_IRQ("underflow", underflow, READ_BEYOND "of 128 bytes, offset -1; goes on.*"),
	IN_TASK("use-after-free", use_after_free,
		USED_AFTER_FREE "of 200 bytes, offset 7; goes on.*"),
	IN_IRQ("use-after-free", use_after_free,
	       USED_AFTER_FREE "of 200 bytes, offset 7; goes on.*"),
};

static const struct fault *current_fault;

static void make_in_irq(struct irq_work *work)
{
	current_fault->make();
}

static DEFINE_IRQ_WORK(work, make_in_irq);

static void make(const struct fault *fault)
{
	if (!fault->in_irq) {
		fault->make();
		return;
	}
	current_fault = fault;
	irq_work_queue(&work);
	irq_work_sync(&work);
}

/* One allocation after the other. Return: after how many it was found; 0: it was not. */
static unsigned int find(const struct fault *fault)
{
	u64 before = misuses();
	unsigned int i;

	for (i = 1; i <= most; i++) {
		make(fault);
		/* To sum the misuses takes longer than an allocation */
		if ((i % 64 == 0 || i == most) && misuses() > before)
			return i;
		cond_resched();
	}
	return 0;
}

static void look_for(const struct fault *fault)
{
	unsigned int found;

	if (!off)
		pr_info("fault %s: %s\n", fault->name, fault->pattern);
	found = find(fault);
	/* A report with interrupts off, as in any fault, is printed a little later */
	msleep(100);
	pr_info("fault end:\n");
	pr_info("%s: found within %u of %u allocations\n", fault->name, found,
		most);
	check(!found == off, fault->name);
}

/*
 * === what is no fault ===
 */

/* All calls that an object may be given to */
static bool use(size_t size)
{
	u8 *p = gomalloc_heap_alloc(heap, size, GFP_KERNEL | __GFP_ZERO, 0);
	u8 *q;
	bool ok;

	if (!p)
		return false;
	ok = !memchr_inv(p, 0, size) && gosize(p) >= size && gomalloc_owns(p) &&
	     gomalloc_check_copy(p, size);
	memset(p, 1, size);
	q = gorealloc(p, size + 100, GFP_KERNEL);
	if (!q) {
		gofree(p);
		return false;
	}
	ok &= !memchr_inv(q, 1, size);
	memset(q, 2, size + 100);
	if (size % 3)
		gofree(q);
	else
		gofree_rcu_mightsleep(q);
	return ok;
}

static void check_use(void)
{
	u64 before = misuses();
	unsigned int i;
	bool ok = true;

	for (i = 0; i < most / 4; i++) {
		ok &= use(1 + i % 4000);
		cond_resched();
	}
	rcu_barrier();
	check(ok, "guarded objects are as any others");
	check(misuses() == before, "and nothing is reported");
}

static void check_double_free(void)
{
	u64 before = misuses();
	unsigned int i;

	for (i = 0; i < 1000; i++)
		double_free();
	check(misuses() == before + 1000, "each double free is found, guarded or not");
}

static int run(void)
{
	unsigned int i;

	pr_info("KTAP version 1\n");
	pr_info("1..%zu\n", ARRAY_SIZE(faults) + 4);
	check_use();
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		look_for(&faults[i]);
	check_double_free();
	check(!gomalloc_heap_validate(heap), "the heap is valid");
	return result;
}

static int __init guard_init(void)
{
	struct gomalloc_heap_params params = {
		.name = "guard",
		.flags = GOMALLOC_HEAP_GUARD,
	};
	int err;

	heap = gomalloc_heap_create(&params);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	err = run();
	gomalloc_heap_destroy(heap);
	return err;
}

static void __exit guard_exit(void)
{
}

module_init(guard_init);
module_exit(guard_exit);
MODULE_DESCRIPTION("Faults for guarded sampling to find in objects of gomalloc");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
