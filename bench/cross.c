// SPDX-License-Identifier: GPL-2.0
/*
 * cross - cases of several CPUs
 *
 * ring: one CPU allocates and another frees. all_one: each allocates its part,
 * then one frees all of it. one_all: one allocates, then each frees its part.
 * scale: each has objects of its own, which fit in its caches; scale_batch: so
 * many that they do not. The figure is the time of one operation on one CPU, so
 * that it would stay the same if nothing were in the way.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bench.h"

/* Of scale, so that a measurement takes milliseconds */
#define SCALE_ROUNDS	20

struct crew;

/**
 * struct worker - a thread on a CPU of its own
 * @crew: the others
 * @id: from 0
 * @start: when it began, of ktime_get_ns()
 * @end: when it ended
 * @ctx: its part of the objects
 */
struct worker {
	struct crew	*crew;
	unsigned int	id;
	u64		start;
	u64		end;
	struct bench_ctx ctx;
};

/**
 * struct crew - threads that begin together
 * @nr: their number
 * @waiting: those that are not yet ready
 * @running: those that are not yet done
 * @done: the last is
 * @ops: the allocator
 * @work: what each does
 * @ring: for some
 * @worker: the threads
 */
struct crew {
	unsigned int		nr;
	atomic_t		waiting;
	atomic_t		running;
	struct completion	done;
	const struct bench_ops	*ops;
	void			(*work)(struct worker *w);
	struct bench_ring	ring;
	struct worker		worker[];
};

static int worker_thread(void *data)
{
	struct worker *w = data;
	struct crew *crew = w->crew;

	/* All begin at the same time, or they would not be in each other's way */
	atomic_dec(&crew->waiting);
	while (atomic_read(&crew->waiting))
		cpu_relax();
	w->start = ktime_get_ns();
	crew->work(w);
	w->end = ktime_get_ns();
	if (atomic_dec_and_test(&crew->running))
		complete(&crew->done);
	return 0;
}

static int start_workers(struct crew *crew, struct task_struct **task)
{
	unsigned int i, cpu = cpumask_first(cpu_online_mask);

	for (i = 0; i < crew->nr; i++) {
		task[i] = kthread_create_on_cpu(worker_thread, &crew->worker[i],
						cpu, "bench/%u");
		if (IS_ERR(task[i]))
			return PTR_ERR(task[i]);
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	return 0;
}

/* Return: the time from the first start to the last end; 0: no threads */
static u64 crew_work(struct crew *crew, void (*work)(struct worker *w))
{
	struct task_struct **task = kcalloc(crew->nr, sizeof(*task), GFP_KERNEL);
	u64 start = U64_MAX, end = 0;
	unsigned int i;
	int err = -ENOMEM;

	crew->work = work;
	atomic_set(&crew->waiting, crew->nr);
	atomic_set(&crew->running, crew->nr);
	reinit_completion(&crew->done);
	if (task)
		err = start_workers(crew, task);
	for (i = 0; task && i < crew->nr && !IS_ERR_OR_NULL(task[i]); i++) {
		if (err)
			kthread_stop(task[i]);
		else
			wake_up_process(task[i]);
	}
	kfree(task);
	if (err)
		return 0;
	wait_for_completion(&crew->done);
	for (i = 0; i < crew->nr; i++) {
		start = min(start, crew->worker[i].start);
		end = max(end, crew->worker[i].end);
	}
	return end - start;
}

/* The work of all of them, here. Return: the time. */
static u64 work_here(struct crew *crew, void (*work)(struct worker *w))
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < crew->nr; i++)
		work(&crew->worker[i]);
	return ktime_get_ns() - start;
}

static void work_ring(struct worker *w)
{
	struct crew *crew = w->crew;

	if (!w->id)
		crew->ops->produce(&crew->ring, w->ctx.loops, w->ctx.size);
	else if (w->id == 1)
		crew->ops->consume(&crew->ring, w->ctx.loops);
}

static void work_fill(struct worker *w)
{
	w->crew->ops->fill(&w->ctx);
}

static void work_drain(struct worker *w)
{
	w->crew->ops->drain(&w->ctx);
}

static void work_scale(struct worker *w)
{
	w->crew->ops->live(&w->ctx);
}

static void work_scale_batch(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < SCALE_ROUNDS; i++)
		w->crew->ops->batch(&w->ctx);
}

/* Each function: thousandths of a unit per operation */
static u64 run_ring(struct crew *crew, unsigned int nr)
{
	crew->ring.head = 0;
	crew->ring.tail = 0;
	return div_u64(crew_work(crew, work_ring) * 1000,
		       crew->worker[0].ctx.loops);
}

static u64 run_all_one(struct crew *crew, unsigned int nr)
{
	u64 ns = crew_work(crew, work_fill);

	ns += work_here(crew, work_drain);
	return div_u64(ns * 1000, nr);
}

static u64 run_one_all(struct crew *crew, unsigned int nr)
{
	u64 ns = work_here(crew, work_fill);

	ns += crew_work(crew, work_drain);
	return div_u64(ns * 1000, nr);
}

static u64 run_scale(struct crew *crew, unsigned int nr)
{
	u64 ns;

	crew_work(crew, work_fill);
	ns = crew_work(crew, work_scale);
	crew_work(crew, work_drain);
	return div_u64(ns * 1000, crew->worker[0].ctx.loops);
}

static u64 run_scale_batch(struct crew *crew, unsigned int nr)
{
	return div_u64(crew_work(crew, work_scale_batch) * 1000,
		       SCALE_ROUNDS * crew->worker[0].ctx.nr);
}

static const struct cross_case {
	const char	*name;
	u64		(*run)(struct crew *crew, unsigned int nr);
	unsigned int	from;		/* so many CPUs */
	unsigned int	objects;	/* live at most */
} cross_cases[] = {
	{ "ring", run_ring, 2, BENCH_OBJECTS },
	{ "all_one", run_all_one, 2, BENCH_OBJECTS },
	{ "one_all", run_one_all, 2, BENCH_OBJECTS },
	{ "scale", run_scale, 1, 128 },
	{ "scale_batch", run_scale_batch, 1, BENCH_OBJECTS },
};

/* Each worker gets its part of the objects, or as many if there is room */
static struct crew *make_crew(const struct bench_ctx *c, unsigned int nr)
{
	struct crew *crew = kzalloc(struct_size(crew, worker, nr), GFP_KERNEL);
	unsigned int i, part = c->nr * nr > BENCH_OBJECTS ? c->nr / nr : c->nr;

	if (!crew)
		return NULL;
	crew->nr = nr;
	init_completion(&crew->done);
	for (i = 0; i < nr; i++) {
		crew->worker[i].crew = crew;
		crew->worker[i].id = i;
		crew->worker[i].ctx = *c;
		crew->worker[i].ctx.objects += i * part;
		crew->worker[i].ctx.nr = part;
	}
	return crew;
}

static int run_case(const struct cross_case *cc, const struct bench_ctx *c,
		    unsigned int cpus)
{
	struct crew *crew = make_crew(c, cpus);
	static struct bench_row row;
	unsigned int round, a;
	u64 locks = 0;

	if (!crew)
		return -ENOMEM;
	/* Begin with spans of one CPU each, not with what other cases left */
	gomalloc_heap_trim(NULL);
	for (round = 0; round < bench_rounds(); round++) {
		for (a = 0; a < BENCH_NR_ALLOCATORS; a++) {
			crew->ops = bench_ops_of[a];
			locks = a == BENCH_GOMALLOC ? bench_locks() : locks;
			row.v[a][round] = cc->run(crew, c->nr);
			if (a == BENCH_GOMALLOC)
				locks = bench_locks() - locks;
		}
	}
	bench_print(cc->name, c->size, cpus, &row, div_u64(locks * 1000, c->nr));
	kfree(crew);
	return 0;
}

int bench_cross(struct bench_ctx *c)
{
	static const size_t sizes[] = { 64, 256, 1024, 4096 };
	unsigned int i, j, cpus;
	int err = 0;

	c->mixed = false;
	for (i = 0; i < ARRAY_SIZE(cross_cases); i++) {
		if (!bench_wanted(cross_cases[i].name))
			continue;
		/* Many, where each is short */
		c->loops = bench_loops() *
			   (cross_cases[i].run == run_scale ? SCALE_ROUNDS : 2);
		bench_objects(c, cross_cases[i].objects);
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			c->size = sizes[j];
			cpus = cross_cases[i].from;
			for (; cpus <= num_online_cpus() && !err; cpus *= 2)
				err = run_case(&cross_cases[i], c, cpus);
		}
	}
	return err;
}
