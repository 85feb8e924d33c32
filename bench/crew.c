// SPDX-License-Identifier: GPL-2.0
/*
 * crew - threads on CPUs of their own, which begin together
 *
 * They would not be in each other's way if one was done before another began.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "crew.h"

struct crew;

/**
 * struct member - a thread of a crew
 * @crew: the others
 * @task: it
 * @id: from 0
 * @start: when it began, of ktime_get_ns()
 * @end: when it ended
 */
struct member {
	struct crew		*crew;
	struct task_struct	*task;
	unsigned int		id;
	u64			start;
	u64			end;
};

/**
 * struct crew - threads that begin together
 * @nr: their number
 * @waiting: those that are not yet ready
 * @running: those that are not yet done
 * @done: the last is
 * @fn: what each does
 * @data: with this
 * @member: the threads
 */
struct crew {
	unsigned int		nr;
	atomic_t		waiting;
	atomic_t		running;
	struct completion	done;
	crew_fn			fn;
	void			*data;
	struct member		member[];
};

static int member_thread(void *data)
{
	struct member *m = data;
	struct crew *crew = m->crew;

	atomic_dec(&crew->waiting);
	while (atomic_read(&crew->waiting))
		cpu_relax();
	m->start = ktime_get_ns();
	crew->fn(crew->data, m->id);
	m->end = ktime_get_ns();
	if (atomic_dec_and_test(&crew->running))
		complete(&crew->done);
	return 0;
}

static int create_members(struct crew *crew)
{
	unsigned int i, cpu = cpumask_first(cpu_online_mask);
	struct task_struct *task;
	struct member *m;

	for (i = 0; i < crew->nr; i++) {
		m = &crew->member[i];
		m->crew = crew;
		m->id = i;
		task = kthread_create_on_cpu(member_thread, m, cpu, "bench/%u");
		if (IS_ERR(task))
			return PTR_ERR(task);
		m->task = task;
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	return 0;
}

/* Return: the time from the first start to the last end */
static u64 crew_time(const struct crew *crew)
{
	u64 start = U64_MAX, end = 0;
	unsigned int i;

	for (i = 0; i < crew->nr; i++) {
		start = min(start, crew->member[i].start);
		end = max(end, crew->member[i].end);
	}
	return end - start;
}

/**
 * crew_run() - do something on several CPUs at once
 * @nr: on so many, of those that are online
 * @fn: what each of them does
 * @data: with this
 *
 * Return: the time that it took all of them; 0: no threads.
 */
u64 crew_run(unsigned int nr, crew_fn fn, void *data)
{
	struct crew *crew = kzalloc(struct_size(crew, member, nr), GFP_KERNEL);
	unsigned int i;
	u64 ns = 0;
	int err;

	if (!crew)
		return 0;
	crew->nr = nr;
	crew->fn = fn;
	crew->data = data;
	atomic_set(&crew->waiting, nr);
	atomic_set(&crew->running, nr);
	init_completion(&crew->done);
	err = create_members(crew);
	for (i = 0; i < nr && crew->member[i].task; i++) {
		if (err)
			kthread_stop(crew->member[i].task);
		else
			wake_up_process(crew->member[i].task);
	}
	if (!err) {
		wait_for_completion(&crew->done);
		ns = crew_time(crew);
	}
	kfree(crew);
	return ns;
}
