// SPDX-License-Identifier: GPL-2.0
/*
 * bench - the workloads, once each, for one allocator
 *
 * Usage: bench gomalloc|malloc [NAME]          with 1 and 2 threads; as lines
 *                                               time,ALLOCATOR,NAME,SIZE,THREADS,NS
 *        bench gomalloc|malloc --memory NAME   NAME, or spike or sparse; as a line
 *                                               memory,ALLOCATOR,NAME,LIVE,PEAK,AFTER,LATER
 *
 * Of malloc, the name is that of $BENCH_NAME: of which library it is.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const size_t sizes[] = { 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096 };

#define NR_SIZES	(sizeof(sizes) / sizeof(*sizes))
/* With all threads there is one of these */
#define ONE_SIZE	64

static void run(const struct workload *work, const struct allocator *a,
		unsigned int threads, size_t size)
{
	printf("time,%s,%s,%zu,%u,%.2f\n", a->name, work->name, size, threads,
	       bench_run(work, a, threads, size));
	fflush(stdout);
}

static void run_workload(const struct workload *work, const struct allocator *a)
{
	size_t i;

	for (i = 0; work->by_size && i < NR_SIZES; i++)
		run(work, a, 1, sizes[i]);
	if (!work->by_size)
		run(work, a, 1, 0);
	run(work, a, MOST_THREADS, work->by_size ? ONE_SIZE : 0);
}

static struct allocator choose(const char *name)
{
	struct allocator a = {
		.name = getenv("BENCH_NAME") ?: "malloc",
		.alloc = malloc,
		.free = free,
	};

	if (!strcmp(name, "gomalloc"))
		return bench_gomalloc;
	if (strcmp(name, "malloc"))
		errx(1, "there is no allocator %s", name);
	return a;
}

int main(int argc, char **argv)
{
	const struct workload *work;
	struct allocator a;

	if (argc < 2 || (argc == 3 && !strcmp(argv[2], "--memory")) || argc > 4)
		errx(2, "usage: bench gomalloc|malloc [NAME | --memory NAME]");
	a = choose(argv[1]);
	if (a.init)
		a.init();
	if (argc == 4)
		return bench_memory(&a, argv[3]);
	for (work = bench_workloads; work->name; work++) {
		if (argc == 2 || !strcmp(argv[2], work->name))
			run_workload(work, &a);
	}
	return 0;
}
