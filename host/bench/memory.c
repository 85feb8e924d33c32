// SPDX-License-Identifier: GPL-2.0
/*
 * memory - what workloads cost in memory
 *
 * What: bytes that an allocator holds at the peak, when all is freed, and some seconds
 *	later. Ours are pages that it has from the page allocator, and the slab
 *	allocator's structs of it; those of others are resident, beyond what was when
 *	the program began.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/* Objects at most */
#define MOST	(1UL << 20)
/* Until those who return memory in time have done so */
#define WAIT_S	5

/* Resident bytes */
static size_t resident(void)
{
	unsigned long all, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", &all, &pages) != 2)
		err(1, "/proc/self/statm");
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static size_t base;	/* resident when the program began */

static size_t most_resident(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss * 1024;
}

static size_t held(const struct allocator *a)
{
	return a->held ? a->held() : resident() - base;
}

/* What an allocator does meanwhile may interrupt it */
static void wait_for_release(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += WAIT_S;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL))
		;
}

static void print_memory(const char *what, const struct allocator *a, size_t peak,
			 size_t live, size_t after)
{
	wait_for_release();
	printf("memory,%s,%s,%zu,%zu,%zu,%zu\n", a->name, what, live, peak, after,
	       held(a));
}

/* Of @n objects of sizes as of structs all but each @keep-th is freed */
static void spike(struct worker *w, void **p, const char *name, size_t n, size_t keep)
{
	size_t i, size, live = 0, peak, after;

	for (i = 0; i < n; i++) {
		size = draw_skewed(w, 7);
		p[i] = w->a->alloc(size);
		if (!p[i])
			errx(1, "no memory");
		memset(p[i], 1, size);
		live += size;
	}
	peak = held(w->a);
	for (i = 0; i < n; i++) {
		if (!keep || i % keep)
			drop(w, p[i]);
	}
	after = held(w->a);
	print_memory(name, w->a, peak, live, after);
}

/* A workload with two threads */
static void after_workload(const struct allocator *a, const char *name)
{
	const struct workload *work = bench_workloads;
	size_t peak, after;

	while (work->name && strcmp(work->name, name))
		work++;
	if (!work->name)
		errx(1, "there is no workload %s", name);
	bench_run(work, a, MOST_THREADS, 64);
	peak = a->peak ? a->peak() : most_resident() - base;
	after = held(a);
	print_memory(name, a, peak, 0, after);
}

int bench_memory(const struct allocator *a, const char *name)
{
	/* Not the allocator's */
	static void *p[MOST];
	struct worker w = { .a = a, .threads = 1, .seed = 12345 };

	memset(p, 1, sizeof(p));
	base = resident();
	if (!strcmp(name, "spike"))
		spike(&w, p, name, MOST / 2, 0);
	else if (!strcmp(name, "sparse"))
		spike(&w, p, name, MOST / 2, 16);
	else
		after_workload(a, name);
	return 0;
}
