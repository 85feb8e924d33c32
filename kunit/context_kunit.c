// SPDX-License-Identifier: GPL-2.0
/*
 * context: each call from each context that may make it. A kernel with lockdep says
 * what must not be taken there, and is silent; Documentation/contexts.rst has the
 * table of what is promised.
 */
#include <linux/completion.h>
#include <linux/hardirq.h>
#include <linux/irq_work.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "fixture.h"

/* Of each kind: tiny, small, with few in a span, large and cached, large */
static const size_t sizes[] = { 8, 64, 1000, 8192, 32768, 65536, 200000 };

#define NR_SIZES	ARRAY_SIZE(sizes)
/* Enough to make a stack, to grow it, to flush and to transfer it */
#define NR_OBJECTS	500
#define NR_LARGE	12

/**
 * struct job - what is done in a context
 * @test: the test
 * @heap: where objects are from
 * @gfp: how they are allocated
 * @size: of which size, where it is of one
 * @nr: how many
 * @p: objects
 * @do_it: runs in the context, and reports nothing by itself: it returns what fails
 * @failed: that
 * @done: it has run
 * @work: a hardirq
 */
struct job {
	struct kunit		*test;
	struct gomalloc_heap	*heap;
	gfp_t			gfp;
	size_t			size;
	unsigned int		nr;
	void			**p;
	const char		*(*do_it)(struct job *job);
	const char		*failed;
	struct completion	done;
	struct irq_work		work;
};

/*
 * === contexts ===
 */

static void from_task(struct job *job)
{
	job->failed = job->do_it(job);
}

static void in_rcu_reader(struct job *job)
{
	rcu_read_lock();
	job->failed = job->do_it(job);
	rcu_read_unlock();
}

static void under_spinlock(struct job *job)
{
	static DEFINE_SPINLOCK(lock);
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	job->failed = job->do_it(job);
	spin_unlock_irqrestore(&lock, flags);
}

static void under_raw_spinlock(struct job *job)
{
	static DEFINE_RAW_SPINLOCK(lock);
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	job->failed = job->do_it(job);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Not in a job, which is on the stack: what such a timer wants has two names */
static struct timer_list softirq_timer;
static struct job *softirq_job;

static void timer_fires(struct timer_list *timer)
{
	struct job *job = softirq_job;

	job->failed = job->do_it(job);
	complete(&job->done);
}

static void in_softirq_of_a_timer(struct job *job)
{
	init_completion(&job->done);
	softirq_job = job;
	timer_setup(&softirq_timer, timer_fires, TIMER_PINNED);
	mod_timer(&softirq_timer, jiffies);
	wait_for_completion(&job->done);
	timer_shutdown_sync(&softirq_timer);
}

static void work_runs(struct irq_work *work)
{
	struct job *job = container_of(work, struct job, work);

	job->failed = job->do_it(job);
}

/* Also on PREEMPT_RT */
static void in_hardirq_of_an_irq_work(struct job *job)
{
	job->work = IRQ_WORK_INIT_HARD(work_runs);
	irq_work_queue(&job->work);
	irq_work_sync(&job->work);
}

/**
 * struct context - where a call may be made
 * @name: where that is
 * @run: runs a job there, on this CPU
 * @raw: nothing that may sleep on PREEMPT_RT may be taken
 */
struct context {
	const char	*name;
	void		(*run)(struct job *job);
	bool		raw;
};

static const struct context contexts[] = {
	{ "a task", from_task },
	{ "a RCU reader", in_rcu_reader },
	{ "a spinlock's holder", under_spinlock },
	{ "a softirq", in_softirq_of_a_timer },
	{ "a raw spinlock's holder", under_raw_spinlock, true },
	{ "a hardirq", in_hardirq_of_an_irq_work, true },
};

static bool lockdep_is_silent(void)
{
	return !IS_ENABLED(CONFIG_LOCKDEP) || debug_locks;
}

static void expect_done(struct kunit *test, const struct context *context,
			struct job *job)
{
	KUNIT_EXPECT_TRUE_MSG(test, !job->failed, "%s of %zu bytes in %s",
			      job->failed, job->size, context->name);
	KUNIT_EXPECT_TRUE_MSG(test, lockdep_is_silent(),
			      "lockdep: of %zu bytes in %s", job->size,
			      context->name);
}

/*
 * === what is done there ===
 */

/* Also the first frees of a class, and those that a stack has no room for */
static const char *free_all(struct job *job)
{
	unsigned int i;

	for (i = 0; i < job->nr; i++)
		gofree(job->p[i]);
	return NULL;
}

static const char *alloc_all(struct job *job)
{
	unsigned int i;

	for (i = 0; i < job->nr; i++) {
		job->p[i] = gomalloc_heap_alloc(job->heap, job->size, job->gfp,
						GOMALLOC_NOSCAN);
		if (!job->p[i])
			return "an allocation";
	}
	return NULL;
}

static void prepare(struct kunit *test, struct job *job, unsigned int nr_size,
		    gfp_t gfp)
{
	memset(job, 0, sizeof(*job));
	job->test = test;
	job->gfp = gfp;
	job->size = sizes[nr_size];
	job->nr = job->size < 8192 ? NR_OBJECTS : NR_LARGE;
	job->p = scratch(test, job->nr * sizeof(*job->p));
	/* kmemleak would have its record of an object from slab, in any context */
	job->heap = make_heap(test, "context", 0, GOMALLOC_HEAP_NOLEAKTRACE);
}

static void finish(struct kunit *test, struct job *job)
{
	destroy_heap(test, job->heap);
	kunit_kfree(test, job->p);
}

static void free_in(struct kunit *test, const struct context *context,
		    unsigned int nr_size)
{
	struct job job;

	prepare(test, &job, nr_size, GFP_KERNEL);
	migrate_disable();
	job.do_it = alloc_all;
	from_task(&job);
	expect_done(test, contexts, &job);
	job.do_it = free_all;
	context->run(&job);
	expect_done(test, context, &job);
	migrate_enable();
	finish(test, &job);
}

static void objects_are_freed_in_any_context(struct kunit *test)
{
	unsigned int i, nr_size;

	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		for (nr_size = 0; nr_size < NR_SIZES; nr_size++)
			free_in(test, &contexts[i], nr_size);
	}
}

static void a_stack_that_cannot_be_made_is_made_later(struct kunit *test)
{
	struct job job;
	u64 before;

	prepare(test, &job, 1, GFP_KERNEL);
	migrate_disable();
	job.do_it = alloc_all;
	from_task(&job);
	before = ledger_sum_counter(job.heap, LEDGER_STACK_NEW);
	job.do_it = free_all;
	under_raw_spinlock(&job);
	expect_done(test, contexts, &job);
	flush_work(&job.heap->stack_work);
	/* And another, for the transfer cache, if the first was there in time */
	KUNIT_EXPECT_GT(test, ledger_sum_counter(job.heap, LEDGER_STACK_NEW),
			before);
	job.do_it = alloc_all;
	from_task(&job);
	/* What was made is taken where none could be made, either */
	job.do_it = free_all;
	under_raw_spinlock(&job);
	expect_done(test, contexts, &job);
	KUNIT_EXPECT_GT(test, (int)this_class(job.heap, job.size)[1].cap, 0);
	migrate_enable();
	finish(test, &job);
}

/* Where the page allocator may not be asked, something is cached */
static void alloc_in(struct kunit *test, const struct context *context,
		     unsigned int nr_size, gfp_t gfp)
{
	struct job job;

	prepare(test, &job, nr_size, gfp);
	if (context->raw)
		job.nr = min(job.nr, 4U);
	migrate_disable();
	if (context->raw) {
		job.do_it = alloc_all;
		from_task(&job);
		free_all(&job);
	}
	job.do_it = alloc_all;
	context->run(&job);
	expect_done(test, context, &job);
	job.do_it = free_all;
	context->run(&job);
	expect_done(test, context, &job);
	migrate_enable();
	finish(test, &job);
}

static void objects_are_allocated_in_any_context(struct kunit *test)
{
	static const gfp_t atomic[] = { GFP_NOWAIT, GFP_ATOMIC };
	unsigned int i, j, nr_size;

	for (nr_size = 0; nr_size < NR_SIZES; nr_size++) {
		alloc_in(test, contexts, nr_size, GFP_KERNEL);
		for (i = 0; i < ARRAY_SIZE(contexts); i++) {
			for (j = 0; j < ARRAY_SIZE(atomic); j++)
				alloc_in(test, &contexts[i], nr_size,
					 atomic[j] | __GFP_NOWARN);
		}
	}
}

/* All that is said to be for any context; the objects are there */
static const char *ask_and_change(struct job *job)
{
	struct gomalloc_stats stats;
	void *p = job->p[0];
	u64 value;

	if (gosize(p) < job->size)
		return "gosize()";
	if (!gomalloc_owns(p) || gomalloc_owns(&stats))
		return "gomalloc_owns()";
	gomalloc_sendpage_ok(p);
	gomalloc_heap_stats(job->heap, &stats);
	if (stats.objects < job->nr)
		return "gomalloc_heap_stats()";
	if (!gomalloc_heap_counter(job->heap, 0, &value))
		return "gomalloc_heap_counter()";
	if (gorealloc(p, job->size - 1, job->gfp) != p)
		return "gorealloc()";
	if (!gofree_try(p))
		return "gofree_try()";
	gofree_sensitive(job->p[1]);
	if (job->size >= sizeof(struct rcu_head))
		gofree_call_rcu(job->p[2], job->p[2]);
	else
		gofree(job->p[2]);
	gofree_bulk(job->nr - 3, job->p + 3);
	return NULL;
}

static void other_calls_in(struct kunit *test, const struct context *context,
			   unsigned int nr_size)
{
	struct job job;

	prepare(test, &job, nr_size, GFP_NOWAIT | __GFP_NOWARN);
	migrate_disable();
	job.do_it = alloc_all;
	from_task(&job);
	job.do_it = ask_and_change;
	context->run(&job);
	expect_done(test, context, &job);
	migrate_enable();
	/* For the callback */
	rcu_barrier();
	finish(test, &job);
}

static void other_calls_are_made_in_any_context(struct kunit *test)
{
	unsigned int i, nr_size;

	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		for (nr_size = 0; nr_size < NR_SIZES; nr_size++)
			other_calls_in(test, &contexts[i], nr_size);
	}
}

/* Of the heap of gomalloc() */
static const char *use_bulk(struct job *job)
{
	void *p[10], *q;

	if (!gomalloc_bulk(job->gfp, 64, ARRAY_SIZE(p), p))
		return "gomalloc_bulk()";
	gofree_bulk(ARRAY_SIZE(p), p);
	q = gozalloc(64, job->gfp);
	if (!q)
		return "gozalloc()";
	gofree(q);
	q = gostrdup("text", job->gfp);
	if (!q)
		return "gostrdup()";
	gofree(q);
	return NULL;
}

static void bulk_is_for_any_context(struct kunit *test)
{
	struct job job = {
		.test = test,
		.do_it = use_bulk,
		.gfp = GFP_KERNEL,
	};
	unsigned int i;

	/* As of prepare() */
	gomalloc_default_heap->flags |= GOMALLOC_HEAP_NOLEAKTRACE;
	migrate_disable();
	from_task(&job);
	expect_done(test, contexts, &job);
	job.gfp = GFP_NOWAIT;
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		contexts[i].run(&job);
		expect_done(test, &contexts[i], &job);
	}
	migrate_enable();
	gomalloc_default_heap->flags &= ~GOMALLOC_HEAP_NOLEAKTRACE;
}

static const char *free_twice(struct job *job)
{
	long found = atomic_long_read(&job->heap->misuses[GOMALLOC_DOUBLE_FREE]);

	gofree(job->p[0]);
	gofree(job->p[0]);
	return atomic_long_read(&job->heap->misuses[GOMALLOC_DOUBLE_FREE]) == found + 1 ?
	       NULL : "a report";
}

/* The console is none of those who hold a raw lock or run in an interrupt */
static void misuse_is_reported_from_any_context(struct kunit *test)
{
	struct report_state *report = &gomalloc_sys.report;
	unsigned int i;
	struct job job;

	prepare(test, &job, 1, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		job.p[0] = got(test, gomalloc_heap_alloc(job.heap, 64, GFP_KERNEL, 0));
		/* Each is printed, although it is one call site */
		memset(report->call_sites, 0, sizeof(report->call_sites));
		job.do_it = free_twice;
		contexts[i].run(&job);
		expect_done(test, &contexts[i], &job);
		flush_work(&report->work);
		KUNIT_EXPECT_EQ(test, report->nr_late, 0U);
	}
	finish(test, &job);
}

/* What looks to all that ask like a NMI */
static const char *use_in_nmi(struct job *job)
{
	void *p;

	preempt_count_add(NMI_OFFSET);
	p = gomalloc_heap_alloc(job->heap, job->size, GFP_ATOMIC, 0);
	gofree(job->p[0]);
	preempt_count_sub(NMI_OFFSET);
	return p ? "a refusal" : NULL;
}

/* Large objects, of which none is cached: that is more than the fast path */
static void a_nmi_is_refused(struct kunit *test)
{
	struct job job;

	prepare(test, &job, NR_SIZES - 1, GFP_KERNEL);
	job.do_it = alloc_all;
	from_task(&job);
	job.do_it = use_in_nmi;
	under_raw_spinlock(&job);
	expect_done(test, contexts, &job);
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(job.p[0]));
	free_all(&job);
	finish(test, &job);
}

TEST_SUITE(context, NO_FIXTURE,
	   KUNIT_CASE(objects_are_freed_in_any_context),
	   KUNIT_CASE(a_stack_that_cannot_be_made_is_made_later),
	   KUNIT_CASE(objects_are_allocated_in_any_context),
	   KUNIT_CASE(other_calls_are_made_in_any_context),
	   KUNIT_CASE(bulk_is_for_any_context),
	   KUNIT_CASE(misuse_is_reported_from_any_context),
	   KUNIT_CASE(a_nmi_is_refused));
