// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_fuzz - random calls at /dev/gomalloc
 *
 * What: some processes that throw random calls at the device, each at a
 *	descriptor whose contents it knows and at others that get anything. The
 *	numbers of a process depend on the seed alone, so that with one process
 *	a run can be repeated.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "options.h"

#define MAX_PROCESSES	64

int fuzz_open(void)
{
	int fd = gomalloc_open();

	if (fd < 0)
		errx(EXIT_FAILURE, "%s", gomalloc_explain(errno));
	return fd;
}

void fuzz_found(const struct fuzz *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "gomalloc_fuzz: found: process %u, call %" PRIu64 ": ",
		f->process, f->calls);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	_exit(EXIT_FAILURE);
}

/* xorshift64*, of the high bits */
uint64_t fuzz_below(struct fuzz *f, uint64_t n)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return ((f->random * 0x2545f4914f6cdd1dULL) >> 24) % n;
}

uint32_t fuzz_length(struct fuzz *f)
{
	switch (fuzz_below(f, 64)) {
	case 0:
		return 1 + fuzz_below(f, 1 << 20);
	case 1 ... 4:
		return 1 + fuzz_below(f, 100000);
	case 5 ... 20:
		return 1 + fuzz_below(f, 16);
	default:
		return 1 + fuzz_below(f, 2000);
	}
}

void fuzz_note(struct fuzz *f, unsigned int command, bool good)
{
	f->calls++;
	f->count[command].calls++;
	f->count[command].good += good;
}

/**
 * struct job - what is to be done
 * @processes: how many at a time
 * @calls: of each
 * @deadline: when they stop, by time(); 0 for never
 * @seed: of the random numbers
 * @shared: a descriptor that all of them have
 * @count: of each process, one after the other
 */
struct job {
	uint64_t processes;
	uint64_t calls;
	time_t deadline;
	uint64_t seed;
	int shared;
	struct fuzz_count (*count)[FUZZ_NR_COUNTS];
};

static void fuzz(const struct job *job, unsigned int process)
{
	struct fuzz f = {
		.process = process,
		.random = (job->seed + process) * 0x9e3779b97f4a7c15ULL | 1,
		.count = job->count[process],
		.shared = job->shared,
	};
	struct garbage *g = garbage_create(&f);
	struct model *m = model_create(&f);
	uint64_t step;

	for (step = 1; f.calls < job->calls; step++) {
		if (fuzz_one_in(&f, 3))
			garbage_step(g);
		else
			model_step(m);
		if (job->deadline && !(step % 1024) &&
		    time(NULL) >= job->deadline)
			break;
	}
	model_destroy(m);
}

/* Return: did all processes end well? */
static bool wait_for_all(const pid_t *pid, unsigned int n)
{
	bool good = true;
	unsigned int i;
	int status;

	for (i = 0; i < n; i++) {
		if (waitpid(pid[i], &status, 0) == pid[i] && !status)
			continue;
		good = false;
		if (WIFSIGNALED(status))
			warnx("found: process %u was ended by signal %d", i, WTERMSIG(status));
	}
	return good;
}

static bool fuzz_all(const struct job *job)
{
	pid_t pid[MAX_PROCESSES];
	unsigned int i;

	for (i = 0; i < job->processes; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			err(EXIT_FAILURE, "fork");
		if (!pid[i]) {
			fuzz(job, i);
			_exit(EXIT_SUCCESS);
		}
	}
	return wait_for_all(pid, job->processes);
}

static uint64_t show(const struct job *job)
{
	uint64_t calls = 0;
	unsigned int i, j;

	for (i = 0; i < FUZZ_NR_COUNTS; i++) {
		struct fuzz_count sum = {};

		for (j = 0; j < job->processes; j++) {
			sum.calls += job->count[j][i].calls;
			sum.good += job->count[j][i].good;
		}
		printf("%-12s %12" PRIu64 " calls, ", fuzz_commands[i].name, sum.calls);
		if (i == FUZZ_UNKNOWN)
			printf("all refused\n");
		else
			printf("%12" PRIu64 " succeeded\n", sum.good);
		calls += sum.calls;
	}
	return calls;
}

static const char help[] =
	"Usage: gomalloc_fuzz [-c|--calls N] [-t|--seconds N] [-p|--processes N] [-s|--seed N]\n\n"
	"Throws random commands, structs, handles, addresses and mappings at the device and\n"
	"checks what comes back, and that objects keep their contents. Says what it found;\n"
	"what the kernel found is in its log.\n\n"
	"  -c, --calls N      calls in all (1000000)\n"
	"  -t, --seconds N    stop after so long\n"
	"  -p, --processes N  at the same time (4)\n"
	"  -s, --seed N       of the random numbers; from the time if there is none\n";

static int run_job(struct job *job)
{
	size_t bytes = job->processes * sizeof(job->count[0]);
	bool good;

	job->count = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job->count == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	job->shared = fuzz_open();
	gomalloc_set_limit(job->shared, 4 << 20, 0);
	printf("%" PRIu64 " processes, seed %" PRIu64 "\n", job->processes, job->seed);
	fflush(stdout);
	good = fuzz_all(job);
	close(job->shared);
	printf("%" PRIu64 " calls, %s\n", show(job),
	       good ? "nothing found" : "see above");
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	uint64_t seconds = 0;
	struct job job = {
		.processes = 4,
		.calls = 1000000,
		.seed = time(NULL),
	};
	const struct setting settings[] = {
		{ 'c', "--calls", .number = &job.calls, .min = 1, .max = 1e15 },
		{ 't', "--seconds", .number = &seconds, .min = 1, .max = 1e6 },
		{ 'p', "--processes", .number = &job.processes, .min = 1, .max = MAX_PROCESSES },
		{ 's', "--seed", .number = &job.seed, .max = UINT64_MAX },
		{}
	};

	parse_options(argc, argv, settings, help);
	if (optind < argc)
		misuse("'%s' is no option", argv[optind]);
	job.deadline = seconds ? time(NULL) + seconds : 0;
	job.calls = (job.calls + job.processes - 1) / job.processes;
	return run_job(&job);
}
