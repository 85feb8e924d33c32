// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_memory - what objects cost in pages, beside kmalloc in the same boot
 *
 * Each trace is replayed with both allocators. What they hold is what the page
 * allocator lacks, records and caches and all; the heap's own counts are then
 * compared with that. One line per trace and question, as gomalloc_bench
 * prints them, in thousandths of the unit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/gomalloc.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "memory.h"
#include "names.h"
#include "pages.h"

static char *traces = "";
module_param(traces, charp, 0444);
MODULE_PARM_DESC(traces, "replay the traces with these names, separated by '+' (default all)");

static char *dir = "/gomalloc";
module_param(dir, charp, 0444);
MODULE_PARM_DESC(dir, "where structs.txt, live.txt and recorded.txt are (default /gomalloc)");

static unsigned int divide = 1;
module_param(divide, uint, 0444);
MODULE_PARM_DESC(divide, "so many times fewer bytes, for a quick look (default 1)");

/* At most so many objects */
#define MAX_OBJECTS	(4U << 20)
/* Objects that are freed on another CPU in one go */
#define RING_BATCH	256

struct allocator {
	const char	*name;
	void		*(*alloc)(size_t size);
	void		(*free)(const void *p);
	void		(*trim)(void);
};

/**
 * struct trace - objects that are allocated, replaced and freed
 * @name: names it
 * @pick: returns the size of the next object
 * @bytes: objects are allocated until so much was asked for
 * @replace: then so many are freed at random, each for another one
 * @leave: percentage of the objects that is left after a spike; 0 for none
 * @elsewhere: what is replaced is freed on another CPU
 * @copies: instead of all that, what was recorded, so many times at once
 */
struct trace {
	const char	*name;
	size_t		(*pick)(struct rnd_state *rnd);
	size_t		bytes;
	unsigned int	replace;
	unsigned int	leave;
	bool		elsewhere;
	unsigned int	copies;
};

/*
 * What a replay found: pages, but for @blocks, of order 9; and the rate, in
 * thousandths.
 * After a trim the heap says it has @counted, and spans with a live object
 * take @pinned of them.
 */
struct result {
	u64	rate;
	long	spike;
	long	trimmed;
	long	pinned;
	long	counted;
	long	blocks;
	long	idle;
	long	end;
};

/**
 * struct run - a replay
 * @a: with this allocator
 * @object: by number
 * @size: theirs, 0 for none
 * @nr: length of both
 * @asked: bytes of the live objects
 * @most_asked: the most of them
 * @before: free pages before
 * @least: the fewest free pages since
 * @unseen: bytes allocated since the last look at free pages
 */
struct run {
	const struct allocator	*a;
	void			**object;
	u32			*size;
	unsigned int		nr;
	u64			asked;
	u64			most_asked;
	long			before;
	long			least;
	size_t			unseen;
};

static struct histogram live_objects, structs;
static struct recording recorded;
static void **objects, *ring[RING_BATCH];
static u32 *object_sizes;

/*
 * === the allocators ===
 */

static void *alloc_gomalloc(size_t size)
{
	return gomalloc(size, GFP_KERNEL);
}

static void trim_gomalloc(void)
{
	gomalloc_heap_trim(NULL);
}

static void *alloc_kmalloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static const struct allocator allocators[] = {
	{ "gomalloc", alloc_gomalloc, gofree, trim_gomalloc },
	{ "kmalloc", alloc_kmalloc, kfree, trim_kmalloc },
};

/*
 * === a replay ===
 */

static void look(struct run *r)
{
	r->least = min(r->least, count_free_pages());
	r->unseen = 0;
}

static int begin_object(struct run *r, unsigned int id, size_t size)
{
	r->object[id] = r->a->alloc(size);
	if (!r->object[id])
		return -ENOMEM;
	r->size[id] = size;
	r->asked += size;
	r->most_asked = max(r->most_asked, r->asked);
	r->unseen += size;
	if (r->unseen >= SZ_256K)
		look(r);
	if (id % 4096 == 0)
		cond_resched();
	return 0;
}

static void end_object(struct run *r, unsigned int id)
{
	if (!r->size[id])
		return;
	r->asked -= r->size[id];
	r->size[id] = 0;
	r->a->free(r->object[id]);
}

static void end_all(struct run *r)
{
	unsigned int id;

	for (id = 0; id < r->nr; id++) {
		end_object(r, id);
		if (id % 4096 == 0)
			cond_resched();
	}
}

static void start_run(struct run *r, const struct allocator *a)
{
	memset(r, 0, sizeof(*r));
	r->a = a;
	r->object = objects;
	r->size = object_sizes;
	gomalloc_heap_trim(NULL);
	trim_kmalloc();
	rcu_barrier();
	r->before = count_free_pages();
	r->least = r->before;
}

static long held(const struct run *r)
{
	return r->before - count_free_pages();
}

/* Pages at the peak, in thousandths of what was asked for at its peak */
static u64 rate(struct run *r)
{
	look(r);
	return div64_u64((u64)(r->before - r->least) * PAGE_SIZE * 1000,
			 r->most_asked);
}

static long free_ring(void *run)
{
	struct run *r = run;
	unsigned int i;

	for (i = 0; i < RING_BATCH; i++) {
		r->a->free(ring[i]);
		ring[i] = NULL;
	}
	return 0;
}

/* Leave an object to another CPU; it frees when it has a few */
static void end_elsewhere(struct run *r, unsigned int id, unsigned int n)
{
	int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());

	r->asked -= r->size[id];
	r->size[id] = 0;
	ring[n % RING_BATCH] = r->object[id];
	if (n % RING_BATCH == RING_BATCH - 1)
		work_on_cpu(cpu < nr_cpu_ids ? cpu : 0, free_ring, r);
}

static int replace(struct run *r, const struct trace *t, struct rnd_state *rnd)
{
	unsigned int i, id;
	int err = 0;

	for (i = 0; !err && i < t->replace / divide; i++) {
		id = prandom_u32_state(rnd) % r->nr;
		if (t->elsewhere)
			end_elsewhere(r, id, i);
		else
			end_object(r, id);
		err = begin_object(r, id, t->pick(rnd));
	}
	if (t->elsewhere)
		free_ring(r);
	return err;
}

static int grow_and_replace(struct run *r, const struct trace *t,
			    struct rnd_state *rnd)
{
	int err = 0;

	while (!err && r->asked < t->bytes / divide && r->nr < MAX_OBJECTS) {
		err = begin_object(r, r->nr, t->pick(rnd));
		r->nr += !err;
	}
	return err ?: replace(r, t, rnd);
}

/* Each event for all copies, before the next one */
static int repeat_recording(struct run *r, unsigned int copies)
{
	const struct event *e;
	unsigned int copy, id;
	int err = 0;

	r->nr = min(recorded.nr_ids * copies, MAX_OBJECTS);
	copies = r->nr / recorded.nr_ids;
	for (e = recorded.event; e < recorded.event + recorded.nr; e++) {
		for (copy = 0; !err && copy < copies; copy++) {
			id = copy * recorded.nr_ids + e->id;
			if (e->size)
				err = begin_object(r, id, e->size);
			else
				end_object(r, id);
		}
	}
	return err;
}

/* Free most of it at random, wait, and trim */
static void fall(struct run *r, const struct trace *t, struct rnd_state *rnd,
		 struct result *result)
{
	struct gomalloc_stats stats;
	unsigned int id;

	for (id = 0; id < r->nr; id++) {
		if (prandom_u32_state(rnd) % 100 >= t->leave)
			end_object(r, id);
	}
	msleep(3000);
	result->spike = held(r);
	result->blocks = count_blocks();
	r->a->trim();
	rcu_barrier();
	result->trimmed = held(r);
	gomalloc_heap_stats(NULL, &stats);
	result->pinned = stats.span_bytes >> PAGE_SHIFT;
	result->counted = stats.held_bytes >> PAGE_SHIFT;
}

static int replay(const struct trace *t, const struct allocator *a,
		  struct result *result)
{
	struct rnd_state rnd;
	struct run r;
	int err;

	start_run(&r, a);
	prandom_seed_state(&rnd, 1);
	if (t->copies)
		err = repeat_recording(&r, t->copies);
	else
		err = grow_and_replace(&r, t, &rnd);
	result->rate = rate(&r);
	if (!err && t->leave)
		fall(&r, t, &rnd, result);
	end_all(&r);
	if (t->leave) {
		msleep(10000);
		result->idle = held(&r);
	}
	a->trim();
	/* Span metadata is freed after a grace period */
	rcu_barrier();
	result->end = held(&r);
	return err;
}

/*
 * === what is printed ===
 */

static void print_row(const char *trace, const char *question, const char *unit,
		      u64 gomalloc, u64 kmalloc)
{
	pr_info("case=%s_%s size=0 cpus=1 unit=%s gomalloc=%llu kmalloc=%llu\n",
		trace, question, unit, gomalloc, kmalloc);
}

/* Free memory also moves on its own: less than nothing is nothing */
static u64 kib(long npages)
{
	return npages > 0 ? (u64)npages * (PAGE_SIZE >> 10) * 1000 : 0;
}

static void print_results(const struct trace *t, const struct result *r)
{
	print_row(t->name, "peak", "bytes/byte", r[0].rate, r[1].rate);
	print_row(t->name, "end", "KiB", kib(r[0].end), kib(r[1].end));
	if (!t->leave)
		return;
	print_row(t->name, "held", "KiB", kib(r[0].spike), kib(r[1].spike));
	print_row(t->name, "trimmed", "KiB", kib(r[0].trimmed),
		  kib(r[1].trimmed));
	print_row(t->name, "counted", "KiB", kib(r[0].counted), 0);
	print_row(t->name, "pinned", "KiB", kib(r[0].pinned), 0);
	print_row(t->name, "blocks", "order-9", r[0].blocks * 1000ULL,
		  r[1].blocks * 1000ULL);
	print_row(t->name, "idle", "KiB", kib(r[0].idle), kib(r[1].idle));
}

/*
 * === traces ===
 */

static size_t pick_uniform(struct rnd_state *rnd)
{
	return 1 + prandom_u32_state(rnd) % SZ_32K;
}

/* 8 to 32768 bytes: each power of two as often as any other */
static size_t pick_log_uniform(struct rnd_state *rnd)
{
	u32 base = 8U << prandom_u32_state(rnd) % 12;

	return base + prandom_u32_state(rnd) % base;
}

static size_t pick_live(struct rnd_state *rnd)
{
	return histogram_pick(&live_objects, rnd);
}

static size_t pick_struct(struct rnd_state *rnd)
{
	return histogram_pick(&structs, rnd);
}

static size_t pick_large(struct rnd_state *rnd)
{
	return 36 * SZ_1K + prandom_u32_state(rnd) % (SZ_1M * 3 - 36 * SZ_1K);
}

static const struct trace all_traces[] = {
	{ "uniform", pick_uniform, .bytes = SZ_256M },
	{ "uniform_churn", pick_uniform, .bytes = SZ_256M, .replace = 30000 },
	{ "log_uniform", pick_log_uniform, .bytes = SZ_128M },
	{ "live", pick_live, .bytes = SZ_128M },
	{ "live_churn", pick_live, .bytes = SZ_128M, .replace = 500000 },
	{ "structs", pick_struct, .bytes = SZ_128M },
	{ "ring", pick_struct, .bytes = SZ_16M, .replace = 300000,
	  .elsewhere = true },
	{ "recorded", .copies = 1 },
	{ "recorded_32", .copies = 32 },
	{ "large", pick_large, .bytes = SZ_256M, .replace = 3000 },
	{ "spike", pick_live, .bytes = SZ_512M, .leave = 5 },
};

/* Pages of spans with a live object and in all, after the last trim */
static void compare_counts(const struct trace *t)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(NULL, &stats);
	pr_info("%s: the heap says that it holds %llu KiB, its peak was %llu KiB\n",
		t->name, stats.held_bytes >> 10, stats.peak_bytes >> 10);
}

static int replay_both(const struct trace *t)
{
	struct result result[ARRAY_SIZE(allocators)] = {};
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(allocators); i++)
		err = replay(t, &allocators[i], &result[i]);
	if (err)
		pr_err("%s: no memory; give the machine more, or use divide=\n",
		       t->name);
	else
		print_results(t, result);
	compare_counts(t);
	return err;
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int report_file(const char *name, int err)
{
	if (err)
		pr_err("%s cannot be read (%d); see dir=\n", path_of(name), err);
	return err;
}

static int read_histogram(struct histogram *h, const char *name)
{
	return report_file(name, histogram_read(h, path_of(name)));
}

static int read_files(void)
{
	return read_histogram(&live_objects, "live.txt") ?:
	       read_histogram(&structs, "structs.txt") ?:
	       report_file("recorded.txt",
			   recording_read(&recorded, path_of("recorded.txt")));
}

/* Fill and empty the heap again and again. Return: how often it was all gone. */
static unsigned int count_clean_ends(unsigned int times)
{
	static const struct trace t = { "", pick_struct, .bytes = SZ_4M };
	struct gomalloc_stats stats;
	unsigned int i, clean = 0;
	struct result result;

	for (i = 0; i < times && !replay(&t, &allocators[0], &result); i++) {
		gomalloc_heap_stats(NULL, &stats);
		clean += !stats.held_bytes;
	}
	return clean;
}

static int replay_all(void)
{
	unsigned int i;
	int err = 0;

	if (is_named(traces, "again"))
		print_row("again", "clean", "of_100", count_clean_ends(100) * 1000,
			  0);

	for (i = 0; !err && i < ARRAY_SIZE(all_traces); i++) {
		if (is_named(traces, all_traces[i].name))
			err = replay_both(&all_traces[i]);
	}
	return err;
}

static int __init memory_init(void)
{
	int err = -ENOMEM;

	divide = max(divide, 1U);
	objects = vzalloc(MAX_OBJECTS * sizeof(*objects));
	object_sizes = vzalloc(MAX_OBJECTS * sizeof(*object_sizes));
	if (objects && object_sizes)
		err = read_files() ?: replay_all();
	recording_free(&recorded);
	histogram_free(&structs);
	histogram_free(&live_objects);
	vfree(object_sizes);
	vfree(objects);
	return err;
}

static void __exit memory_exit(void)
{
}

module_init(memory_init);
module_exit(memory_exit);
MODULE_DESCRIPTION("What objects of gomalloc cost in pages, beside kmalloc");
MODULE_LICENSE("GPL");
