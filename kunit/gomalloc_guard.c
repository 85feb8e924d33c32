// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_guard - faults that guarded sampling is to find, or red zones and poison
 *
 * Each is planted again and again, in objects that are allocated and freed as any
 * others, by a task and in a hardirq, until the heap has counted a misuse: that takes
 * as many rounds as the sample wants. A line "fault NAME: PATTERN" announces it, and
 * the report between that and the next one has the pattern, which the script in the
 * guest looks for. Prints KTAP when loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

static unsigned int most = 100000;
module_param(most, uint, 0444);
MODULE_PARM_DESC(most, "allocations within which each fault has to be found (default 100000)");

static unsigned long pairs = 100000;
module_param(pairs, ulong, 0444);
MODULE_PARM_DESC(pairs, "allocations, each with its free, that are no fault, on all CPUs together (default 100000)");

static bool off;
module_param(off, bool, 0444);
MODULE_PARM_DESC(off, "nothing is sampled, and none is to be found (default N)");

static bool debugged;
module_param(debugged, bool, 0444);
MODULE_PARM_DESC(debugged, "the heap has debug=FZPU, and nothing is guarded (default N)");

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

/* Of a heap that is debugged: what is behind an object is its red zone */
FAULT(stray_write, 61, { write_at(p, 61, 0x3c); gofree(p); })
FAULT(stray_write_behind, 64, { write_at(p, 64, 0x3c); gofree(p); })
FAULT(stale_write, 200, { gofree(p); write_at(p, 7, 0x3c); })

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
	"bytes beside an object .*by overflow_write.*guarded object .*"
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

#define STRAY(_name) \
	"bytes beside an object .*freed by " #_name
#define STALE \
	"write to an object after it was freed: .*at offset 7, .*heap guard.*freed by .*stale_write_.*"

/* Found at once, or when the slot is used again, by whoever allocates */
static const struct fault debug_faults[] = {
	IN_TASK("stray-write", stray_write,
		STRAY(stray_write_task) ".*object of 61 bytes, .*offset 61; freed.*"),
	IN_IRQ("stray-write", stray_write,
	       STRAY(stray_write_irq) ".*object of 61 bytes, .*offset 61; freed.*"),
	IN_TASK("stray-write-behind", stray_write_behind,
		STRAY(stray_write_behind_task) ".*object of 64 bytes, .*offset 64; freed.*"),
	IN_IRQ("stray-write-behind", stray_write_behind,
	       STRAY(stray_write_behind_irq) ".*object of 64 bytes, .*offset 64; freed.*"),
	/* What the one before has left may be found first */
	{ "stale-write-task", STALE, stale_write_task, false },
	{ "stale-write-irq", STALE, stale_write_irq, true },
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
		/*
		 * To sum the misuses takes longer than an allocation; but of what
		 * is found with each, only so many are printed
		 */
		if ((debugged || i % 64 == 0 || i == most) && misuses() > before)
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

static atomic_t lost;		/* objects that were not as they had been left */

/* One that is used to its ends, as it may be */
static __always_inline void use_to_the_ends(size_t size)
{
	u8 *p = gomalloc_heap_alloc(heap, size, GFP_ATOMIC, 0);

	if (!p)
		return;
	write_at(p, 0, (u8)size);
	write_at(p, size - 1, (u8)size);
	if (READ_ONCE(p[0]) != (u8)size)
		atomic_inc(&lost);
	gofree(p);
}

static void use_in_irq(struct irq_work *irq_work)
{
	use_to_the_ends(1 + get_random_u32() % PAGE_SIZE);
}

static DEFINE_PER_CPU(struct irq_work, use_work);

static atomic_t cpus_left;
static DECLARE_COMPLETION(all_used);

static void use_here(struct work_struct *work)
{
	unsigned long i, n = pairs / num_online_cpus();

	for (i = 0; i < n; i++) {
		use_to_the_ends(1 + i * 61 % PAGE_SIZE);
		if (i % 1024)
			continue;
		irq_work_queue(this_cpu_ptr(&use_work));
		cond_resched();
	}
	irq_work_sync(this_cpu_ptr(&use_work));
	if (atomic_dec_and_test(&cpus_left))
		complete(&all_used);
}

static DEFINE_PER_CPU(struct work_struct, cpu_work);

static void use_on_all_cpus(void)
{
	int cpu;

	cpus_read_lock();
	atomic_set(&cpus_left, num_online_cpus());
	for_each_online_cpu(cpu) {
		init_irq_work(per_cpu_ptr(&use_work, cpu), use_in_irq);
		INIT_WORK(per_cpu_ptr(&cpu_work, cpu), use_here);
		schedule_work_on(cpu, per_cpu_ptr(&cpu_work, cpu));
	}
	/* The kernel complains of who waits for minutes and cannot be interrupted */
	while (wait_for_completion_interruptible(&all_used))
		;
	for_each_online_cpu(cpu)
		flush_work(per_cpu_ptr(&cpu_work, cpu));
	cpus_read_unlock();
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
	use_on_all_cpus();
	ok &= !atomic_read(&lost);
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
	const struct fault *all = debugged ? debug_faults : faults;
	unsigned int i, nr = debugged ? ARRAY_SIZE(debug_faults) : ARRAY_SIZE(faults);

	pr_info("KTAP version 1\n");
	pr_info("1..%u\n", nr + 4);
	check_use();
	for (i = 0; i < nr; i++)
		look_for(&all[i]);
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
MODULE_DESCRIPTION("Faults for guarded sampling and red zones to find in objects of gomalloc");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
