// SPDX-License-Identifier: GPL-2.0
/*
 * workloads - what programs and kernels do with an allocator
 *
 * Each runs on 1, 2, 4... CPUs, from the same random numbers for all allocators,
 * in turns; once to have objects of all ages, and then for the clock. The
 * figure is the time of one operation on one CPU. The rows with "_peak",
 * "_after" and "_trimmed" are pages that an allocator has taken from the page
 * allocator: when most is live, when all is freed, and when it is trimmed, too.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/gomalloc.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "crew.h"
#include "pages.h"
#include "work.h"

static const char *const names[WORK_NR] = {
	[WORK_LARSON]		= "larson",
	[WORK_MSTRESS]		= "mstress",
	[WORK_FILL_FREE]	= "fill_free",
	[WORK_XMALLOC]		= "xmalloc",
	[WORK_CACHE_THRASH]	= "cache_thrash",
	[WORK_CACHE_SCRATCH]	= "cache_scratch",
	[WORK_SH6BENCH]		= "sh6bench",
	[WORK_SKB]		= "skb",
	[WORK_DENTRY]		= "dentry",
};

static const struct work_ops *const work_ops_of[BENCH_NR_ALLOCATORS] = {
	[BENCH_EMPTY] = &work_ops_empty,
	[BENCH_GOMALLOC] = &work_ops_gomalloc,
	[BENCH_KMALLOC] = &work_ops_kmalloc,
};

/**
 * struct gang - the workers of a workload
 * @ops: the allocator
 * @kind: the workload
 * @nr: number of workers
 * @object: all there can be
 * @nr_objects: their number
 * @share: what the workers share
 * @work: the workers
 */
struct gang {
	const struct work_ops	*ops;
	enum work_kind		kind;
	unsigned int		nr;
	void			**object;
	size_t			nr_objects;
	struct work_share	share;
	struct work		work[];
};

/* See work_mark(). The others run on, and the first is as good as any. */
void work_look(struct work *w)
{
	*w->least = min(*w->least, count_free_pages());
}

/* Arrays wander from hand to hand; begin with each in its place */
static void gang_reset(struct gang *gang)
{
	void **at = gang->object;
	struct work *w;
	unsigned int i;

	for (i = 0; i < gang->nr; i++) {
		w = &gang->work[i];
		*w = (struct work){
			.share = &gang->share,
			.id = i,
			.loops = bench_loops(),
			.random = 2463534242 + i,
			.slot = at,
			.batch = at + WORK_SLOTS,
		};
		at += WORK_SLOTS + WORK_BATCH;
	}
	for (i = 0; i < WORK_BOXES; i++, at += WORK_BATCH)
		gang->share.box[i] = at;
	gang->share.spare = at;
	gang->share.object = at + WORK_SLOTS;
}

static struct gang *gang_create(enum work_kind kind, unsigned int nr)
{
	struct gang *gang = kzalloc(struct_size(gang, work, nr), GFP_KERNEL);

	if (!gang)
		return NULL;
	gang->kind = kind;
	gang->nr = nr;
	gang->nr_objects = nr * (WORK_SLOTS + WORK_BATCH) +
			   WORK_BOXES * WORK_BATCH + 2 * WORK_SLOTS;
	gang->object = vzalloc(array_size(gang->nr_objects, sizeof(void *)));
	if (!gang->object) {
		kfree(gang);
		return NULL;
	}
	return gang;
}

static void gang_destroy(struct gang *gang)
{
	vfree(gang->object);
	kfree(gang);
}

static void gang_member(void *data, unsigned int id)
{
	struct gang *gang = data;

	gang->ops->run[gang->kind](&gang->work[id]);
}

/* Return: thousandths of a unit per operation */
static u64 gang_run(struct gang *gang)
{
	u64 ns = crew_run(gang->nr, gang_member, gang), done = 0;
	unsigned int i;

	for (i = 0; i < gang->nr; i++)
		done += gang->work[i].done;
	return done ? div64_u64(ns * 1000 * gang->nr, done) : 0;
}

/* For the clock or, if @least is there, for the pages */
static u64 measure(struct gang *gang, enum bench_allocator a, long *least)
{
	u64 figure;

	gang->ops = work_ops_of[a];
	gang_reset(gang);
	gang->work[0].least = least;
	if (gang->kind == WORK_CACHE_SCRATCH)
		gang->ops->fill(gang->share.object, gang->nr);
	gang_run(gang);
	figure = gang_run(gang);
	gang->ops->drain(gang->object, gang->nr_objects);
	return figure;
}

static void run_clock(struct gang *gang)
{
	static struct bench_row row;
	unsigned int round, a;
	u64 locks = 0;

	for (round = 0; round < bench_rounds(); round++) {
		for (a = 0; a < BENCH_NR_ALLOCATORS; a++) {
			locks = a == BENCH_GOMALLOC ? bench_locks() : locks;
			row.v[a][round] = measure(gang, a, NULL);
			if (a == BENCH_GOMALLOC)
				locks = bench_locks() - locks;
		}
	}
	/* It ran twice */
	bench_print(names[gang->kind], 1, gang->nr, &row,
		    div_u64(locks * 1000, 2 * gang->nr * max(bench_loops(), 1U)));
}

static void print_pages(struct gang *gang, const char *when, const long *pages)
{
	pr_info("case=%s_%s size=1 cpus=%u gomalloc=%ld kmalloc=%ld unit=pages\n",
		names[gang->kind], when, gang->nr,
		1000 * max(pages[BENCH_GOMALLOC], 0L),
		1000 * max(pages[BENCH_KMALLOC], 0L));
}

static long trim(void)
{
	gomalloc_heap_trim(NULL);
	trim_kmalloc();
	return count_free_pages();
}

static void run_pages(struct gang *gang)
{
	long peak[BENCH_NR_ALLOCATORS], after[BENCH_NR_ALLOCATORS];
	long trimmed[BENCH_NR_ALLOCATORS], least, before;
	unsigned int a;

	for (a = BENCH_GOMALLOC; a < BENCH_NR_ALLOCATORS; a++) {
		before = trim();
		least = before;
		measure(gang, a, &least);
		peak[a] = before - least;
		after[a] = before - count_free_pages();
		trimmed[a] = before - trim();
	}
	print_pages(gang, "peak", peak);
	print_pages(gang, "after", after);
	print_pages(gang, "trimmed", trimmed);
}

static int run_workload(enum work_kind kind, unsigned int cpus)
{
	struct gang *gang = gang_create(kind, cpus);

	if (!gang)
		return -ENOMEM;
	gomalloc_heap_trim(NULL);
	run_clock(gang);
	/* Of a few objects there is nothing to see */
	if (bench_wanted("pages") && kind != WORK_CACHE_THRASH &&
	    kind != WORK_CACHE_SCRATCH)
		run_pages(gang);
	gang_destroy(gang);
	return 0;
}

int bench_workloads(void)
{
	unsigned int kind, cpus;
	int err = 0;

	for (kind = 0; kind < WORK_NR; kind++) {
		if (!bench_wanted(names[kind]))
			continue;
		for (cpus = 1; cpus <= num_online_cpus() && !err; cpus *= 2)
			err = run_workload(kind, cpus);
	}
	return err;
}
