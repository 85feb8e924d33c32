// SPDX-License-Identifier: GPL-2.0
/*
 * clock - what a rig takes for steps that allocators are made of
 *
 * On a processor each of them is a few nanoseconds. Where one is not, as in a
 * kernel that asks a host to keep interrupts out, a figure in time of code that
 * has it tells of the rig, not of the code. None has a figure of kmalloc.
 */
#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "bench.h"

static DEFINE_PER_CPU(unsigned long, clock_count);
static DEFINE_RAW_SPINLOCK(clock_lock);

static void clock_empty(unsigned int n)
{
	while (n--)
		barrier();
}

static void clock_irq(unsigned int n)
{
	unsigned long flags;

	while (n--) {
		local_irq_save(flags);
		local_irq_restore(flags);
	}
}

static void clock_spin_irq(unsigned int n)
{
	unsigned long flags;

	while (n--) {
		raw_spin_lock_irqsave(&clock_lock, flags);
		raw_spin_unlock_irqrestore(&clock_lock, flags);
	}
}

static void clock_spin(unsigned int n)
{
	while (n--) {
		raw_spin_lock(&clock_lock);
		raw_spin_unlock(&clock_lock);
	}
}

static void clock_this_cpu(unsigned int n)
{
	while (n--)
		this_cpu_add(clock_count, 1);
}

static void clock_raw_cpu(unsigned int n)
{
	preempt_disable();
	while (n--) {
		raw_cpu_add(clock_count, 1);
		barrier();
	}
	preempt_enable();
}

static void clock_preempt(unsigned int n)
{
	while (n--) {
		preempt_disable();
		preempt_enable();
	}
}

static void clock_cpu(unsigned int n)
{
	while (n--) {
		(void)raw_smp_processor_id();
		barrier();
	}
}

static const struct step {
	const char	*name;
	void		(*run)(unsigned int n);
} steps[] = {
	{ "clock_irq", clock_irq },
	{ "clock_spin_irq", clock_spin_irq },
	{ "clock_spin", clock_spin },
	{ "clock_this_cpu", clock_this_cpu },
	{ "clock_raw_cpu", clock_raw_cpu },
	{ "clock_preempt", clock_preempt },
	{ "clock_cpu", clock_cpu },
};

/* Return: thousandths of a unit for one */
static u64 measure(void (*run)(unsigned int n), unsigned int loops)
{
	u64 start = ktime_get_ns();

	run(loops);
	return div64_ul((ktime_get_ns() - start) * 1000, loops);
}

void bench_clock(void)
{
	unsigned int loops = bench_loops(), round, i;
	static struct bench_row row;

	if (!bench_wanted("clock"))
		return;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		for (round = 0; round < bench_rounds(); round++) {
			row.v[BENCH_EMPTY][round] = measure(clock_empty, loops);
			row.v[BENCH_GOMALLOC][round] = measure(steps[i].run, loops);
			cond_resched();
		}
		bench_print(steps[i].name, 1, 1, &row, 0);
	}
}
