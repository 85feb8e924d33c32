// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_stress - all CPUs at once, in every context
 *
 * All CPUs allocate and free all sizes in task, softirq and hardirq, and hand
 * objects to each other through a table. Each object's contents are checked by
 * whoever frees it; the table is the model that the heap's counts must agree
 * with. A module of its own, so that it runs on kernels without KUnit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/gomalloc.h>
#include <linux/jiffies.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/timer.h>

#include "sizes.h"
#include "stamp.h"

#define STRESS_SLOTS	2048

static unsigned int ops = 200000;
module_param(ops, uint, 0444);
MODULE_PARM_DESC(ops, "operations, over all CPUs (default 200000)");

static unsigned int limit_kb;
module_param(limit_kb, uint, 0444);
MODULE_PARM_DESC(limit_kb, "KiB that the heap may hold, so little that it is often at this limit (default 0, no limit)");

enum stress_context { IN_TASK, IN_SOFTIRQ, IN_HARDIRQ, NR_CONTEXTS };

/* What lies in a slot; allocated from the same heap */
struct stress_object {
	void	*p;
	size_t	size;
	u32	seed;
};

struct stress_cpu;

struct stress {
	struct gomalloc_heap	*heap;
	struct stress_cpu __percpu *cpus;
	struct stress_object	*slot[STRESS_SLOTS];	/* xchg only */
	atomic_long_t		ops[NR_CONTEXTS];
	atomic_long_t		failed;		/* allocations */
	atomic_long_t		damaged;	/* objects */
	atomic_t		interrupts;	/* sent and not yet done with */
	bool			stop;
};

struct stress_cpu {
	struct stress		*stress;
	struct task_struct	*task;
	struct completion	started;
	struct timer_list	timer;
	struct irq_work		irq_work;
	struct irq_work		tick_work;
	call_single_data_t	csd;
	struct rnd_state	rnd[NR_CONTEXTS];
};

static void drop(struct stress *s, struct stress_object *o)
{
	if (!o)
		return;
	if (!stamped(o->p, o->size, o->seed))
		atomic_long_inc(&s->damaged);
	gofree(o->p);
	gofree(o);
}

static struct stress_object *make(struct stress *s, struct rnd_state *rnd,
				  gfp_t gfp)
{
	struct random_size size = random_size(rnd);
	struct stress_object *o;

	o = gomalloc_heap_alloc(s->heap, sizeof(*o), gfp, 0);
	if (!o)
		goto err;
	o->p = gomalloc_heap_alloc(s->heap, size.size, gfp,
				   size.noscan ? GOMALLOC_NOSCAN : 0);
	if (!o->p)
		goto err_free;
	o->size = size.size;
	o->seed = prandom_u32_state(rnd);
	stamp(o->p, o->size, o->seed);
	return o;

err_free:
	gofree(o);
err:
	atomic_long_inc(&s->failed);
	return NULL;
}

/* Two allocations or two frees, or four operations where both are due */
static void step(struct stress_cpu *c, enum stress_context context, gfp_t gfp)
{
	struct stress *s = c->stress;
	struct rnd_state *rnd = &c->rnd[context];
	u32 r = prandom_u32_state(rnd), at = r % STRESS_SLOTS;
	struct stress_object *new = NULL, *old;

	if (r >> 31)
		new = make(s, rnd, gfp | __GFP_NOWARN);
	/* Full barrier: what was stamped is seen by whoever takes it out */
	old = xchg(&s->slot[at], new);
	drop(s, old);
	atomic_long_add(2 * !!new + 2 * !!old, &s->ops[context]);
}

static void softirq_steps(struct timer_list *timer)
{
	struct stress_cpu *c = container_of(timer, struct stress_cpu, timer);
	int i;

	for (i = 0; i < 100; i++)
		step(c, IN_SOFTIRQ, GFP_ATOMIC);
	if (!READ_ONCE(c->stress->stop))
		mod_timer(timer, jiffies + 1);
}

static void irq_work_steps(struct irq_work *work)
{
	struct stress_cpu *c = container_of(work, struct stress_cpu, irq_work);

	step(c, IN_HARDIRQ, GFP_NOWAIT);
	step(c, IN_HARDIRQ, GFP_NOWAIT);
	atomic_dec(&c->stress->interrupts);
}

/* At each tick; few steps, lest the kernel warn of a long interrupt */
static void tick_steps(struct irq_work *work)
{
	struct stress_cpu *c = container_of(work, struct stress_cpu, tick_work);

	step(c, IN_HARDIRQ, GFP_NOWAIT);
	step(c, IN_HARDIRQ, GFP_NOWAIT);
	if (!READ_ONCE(c->stress->stop))
		irq_work_queue(work);
}

/* Allocators may be called from an irq_work, and not from here on RT */
static void queue_irq_work(void *data)
{
	struct stress_cpu *c = data;

	/* One that is queued already does for both */
	if (!irq_work_queue(&c->irq_work))
		atomic_dec(&c->stress->interrupts);
}

/* Interrupt the next CPU, wherever it is in its work */
static void interrupt_neighbour(struct stress_cpu *c)
{
	int cpu = cpumask_next(raw_smp_processor_id(), cpu_online_mask);

	/* The last one is still on its way */
	if (READ_ONCE(c->csd.node.u_flags))
		return;
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	INIT_CSD(&c->csd, queue_irq_work, per_cpu_ptr(c->stress->cpus, cpu));
	atomic_inc(&c->stress->interrupts);
	if (smp_call_function_single_async(cpu, &c->csd))
		atomic_dec(&c->stress->interrupts);
}

static long all_ops(struct stress *s)
{
	return atomic_long_read(&s->ops[IN_TASK]) +
	       atomic_long_read(&s->ops[IN_SOFTIRQ]) +
	       atomic_long_read(&s->ops[IN_HARDIRQ]);
}

/* Until there were enough operations, and some in every context */
static bool enough(struct stress *s)
{
	return all_ops(s) >= ops && atomic_long_read(&s->ops[IN_SOFTIRQ]) &&
	       atomic_long_read(&s->ops[IN_HARDIRQ]);
}

static int task_steps(void *data)
{
	struct stress_cpu *c = data;
	struct stress *s = c->stress;
	int i;

	complete(&c->started);
	irq_work_queue(&c->tick_work);
	mod_timer(&c->timer, jiffies + 1);
	while (!enough(s)) {
		for (i = 0; i < 100; i++)
			step(c, IN_TASK, GFP_KERNEL);
		interrupt_neighbour(c);
		cond_resched();
	}
	WRITE_ONCE(s->stop, true);
	timer_shutdown_sync(&c->timer);
	irq_work_sync(&c->tick_work);
	return 0;
}

static void prepare(struct stress *s, struct stress_cpu *c, int cpu)
{
	unsigned int i;

	c->stress = s;
	for (i = 0; i < NR_CONTEXTS; i++)
		prandom_seed_state(&c->rnd[i], cpu * 1000003 + i);
	init_completion(&c->started);
	init_irq_work(&c->irq_work, irq_work_steps);
	c->tick_work = IRQ_WORK_INIT_LAZY(tick_steps);
	timer_setup(&c->timer, softirq_steps, TIMER_PINNED);
}

static int start(struct stress_cpu *c, int cpu)
{
	c->task = kthread_create(task_steps, c, "gomalloc_stress/%d", cpu);
	if (IS_ERR(c->task))
		return PTR_ERR(c->task);
	get_task_struct(c->task);
	kthread_bind(c->task, cpu);
	wake_up_process(c->task);
	return 0;
}

/* Return: 0, or the error that some CPU could not be started for */
static int run_all_cpus(struct stress *s)
{
	struct task_struct *task;
	int cpu, err = 0;

	for_each_possible_cpu(cpu)
		prepare(s, per_cpu_ptr(s->cpus, cpu), cpu);
	for_each_online_cpu(cpu)
		err = err ?: start(per_cpu_ptr(s->cpus, cpu), cpu);
	/*
	 * One that has not begun would not begin any more; the others do not
	 * ask whether to stop: this waits for the end of each.
	 */
	for_each_online_cpu(cpu) {
		task = per_cpu_ptr(s->cpus, cpu)->task;
		if (IS_ERR_OR_NULL(task))
			continue;
		wait_for_completion(&per_cpu_ptr(s->cpus, cpu)->started);
		kthread_stop(task);
		put_task_struct(task);
	}
	/* An interrupt may be on its way to a CPU that has long finished */
	while (atomic_read(&s->interrupts))
		schedule_timeout_uninterruptible(1);
	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu_ptr(s->cpus, cpu)->irq_work);
	return err;
}

/* What lies in the table is what the heap must count */
static bool model_agrees(struct stress *s)
{
	struct gomalloc_stats stats;
	u64 expected = 0;
	unsigned int i;

	for (i = 0; i < STRESS_SLOTS; i++)
		expected += s->slot[i] ? 2 : 0;
	gomalloc_heap_stats(s->heap, &stats);
	if (stats.objects == expected && !stats.misuses)
		return true;
	pr_err("the heap counts %llu objects and %llu misuses, the model %llu and none\n",
	       stats.objects, stats.misuses, expected);
	return false;
}

/* As it was left, and again when all objects are freed */
static bool adds_up(struct stress *s)
{
	unsigned int i;

	if (gomalloc_heap_validate(s->heap))
		return false;
	for (i = 0; i < STRESS_SLOTS; i++)
		drop(s, s->slot[i]);
	return !gomalloc_heap_validate(s->heap);
}

static bool all_given_back(struct stress *s)
{
	struct gomalloc_stats stats;

	gomalloc_heap_trim(s->heap);
	gomalloc_heap_stats(s->heap, &stats);
	if (!stats.held_bytes)
		return true;
	pr_err("%llu bytes are still held, %llu objects\n", stats.held_bytes,
	       stats.objects);
	return false;
}

/* Requests failed for it, and never was there a page more */
static bool limit_was_kept(struct stress *s)
{
	u64 limit = (u64)limit_kb << 10;
	struct gomalloc_stats stats;

	gomalloc_heap_stats(s->heap, &stats);
	pr_info("at most %llu of %llu bytes were held\n", stats.peak_bytes,
		limit);
	return !limit || (stats.peak_bytes <= limit &&
			  stats.peak_bytes > limit / 2 &&
			  atomic_long_read(&s->failed));
}

static void show(struct stress *s)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(s->heap, &stats);
	pr_info("operations: task %ld softirq %ld hardirq %ld, %ld without memory\n",
		atomic_long_read(&s->ops[IN_TASK]),
		atomic_long_read(&s->ops[IN_SOFTIRQ]),
		atomic_long_read(&s->ops[IN_HARDIRQ]),
		atomic_long_read(&s->failed));
	pr_info("refills %llu sweeps %llu flushes %llu remote %llu busy %llu grows %llu\n",
		stats.refills, stats.sweeps, stats.flushes, stats.remote_frees,
		stats.busy, stats.grows);
}

static unsigned int tests;

static bool result(bool ok, const char *name)
{
	pr_info("%s %u %s\n", ok ? "ok" : "not ok", ++tests, name);
	return ok;
}

static int run(struct stress *s)
{
	int err = run_all_cpus(s);
	bool ok = true;

	if (err)
		return err;
	show(s);
	ok &= result(enough(s), "every context took part");
	ok &= result(model_agrees(s), "the heap agrees with the model");
	ok &= result(adds_up(s), "objects, spans and pages add up");
	ok &= result(all_given_back(s), "every page was given back");
	ok &= result(!atomic_long_read(&s->damaged),
		     "every object kept its contents");
	ok &= result(limit_was_kept(s), "the limit was reached and not passed");
	return ok ? 0 : -EIO;
}

static int __init stress_init(void)
{
	struct gomalloc_heap_params params = {
		.name = "stress",
		.limit = (size_t)limit_kb << 10,
	};
	struct stress *s;
	int err = -ENOMEM;

	s = kvzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->cpus = alloc_percpu(struct stress_cpu);
	if (!s->cpus)
		goto err_free;
	s->heap = gomalloc_heap_create(&params);
	if (IS_ERR(s->heap)) {
		err = PTR_ERR(s->heap);
		goto err_percpu;
	}
	pr_info("KTAP version 1\n");
	pr_info("1..6\n");
	err = run(s);
	gomalloc_heap_destroy(s->heap);
err_percpu:
	free_percpu(s->cpus);
err_free:
	kvfree(s);
	return err;
}

static void __exit stress_exit(void)
{
}

module_init(stress_init);
module_exit(stress_exit);
MODULE_DESCRIPTION("All CPUs at once, in every context");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
