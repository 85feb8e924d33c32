// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_fuzz - random calls at /dev/gomalloc
 *
 * What: some processes that throw random calls at the device, each at a
 *	descriptor whose contents it knows and at others that get anything. The
 *	numbers of a process depend on the seed alone, so that with one process
 *	and without threads and parameters a run can be repeated.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "options.h"

#define MAX_PROCESSES	64

static const char *const kinds[FUZZ_NR_KINDS] = {
	[FUZZ_THREADS] = "threads",
	[FUZZ_WRITES] = "writes",
	[FUZZ_READ_ONLY] = "read-only",
	[FUZZ_MEM] = "mem",
	[FUZZ_PARAMETERS] = "parameters",
};

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

bool fuzz_no_memory(int error)
{
	return error == ENOMEM || error == ENOSPC;
}

/* Which command may fail for want of memory at any time */
static bool takes_memory(unsigned int command)
{
	switch (command) {
	case GOMALLOC_CMD_ALLOC:
	case GOMALLOC_CMD_ALLOC_BATCH:
	case GOMALLOC_CMD_REALLOC:
	case FUZZ_MMAP:
		return true;
	default:
		return false;
	}
}

bool fuzz_may(struct fuzz *f, unsigned int command, int rc, int error)
{
	fuzz_note(f, command, rc >= 0);
	if (rc >= 0)
		return true;
	if (errno == error || (takes_memory(command) && fuzz_no_memory(errno)))
		return false;
	fuzz_found(f, "%s: %s, where %s was due", fuzz_commands[command].name,
		   strerror(errno), error ? strerror(error) : "success");
}

bool fuzz_must(struct fuzz *f, unsigned int command, int rc, int error)
{
	if (rc >= 0 && error)
		fuzz_found(f, "%s: success, where %s was due",
			   fuzz_commands[command].name, strerror(error));
	return fuzz_may(f, command, rc, error);
}

void fuzz_check_bytes(const struct fuzz *f, const uint8_t *p, size_t n,
		      uint8_t value, const char *what)
{
	while (n--) {
		if (*p++ != value)
			fuzz_found(f, "%s holds %u, not %u", what, p[-1],
				   value);
	}
}

void *fuzz_map(int fd, uint32_t handle, size_t length, int prot)
{
	return mmap64(NULL, length, prot, MAP_SHARED, fd,
		      (uint64_t)handle << 22);
}

/**
 * struct job - what is to be done
 * @processes: how many at a time
 * @calls: of each
 * @deadline: when they stop, by time(); 0 for never
 * @seed: of the random numbers
 * @shared: a descriptor that all of them have
 * @without: kinds of steps that they leave out
 * @count: of each process, one after the other
 */
struct job {
	uint64_t processes;
	uint64_t calls;
	time_t deadline;
	uint64_t seed;
	int shared;
	unsigned int without;
	struct fuzz_count (*count)[FUZZ_NR_COUNTS];
};

static void step(struct fuzz *f, struct model *m, struct garbage *g)
{
	machine_step(f);
	if (fuzz_does(f, FUZZ_THREADS) && fuzz_one_in(f, 8192))
		return threads_round(f, g);
	if (fuzz_does(f, FUZZ_WRITES) && fuzz_one_in(f, 8192))
		return writes_round(f);
	if (fuzz_one_in(f, 3))
		garbage_step(g);
	else
		model_step(m);
}

static void fuzz(const struct job *job, unsigned int process)
{
	struct fuzz f = {
		.process = process,
		.random = (job->seed + process) * 0x9e3779b97f4a7c15ULL | 1,
		.count = job->count[process],
		.shared = job->shared,
		.without = job->without,
	};
	struct garbage *g = garbage_create(&f);
	struct model *m = model_create(&f);
	uint64_t i;

	for (i = 1; f.calls < job->calls; i++) {
		step(&f, m, g);
		if (job->deadline && !(i % 1024) &&
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
	"Usage: gomalloc_fuzz [-c|--calls N] [-t|--seconds N] [-p|--processes N] [-s|--seed N]\n"
	"                     [-g|--cgroup FOLDER] [-w|--without KINDS]\n\n"
	"Throws random commands, structs, handles, addresses and mappings at the device and\n"
	"checks what comes back, and that objects keep their contents. Says what it found;\n"
	"what the kernel found is in its log.\n\n"
	"  -c, --calls N        calls in all (1000000)\n"
	"  -t, --seconds N      stop after so long\n"
	"  -p, --processes N    at the same time (4)\n"
	"  -s, --seed N         of the random numbers; from the time if there is none\n"
	"  -g, --cgroup FOLDER  a memory cgroup that pays, and may be full\n"
	"  -w, --without KINDS  leave out some of threads, writes (through a mapping while\n"
	"                       REALLOC moves the object), read-only (descriptors), mem\n"
	"                       (/proc/self/mem), parameters (of the module); joined by +\n";

/* Return: a bit for each of the kinds that are named */
static unsigned int parse_kinds(const char *text)
{
	unsigned int kind, bits = 0;
	size_t n;

	for (; *text; text += n + (text[n] == '+')) {
		n = strcspn(text, "+");
		for (kind = 0; kind < FUZZ_NR_KINDS; kind++) {
			if (strlen(kinds[kind]) == n && !strncmp(kinds[kind], text, n))
				break;
		}
		if (kind == FUZZ_NR_KINDS)
			misuse("there is no kind of steps '%s'", text);
		bits |= 1 << kind;
	}
	return bits;
}

/* What is free is released in the background. Return: nothing is held that was not */
static bool nothing_held(uint64_t before)
{
	uint64_t held = machine_held();
	int tenths;

	printf("%" PRIu64 " bytes were held before, and %" PRIu64 " are in the end\n",
	       before, held);

	for (tenths = 0; held > before && tenths < 100; tenths++) {
		usleep(100000);
		held = machine_held();
	}
	if (held > before)
		warnx("found: %" PRIu64 " bytes are held in the end, and were %" PRIu64,
		      held, before);
	return held <= before;
}

static bool fuzz_shared(struct job *job)
{
	const struct fuzz parent = {};
	bool good;

	machine_save_parameters();
	job->shared = machine_must_open(&parent);
	gomalloc_set_limit(job->shared, 4 << 20, 0);
	good = fuzz_all(job);
	close(job->shared);
	machine_restore_parameters();
	return good;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int run_job(struct job *job)
{
	size_t bytes = job->processes * sizeof(job->count[0]);
	uint64_t held = machine_held(), calls;
	double began = now();
	bool good;

	job->count = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job->count == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	printf("%" PRIu64 " processes, seed %" PRIu64 "\n", job->processes, job->seed);
	fflush(stdout);
	good = fuzz_shared(job);
	began = now() - began;
	good = nothing_held(held) && good;
	calls = show(job);
	printf("%" PRIu64 " calls, %s; %.1f s, %.0f calls/s\n", calls,
	       good ? "nothing found" : "see above", began, calls / began);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const char *cgroup = NULL, *without = "";
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
		{ 'g', "--cgroup", .text = &cgroup },
		{ 'w', "--without", .text = &without },
		{}
	};

	parse_options(argc, argv, settings, help);
	if (optind < argc)
		misuse("'%s' is no option", argv[optind]);
	job.without = parse_kinds(without);
	if (cgroup)
		machine_join(cgroup);
	job.deadline = seconds ? time(NULL) + seconds : 0;
	job.calls = (job.calls + job.processes - 1) / job.processes;
	return run_job(&job);
}
