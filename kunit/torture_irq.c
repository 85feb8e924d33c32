// SPDX-License-Identifier: GPL-2.0
/*
 * torture_irq - interrupts that meet a CPU wherever it is
 *
 * The tasks set them off, to come after some microseconds, each on its CPU.
 * What an interrupt does is of the size that it interrupts, as often as not.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/smp.h>

#include "compat.h"
#include "torture.h"

/*
 * Also on PREEMPT_RT a hardirq. Other kernels take it for a place where a spinlock may
 * be taken.
 */
#define HRTIMER_MODE	(IS_ENABLED(CONFIG_PREEMPT_RT) ?		\
			 HRTIMER_MODE_REL_PINNED_HARD : HRTIMER_MODE_REL_PINNED)

static void steps(struct torture *t, enum torture_context context,
		  unsigned int n)
{
	struct torture_cpu *c = raw_cpu_ptr(t->cpus);
	struct rnd_state *rnd = &c->rnd[context];

	while (n--)
		torture_step(t, rnd, draw(rnd, 2) ? READ_ONCE(c->hint) : 0,
			     context);
}

/*
 * === no lock that sleeps ===
 */

/*
 * On PREEMPT_RT the kernel's allocators take locks that sleep, and a stock kernel does
 * not look where. Here is looked: between the two is one CPU, without interrupts.
 */
static DEFINE_PER_CPU(bool, in_our_hardirq);

#if IS_ENABLED(CONFIG_PREEMPT_RT) && IS_ENABLED(CONFIG_KPROBES)
static atomic_long_t *slept;

static int takes_lock(struct kprobe *probe, struct pt_regs *regs)
{
	if (this_cpu_read(in_our_hardirq))
		atomic_long_inc(slept);
	return 0;
}

static struct kprobe lock_probe = {
	.symbol_name = "rt_spin_lock",
	.pre_handler = takes_lock,
};

static void probe_init(struct torture *t)
{
	slept = &t->slept;
	if (register_kprobe(&lock_probe)) {
		pr_err("no probe of rt_spin_lock()\n");
		atomic_long_inc(slept);
	}
}

static void probe_exit(void)
{
	unregister_kprobe(&lock_probe);
}
#else
static void probe_init(struct torture *t)
{
}

static void probe_exit(void)
{
}
#endif

/*
 * === interrupts ===
 */

static void timer_fires(struct timer_list *timer)
{
	struct torture_cpu *c = container_of(timer, struct torture_cpu, timer);

	steps(c->torture, IN_SOFTIRQ, 40);
}

static enum hrtimer_restart hrtimer_fires(struct hrtimer *hrtimer)
{
	struct torture_cpu *c = container_of(hrtimer, struct torture_cpu,
					     hrtimer);

	this_cpu_write(in_our_hardirq, true);
	steps(c->torture, IN_HARDIRQ, 4);
	this_cpu_write(in_our_hardirq, false);
	return HRTIMER_NORESTART;
}

static void work_runs(struct irq_work *work)
{
	struct torture_cpu *c = container_of(work, struct torture_cpu, work);

	steps(c->torture, IN_HARDIRQ, 2);
}

/* Allocators may be called from an irq_work, and not from here on PREEMPT_RT */
static void queue_work_here(void *data)
{
	struct torture *t = data;

	irq_work_queue(&raw_cpu_ptr(t->cpus)->work);
}

/*
 * Let this CPU be interrupted soon, and now and then any one at once. An
 * interrupt that is under way does for that.
 */
void torture_irq_kick(struct torture *t, struct rnd_state *rnd, size_t hint)
{
	u32 ns = draw(rnd, 20000), cpu = draw(rnd, 8 * nr_cpu_ids);
	struct torture_cpu *c;

	/* A timer that is on its way may only be started again on this CPU */
	preempt_disable();
	c = raw_cpu_ptr(t->cpus);
	WRITE_ONCE(c->hint, hint);
	if (!timer_pending(&c->timer))
		mod_timer(&c->timer, jiffies + 1);
	if (!hrtimer_active(&c->hrtimer))
		hrtimer_start(&c->hrtimer, ns_to_ktime(ns), HRTIMER_MODE);
	preempt_enable();
	/* One that is offline gets none */
	if (cpu < nr_cpu_ids)
		smp_call_function_single(cpu, queue_work_here, t, true);
}

void torture_irq_init(struct torture *t)
{
	struct torture_cpu *c;
	unsigned int i;
	int cpu;

	probe_init(t);
	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(t->cpus, cpu);
		c->torture = t;
		timer_setup(&c->timer, timer_fires, TIMER_PINNED);
		compat_hrtimer_setup(&c->hrtimer, hrtimer_fires, HRTIMER_MODE);
		init_irq_work(&c->work, work_runs);
		for (i = 0; i < NR_CONTEXTS; i++)
			prandom_seed_state(&c->rnd[i], cpu * 65537 + i);
	}
}

/* The tasks are gone */
void torture_irq_exit(struct torture *t)
{
	struct torture_cpu *c;
	int cpu;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(t->cpus, cpu);
		timer_shutdown_sync(&c->timer);
		hrtimer_cancel(&c->hrtimer);
		irq_work_sync(&c->work);
	}
	probe_exit();
}
