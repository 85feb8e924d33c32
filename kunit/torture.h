/* SPDX-License-Identifier: GPL-2.0 */
/*
 * torture - what the parts of gomalloc_torture share
 */
#ifndef _GOMALLOC_KUNIT_TORTURE_H
#define _GOMALLOC_KUNIT_TORTURE_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/gomalloc.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/prandom.h>
#include <linux/timer.h>
#include <linux/types.h>

/* Objects on their way from one CPU or context to another, by ring */
#define TORTURE_RING	512

/* Objects of one size that are handed over at once */
#define TORTURE_BATCH	700

enum torture_context { IN_TASK, IN_SOFTIRQ, IN_HARDIRQ, NR_CONTEXTS };

/* Heaps that objects come from; the last is the default one, which is NULL */
enum torture_heap {
	HEAP_MAIN, HEAP_DIRECT, HEAP_HARD, HEAP_TIGHT, HEAP_DEFAULT, NR_HEAPS
};

/**
 * struct torture_ring - objects, by torture_word(); a new one drives out an old
 * @at: where the newest is
 * @slot: 0 for none; xchg only
 */
struct torture_ring {
	atomic_t	at;
	unsigned long	slot[TORTURE_RING];
};

/**
 * struct torture_batch - objects of one size, from the heap that it tests
 * @nr: how many
 * @word: torture_word() of each
 */
struct torture_batch {
	unsigned int	nr;
	unsigned long	word[TORTURE_BATCH];
};

struct torture;

/**
 * struct torture_cpu - what interrupts one CPU
 * @torture: constant
 * @timer: a softirq
 * @hrtimer: a hardirq
 * @work: another one; a thread there
 * @hint: size that the CPU's task is at, so that an interrupt meets it there
 * @ops: operations that were done here; with preemption off
 * @rnd: random numbers, by context
 */
struct torture_cpu {
	struct torture		*torture;
	struct timer_list	timer;
	struct hrtimer		hrtimer;
	struct irq_work		work;
	size_t			hint;
	unsigned long		ops[NR_CONTEXTS];
	struct rnd_state	rnd[NR_CONTEXTS];
};

/**
 * struct torture - a run
 * @heap: heaps that objects come from
 * @limit: bytes that each may hold, 0 for no limit; constant
 * @gfp: how tasks allocate; constant
 * @cpus: what interrupts each CPU
 * @nr_rings: how many there are of the next two
 * @ring: objects in transit
 * @batch: the same, many at once; xchg only
 * @hot: a size that all CPUs are at in share(); races do no harm
 * @pairs: in a row in pairs(); constant
 * @others: use the default heap, too, which keeps none in transit; constant
 * @quiet: held while the kernel must have memory, which the hog takes
 * @tally: counters of heaps that are no more, by number; of one thread
 * @damaged: objects whose contents were not those of their owner
 * @twice: objects that were handed out while they had an owner
 * @unmet: requests that failed
 * @slept: locks taken in a hardirq that sleep on PREEMPT_RT
 * @heaps_made: heaps that came and went
 * @onoff: times that a CPU went offline and came back
 * @invalid: heaps that did not add up
 */
struct torture {
	struct gomalloc_heap	*heap[NR_HEAPS];
	size_t			limit[NR_HEAPS];
	gfp_t			gfp;
	struct torture_cpu __percpu *cpus;
	unsigned int		nr_rings;
	struct torture_ring	*ring;
	struct torture_batch	**batch;
	size_t			hot;
	unsigned int		pairs;
	bool			others;
	struct mutex		quiet;	/* see above */
	u64			tally[128];
	atomic_long_t		damaged;
	atomic_long_t		twice;
	atomic_long_t		unmet;
	atomic_long_t		slept;
	unsigned int		heaps_made;
	unsigned int		onoff;
	unsigned int		invalid;
};

/**
 * struct torture_task - one of its threads
 * @t: the run
 * @rnd: random numbers
 * @task: the thread
 */
struct torture_task {
	struct torture		*t;
	struct rnd_state	rnd;
	struct task_struct	*task;
};

static inline u32 draw(struct rnd_state *rnd, u32 below)
{
	return (u64)prandom_u32_state(rnd) * below >> 32;
}

/* torture_object.c */
unsigned long torture_make(struct torture *t, struct gomalloc_heap *heap,
			   size_t size, unsigned int flags, gfp_t gfp,
			   enum torture_context context);
void torture_drop(struct torture *t, unsigned long word,
		  enum torture_context context);
void torture_put(struct torture *t, unsigned int ring, unsigned long word,
		 enum torture_context context);
void torture_drop_batch(struct torture *t, struct torture_batch *batch);
void torture_step(struct torture *t, struct rnd_state *rnd, size_t size,
		  enum torture_context context);
bool torture_api(struct torture *t, struct rnd_state *rnd);

/* torture_irq.c */
void torture_irq_init(struct torture *t);
void torture_irq_kick(struct torture *t, struct rnd_state *rnd, size_t hint);
void torture_irq_exit(struct torture *t);

/* torture_work.c */
int torture_work(void *data);

/* torture_world.c */
int torture_churn(void *data);
int torture_janitor(void *data);
int torture_hog(void *data);
int torture_hotplug(void *data);

/* What the threads of the world do, if the parameters want that */
extern bool torture_can_hotplug;

#endif /* _GOMALLOC_KUNIT_TORTURE_H */
