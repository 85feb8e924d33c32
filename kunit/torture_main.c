// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_torture - everything at once, until every transition was seen
 *
 * Tasks, timers and interrupts on all CPUs allocate and free all sizes and
 * pass objects to each other, while heaps come and go, memory is reclaimed and
 * taken by others, and CPUs go offline. Each object is checked by whoever frees
 * it. In the end the heaps must count what the torture counts, every heap must
 * add up and no limit have been passed, every page be released, and every
 * counter of a transition be above zero: a run that did not go everywhere has
 * failed. A module apart from the unit tests, so that it runs on any kernel.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/torture.h>

#include "torture.h"

torture_param(ulong, ops, 2000000,
	      "operations, over all CPUs (default 2000000)");
torture_param(uint, least, 1,
	      "how often each transition has to be seen (default 1)");
torture_param(uint, onoff, 0,
	      "times that a CPU goes offline and comes back (default 0)");
torture_param(uint, limit_kb, 0,
	      "KiB that the main heap may hold, so few that it is often at this limit (default 0, no limit)");
torture_param(bool, pressure, true, "take all memory now and then (default Y)");
torture_param(uint, seed, 1, "of the random numbers (default 1)");
torture_param(uint, pairs, 2000,
	      "pairs of calls that go the shortest way, in a row (default 2000)");
torture_param(uint, patience, 60,
	      "seconds to go on for transitions that were not yet seen (default 60)");

torture_param(bool, others, false,
	      "others use the default heap meanwhile: what it holds is not counted (default N)");

static unsigned int tests;

static bool result(bool ok, const char *name)
{
	pr_info("%s %u %s\n", ok ? "ok" : "not ok", ++tests, name);
	return ok;
}

/*
 * === transitions ===
 */

/* Transitions that some machine does not have */
static bool is_expected(const char *name)
{
	if (!strcmp(name, "cpu_dead"))
		return torture_can_hotplug && onoff;
	if (!strcmp(name, "grow_elsewhere"))
		return num_online_nodes() > 1 && pressure;
	if (!strcmp(name, "grow_smaller"))
		return pressure;
	/* All interrupts are threads there, and gates have preemption off */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !strncmp(name, "busy_", 5))
		return false;
	return true;
}

/* Counter @nr of all heaps, those included that are no more */
static const char *sum_counter(struct torture *t, unsigned int nr, u64 *sum)
{
	const char *name = gomalloc_heap_counter(NULL, nr, sum);
	unsigned int i;
	u64 value;

	if (!name)
		return NULL;
	*sum = READ_ONCE(t->tally[nr]);
	for (i = 0; i < NR_HEAPS; i++) {
		gomalloc_heap_counter(t->heap[i], nr, &value);
		*sum += value;
	}
	return name;
}

/*
 * Return: how many transitions were not seen often enough; @last, if not NULL,
 * gets the name of one of them
 */
static unsigned int count_missing(struct torture *t, bool print,
				  const char **last)
{
	unsigned int nr, missing = 0;
	const char *name;
	bool ok;
	u64 sum;

	for (nr = 0; (name = sum_counter(t, nr, &sum)); nr++) {
		ok = sum >= least || !is_expected(name);
		missing += !ok;
		if (!ok && last)
			*last = name;
		if (print)
			pr_info("transition %-16s %12llu%s\n", name, sum,
				ok ? "" : " is too few");
	}
	return missing;
}

/*
 * === the model ===
 */

/* Heaps whose objects are known: the default one is the last */
static unsigned int nr_counted(void)
{
	return others ? HEAP_DEFAULT : NR_HEAPS;
}

/* Objects and misuses of these */
static struct gomalloc_stats sum_stats(struct torture *t)
{
	struct gomalloc_stats stats, sum = {};
	unsigned int i;

	for (i = 0; i < nr_counted(); i++) {
		gomalloc_heap_stats(t->heap[i], &stats);
		sum.objects += stats.objects;
		sum.misuses += stats.misuses;
	}
	return sum;
}

static u64 all_in_transit(struct torture *t)
{
	u64 sum = 0;
	unsigned int i, j;

	for (i = 0; i < t->nr_rings; i++) {
		for (j = 0; j < TORTURE_RING; j++)
			sum += !!t->ring[i].slot[j];
		for (j = 0; t->batch[i] && j < t->batch[i]->nr; j++)
			sum += !!t->batch[i]->word[j];
		sum += !!t->batch[i];
	}
	return sum;
}

static bool model_agrees(struct torture *t, u64 before)
{
	u64 live = sum_stats(t).objects, expected = all_in_transit(t) + before;

	if (live == expected)
		return true;
	pr_err("the heaps count %llu objects, the model %llu\n", live, expected);
	return false;
}

static void drop_everything(struct torture *t)
{
	unsigned int i, j;

	for (i = 0; i < t->nr_rings; i++) {
		for (j = 0; j < TORTURE_RING; j++)
			torture_drop(t, xchg(&t->ring[i].slot[j], 0), IN_TASK);
		torture_drop_batch(t, xchg(&t->batch[i], NULL));
		cond_resched();
	}
}

static bool all_valid(struct torture *t)
{
	bool valid = !t->invalid;
	unsigned int i;

	for (i = 0; i < nr_counted(); i++)
		valid &= !gomalloc_heap_validate(t->heap[i]);
	return valid;
}

/* Page reclaim may be about to release the last of it, and had it when this one came */
static bool is_released(struct gomalloc_heap *heap, struct gomalloc_stats *stats)
{
	int tries = 100;

	do {
		gomalloc_heap_trim(heap);
		gomalloc_heap_stats(heap, stats);
		if (!stats->held_bytes)
			return true;
		msleep(20);
	} while (--tries);
	return false;
}

/* The heaps of the torture, that is: others may use the default one */
static bool all_released(struct torture *t)
{
	struct gomalloc_stats stats;
	bool ok = true;
	unsigned int i;

	for (i = 0; i < HEAP_DEFAULT; i++) {
		if (is_released(t->heap[i], &stats))
			continue;
		pr_err("heap %u holds %llu bytes, %llu objects\n", i,
		       stats.held_bytes, stats.objects);
		ok = false;
	}
	return ok;
}

/* Never a page more; and where the main heap has a limit, requests failed for it */
static bool limits_were_kept(struct torture *t)
{
	struct gomalloc_stats stats;
	bool ok = true;
	unsigned int i;

	for (i = 0; i < NR_HEAPS; i++) {
		if (!t->limit[i])
			continue;
		gomalloc_heap_stats(t->heap[i], &stats);
		pr_info("heap %u held at most %llu of %zu bytes\n", i,
			stats.peak_bytes, t->limit[i]);
		ok &= stats.peak_bytes <= t->limit[i];
		if (i == HEAP_MAIN)
			ok &= stats.peak_bytes > t->limit[i] / 2 &&
			      atomic_long_read(&t->unmet);
	}
	return ok;
}

/*
 * === the run ===
 */

static unsigned long all_ops(struct torture *t, enum torture_context context)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(t->cpus, cpu)->ops[context]);
	return sum;
}

static unsigned long total_ops(struct torture *t)
{
	return all_ops(t, IN_TASK) + all_ops(t, IN_SOFTIRQ) +
	       all_ops(t, IN_HARDIRQ);
}

static bool enough(struct torture *t)
{
	return total_ops(t) >= ops &&
	       (t->onoff >= onoff || !torture_can_hotplug);
}

static void show_progress(struct torture *t)
{
	const char *missing = NULL;
	unsigned int n = count_missing(t, false, &missing);

	pr_info("so far %lu operations, %u heaps, %u CPUs offline and back, %u transitions to come%s%s\n",
		total_ops(t), t->heaps_made, t->onoff, n, n ? ": " : "",
		missing ?: "");
}

/* Until all was done that was asked for, and seen what there is to see */
static void wait_for_enough(struct torture *t)
{
	unsigned long next = jiffies + 10 * HZ, end = 0;

	while (!enough(t) || !end ||
	       (time_before(jiffies, end) && count_missing(t, false, NULL))) {
		msleep(50);
		if (enough(t) && !end)
			end = jiffies + patience * HZ;
		if (time_before(jiffies, next))
			continue;
		show_progress(t);
		next = jiffies + 10 * HZ;
	}
}

static int start(struct torture *t, struct torture_task *task,
		 int (*fn)(void *), const char *name)
{
	static unsigned int nr;
	struct task_struct *thread;

	task->t = t;
	prandom_seed_state(&task->rnd, seed * 1000003ULL + ++nr);
	thread = kthread_create(fn, task, "gomalloc_%s", name);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	task->task = thread;
	wake_up_process(thread);
	return 0;
}

static int start_all(struct torture *t, struct torture_task *tasks,
		     unsigned int workers)
{
	struct torture_task *other = tasks + workers;
	unsigned int i;
	int err = 0;

	for (i = 0; i < workers; i++)
		err = err ?: start(t, &tasks[i], torture_work, "work");
	err = err ?: start(t, other++, torture_churn, "churn");
	err = err ?: start(t, other++, torture_janitor, "janitor");
	if (pressure)
		err = err ?: start(t, other++, torture_hog, "hog");
	if (onoff && torture_can_hotplug)
		err = err ?: start(t, other++, torture_hotplug, "hotplug");
	return err;
}

static void stop_all(struct torture *t, struct torture_task *tasks,
		     unsigned int nr)
{
	while (nr--) {
		if (tasks[nr].task)
			kthread_stop(tasks[nr].task);
	}
	torture_irq_exit(t);
	/* Those of gofree_rcu() */
	rcu_barrier();
}

static void show(struct torture *t)
{
	pr_info("operations: task %lu softirq %lu hardirq %lu, %ld without memory\n",
		all_ops(t, IN_TASK), all_ops(t, IN_SOFTIRQ),
		all_ops(t, IN_HARDIRQ), atomic_long_read(&t->unmet));
	pr_info("%u heaps came and went, %u times a CPU did\n", t->heaps_made,
		t->onoff);
}

static bool judge(struct torture *t, u64 before)
{
	bool ok = true;

	show(t);
	ok &= result(enough(t) && all_ops(t, IN_SOFTIRQ) &&
		     all_ops(t, IN_HARDIRQ), "every context took part");
	ok &= result(model_agrees(t, before), "the heaps agree with the model");
	ok &= result(all_valid(t), "objects, spans and pages add up");
	drop_everything(t);
	ok &= result(all_valid(t), "and again, when all are freed");
	ok &= result(!atomic_long_read(&t->damaged),
		     "every object kept its contents");
	ok &= result(!atomic_long_read(&t->twice),
		     "no object was handed out twice");
	ok &= result(!atomic_long_read(&t->slept),
		     "no hardirq took a lock that sleeps on PREEMPT_RT");
	ok &= result(!sum_stats(t).misuses, "no free was refused");
	ok &= result(limits_were_kept(t), "limits were reached and not passed");
	ok &= result(all_released(t), "every page was released");
	ok &= result(!count_missing(t, true, NULL),
		     "every transition was seen");
	return ok;
}

static int run(struct torture *t)
{
	unsigned int workers = num_online_cpus(), nr = workers + 4;
	struct torture_task *tasks;
	u64 before = sum_stats(t).objects;
	int err;

	tasks = kcalloc(nr, sizeof(*tasks), GFP_KERNEL);
	if (!tasks)
		return -ENOMEM;
	pr_info("KTAP version 1\n");
	pr_info("1..11\n");
	err = start_all(t, tasks, workers);
	if (!err)
		wait_for_enough(t);
	stop_all(t, tasks, nr);
	kfree(tasks);
	if (!err && !judge(t, before))
		err = -EIO;
	return err;
}

static const struct gomalloc_heap_params params[HEAP_DEFAULT] = {
	[HEAP_MAIN] = { .name = "torture", .cache_limit = SZ_512K },
	[HEAP_DIRECT] = {
		.name = "torture-direct",
		.flags = GOMALLOC_HEAP_NO_RECYCLE,
	},
	[HEAP_HARD] = {
		.name = "torture-hard",
		.quarantine = 200,
		.flags = GOMALLOC_HEAP_RANDOM | GOMALLOC_HEAP_ZERO_FREE,
	},
	[HEAP_TIGHT] = { .name = "torture-tight" },
};

static void destroy_heaps(struct torture *t)
{
	unsigned int i;

	for (i = 0; i < HEAP_DEFAULT; i++)
		gomalloc_heap_destroy(t->heap[i]);
}

static int create_heaps(struct torture *t)
{
	unsigned int i;

	for (i = 0; i < HEAP_DEFAULT; i++) {
		struct gomalloc_heap_params p = params[i];

		p.limit = t->limit[i];
		t->heap[i] = gomalloc_heap_create(&p);
		if (IS_ERR(t->heap[i]))
			return PTR_ERR(t->heap[i]);
	}
	return 0;
}

static int __init torture_init(void)
{
	struct torture *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	int err = -ENOMEM;

	if (!t)
		return err;
	mutex_init(&t->quiet);
	t->hot = 64;
	t->pairs = pairs;
	t->others = others;
	t->limit[HEAP_MAIN] = (size_t)limit_kb << 10;
	t->limit[HEAP_TIGHT] = SZ_1M;
	/* The hog may have all memory, and no program is to be killed for it */
	t->gfp = GFP_KERNEL | __GFP_NOWARN | (pressure ? __GFP_NORETRY : 0);
	t->nr_rings = 4 * num_online_cpus();
	t->ring = kvcalloc(t->nr_rings, sizeof(*t->ring), GFP_KERNEL);
	t->batch = kvcalloc(t->nr_rings, sizeof(*t->batch), GFP_KERNEL);
	t->cpus = alloc_percpu(struct torture_cpu);
	if (!t->ring || !t->batch || !t->cpus)
		goto out;
	torture_irq_init(t);
	err = create_heaps(t);
	if (!err)
		err = run(t);
	destroy_heaps(t);
out:
	free_percpu(t->cpus);
	kvfree(t->batch);
	kvfree(t->ring);
	kvfree(t);
	return err;
}

static void __exit torture_exit(void)
{
}

module_init(torture_init);
module_exit(torture_exit);
MODULE_DESCRIPTION("Everything at once, until every transition was seen");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
