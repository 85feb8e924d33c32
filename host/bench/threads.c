// SPDX-License-Identifier: GPL-2.0
/*
 * threads - workloads on pinned threads
 *
 * What: the first thread is the program's own. All begin together.
 */
#define _GNU_SOURCE
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "bench.h"

/**
 * struct shared - what the threads of one run have in common
 * @work: what they do
 * @barrier: of meet()
 */
struct shared {
	const struct workload	*work;
	pthread_barrier_t	barrier;
};

/* Of one thread what it runs counts, of more what goes by until the last has ended */
static double now_ns(unsigned int threads)
{
	struct timespec t;

	clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "cannot run on processor %u", cpu);
}

void meet(struct worker *w)
{
	if (w->threads > 1)
		pthread_barrier_wait(&w->shared->barrier);
}

static void *other_thread(void *arg)
{
	struct worker *w = arg;

	pin(w->nr);
	if (w->a->enter)
		w->a->enter(w->nr);
	meet(w);
	w->shared->work->run(w);
	meet(w);
	if (w->a->leave)
		w->a->leave();
	return NULL;
}

static double run_all(struct worker *w, unsigned int threads)
{
	pthread_t thread[MOST_THREADS];
	double start, end;
	unsigned int i;

	for (i = 1; i < threads; i++) {
		if (pthread_create(&thread[i], NULL, other_thread, &w[i]))
			err(1, "cannot make a thread");
	}
	meet(w);
	start = now_ns(threads);
	w->shared->work->run(w);
	meet(w);
	end = now_ns(threads);
	for (i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	return end - start;
}

double bench_run(const struct workload *work, const struct allocator *a,
		 unsigned int threads, size_t size)
{
	struct worker w[MOST_THREADS] = {};
	struct shared shared = { .work = work };
	unsigned long ops = 0;
	unsigned int i;
	double ns;

	pthread_barrier_init(&shared.barrier, NULL, threads);
	for (i = 0; i < threads; i++)
		w[i] = (struct worker){ a, i, threads, size, 12345 + i, 0, &shared };
	pin(0);
	if (work->setup)
		work->setup(w);
	ns = run_all(w, threads);
	if (work->cleanup)
		work->cleanup(w);
	pthread_barrier_destroy(&shared.barrier);
	for (i = 0; i < threads; i++)
		ops += w[i].ops;
	return ns * threads / ops;
}
