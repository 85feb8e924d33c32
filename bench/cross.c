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
#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "bench.h"
#include "crew.h"

/* Of scale, so that a measurement takes milliseconds */
#define SCALE_ROUNDS	20

/**
 * struct worker - what one of the CPUs works on
 * @team: the others
 * @id: from 0
 * @ctx: its part of the objects
 */
struct worker {
	struct team	*team;
	unsigned int	id;
	struct bench_ctx ctx;
};

/**
 * struct team - the CPUs of a case
 * @nr: their number
 * @ops: the allocator
 * @work: what each does
 * @ring: for some
 * @worker: the CPUs
 */
struct team {
	unsigned int		nr;
	const struct bench_ops	*ops;
	void			(*work)(struct worker *w);
	struct bench_ring	ring;
	struct worker		worker[];
};

static void work_member(void *data, unsigned int id)
{
	struct team *team = data;

	team->work(&team->worker[id]);
}

/* Return: the time from the first start to the last end; 0: no threads */
static u64 work_together(struct team *team, void (*work)(struct worker *w))
{
	team->work = work;
	return crew_run(team->nr, work_member, team);
}

/* The work of all of them, here. Return: the time. */
static u64 work_here(struct team *team, void (*work)(struct worker *w))
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < team->nr; i++)
		work(&team->worker[i]);
	return ktime_get_ns() - start;
}

static void work_ring(struct worker *w)
{
	struct team *team = w->team;

	if (!w->id)
		team->ops->produce(&team->ring, w->ctx.loops, w->ctx.size);
	else if (w->id == 1)
		team->ops->consume(&team->ring, w->ctx.loops);
}

static void work_fill(struct worker *w)
{
	w->team->ops->fill(&w->ctx);
}

static void work_drain(struct worker *w)
{
	w->team->ops->drain(&w->ctx);
}

static void work_scale(struct worker *w)
{
	w->team->ops->live(&w->ctx);
}

static void work_scale_batch(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < SCALE_ROUNDS; i++)
		w->team->ops->batch(&w->ctx);
}

/* Each function: thousandths of a unit per operation */
static u64 run_ring(struct team *team, unsigned int nr)
{
	team->ring.head = 0;
	team->ring.tail = 0;
	return div_u64(work_together(team, work_ring) * 1000,
		       team->worker[0].ctx.loops);
}

static u64 run_all_one(struct team *team, unsigned int nr)
{
	u64 ns = work_together(team, work_fill);

	ns += work_here(team, work_drain);
	return div_u64(ns * 1000, nr);
}

static u64 run_one_all(struct team *team, unsigned int nr)
{
	u64 ns = work_here(team, work_fill);

	ns += work_together(team, work_drain);
	return div_u64(ns * 1000, nr);
}

static u64 run_scale(struct team *team, unsigned int nr)
{
	u64 ns;

	work_together(team, work_fill);
	ns = work_together(team, work_scale);
	work_together(team, work_drain);
	return div_u64(ns * 1000, team->worker[0].ctx.loops);
}

static u64 run_scale_batch(struct team *team, unsigned int nr)
{
	return div_u64(work_together(team, work_scale_batch) * 1000,
		       SCALE_ROUNDS * team->worker[0].ctx.nr);
}

static const struct cross_case {
	const char	*name;
	u64		(*run)(struct team *team, unsigned int nr);
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
static struct team *make_team(const struct bench_ctx *c, unsigned int nr)
{
	struct team *team = kzalloc(struct_size(team, worker, nr), GFP_KERNEL);
	unsigned int i, part = c->nr * nr > BENCH_OBJECTS ? c->nr / nr : c->nr;

	if (!team)
		return NULL;
	team->nr = nr;
	for (i = 0; i < nr; i++) {
		team->worker[i].team = team;
		team->worker[i].id = i;
		team->worker[i].ctx = *c;
		team->worker[i].ctx.objects += i * part;
		team->worker[i].ctx.nr = part;
	}
	return team;
}

static int run_case(const struct cross_case *cc, const struct bench_ctx *c,
		    unsigned int cpus)
{
	struct team *team = make_team(c, cpus);
	static struct bench_row row;
	unsigned int round, a;
	u64 locks = 0;

	if (!team)
		return -ENOMEM;
	/* Begin with spans of one CPU each, not with what other cases left */
	gomalloc_heap_trim(NULL);
	for (round = 0; round < bench_rounds(); round++) {
		for (a = 0; a < BENCH_NR_ALLOCATORS; a++) {
			team->ops = bench_ops_of[a];
			locks = a == BENCH_GOMALLOC ? bench_locks() : locks;
			row.v[a][round] = cc->run(team, c->nr);
			if (a == BENCH_GOMALLOC)
				locks = bench_locks() - locks;
		}
	}
	bench_print(cc->name, c->size, cpus, &row, div_u64(locks * 1000, c->nr));
	kfree(team);
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
