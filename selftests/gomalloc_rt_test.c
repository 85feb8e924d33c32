// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that tasks of real time never give up have cached what a descriptor of
 * /dev/gomalloc wants back: all but CPU 0. Time is a bound on waiting here, and no measure of
 * speed: who waits for that CPU waits for seconds.
 */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "device.h"

#define RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"
#define MOST_CPUS 64
#define BUSY_S	5

/* Nobody waits so long who does not wait for a busy CPU */
#define MOST_MS	50

/*
 * The machine that emulates this one may be busy itself: of so many descriptors one
 * must be as quick as that, and none may take a second.
 */
#define NR	3
#define EVER_MS	1000

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* Have this CPU cache objects of every class. Return: 0, or -1 */
static int fill_cache(int fd)
{
	struct gomalloc_class_row rows[68];
	__u32 lengths[67], handles[67];
	int i, flags;

	if (gomalloc_class_stats(fd, 0, rows, ARRAY_SIZE(rows)) != ARRAY_SIZE(rows))
		return -1;
	for (i = 0; i < 67; i++)
		lengths[i] = rows[1 + i].object_size;
	for (i = 0; i < 20; i++) {
		flags = i % 2 ? GOMALLOC_ALLOC_NOSCAN : 0;
		if (gomalloc_alloc_batch(fd, 67, lengths, flags, handles) != 67 ||
		    gomalloc_free_batch(fd, 67, handles) != 67)
			return -1;
	}
	return 0;
}

/* Take the CPU for BUSY_S seconds, or until we are killed. Does not return. */
static void take_cpu(int cpu, int ready)
{
	struct sched_param param = { .sched_priority = 50 };
	double begin = now_ms();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (run_on(cpu) || sched_setscheduler(0, SCHED_FIFO, &param) ||
	    write(ready, "", 1) != 1)
		_exit(1);
	while (now_ms() < begin + BUSY_S * 1e3)
		;
	_exit(0);
}

FIXTURE(busy) {
	int fd[NR];
	char runtime[20];
	pid_t pid[MOST_CPUS];
	int nr_busy;
};

/* Keep a CPU busy from now on. Return: the process that does, or -1 */
static pid_t start_busy(int cpu)
{
	int pipes[2];
	char byte;
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (!pid)
		take_cpu(cpu, pipes[1]);
	close(pipes[1]);
	if (read(pipes[0], &byte, 1) != 1)
		pid = -1;
	close(pipes[0]);
	return pid;
}

/* Have each CPU but 0, of as many as there are, cache something. Return: 0, or -1 */
static int fill_caches(const int *fds, int nr_cpus)
{
	int cpu, i;

	for (cpu = 1; cpu < nr_cpus; cpu++) {
		for (i = 0; i < NR; i++) {
			if (run_on(cpu) || fill_cache(fds[i]))
				return -1;
		}
	}
	return run_on(0);
}

/* Let tasks of real time have all time. Return: 0, or -1 */
static int lift_throttle(char old[20])
{
	int file = open(RUNTIME, O_RDONLY), n = read(file, old, 19);

	close(file);
	old[n > 0 ? n : 0] = 0;
	return n > 0 ? write_file(RUNTIME, "-1") : -1;
}

FIXTURE_SETUP(busy)
{
	int i, nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);

	self->nr_busy = 0;
	if (nr_cpus < 2)
		SKIP(return, "there is no CPU 1");
	nr_cpus = nr_cpus < MOST_CPUS ? nr_cpus : MOST_CPUS;
	for (i = 0; i < NR; i++)
		self->fd[i] = open_device();
	ASSERT_EQ(0, fill_caches(self->fd, nr_cpus));
	for (i = 0; i < NR; i++)
		EXPECT_GT(stats_of(self->fd[i]).out_cached_bytes, 0);
	ASSERT_EQ(0, lift_throttle(self->runtime));
	while (self->nr_busy < nr_cpus - 1) {
		self->pid[self->nr_busy] = start_busy(1 + self->nr_busy);
		ASSERT_GT(self->pid[self->nr_busy++], 0);
	}
}

FIXTURE_TEARDOWN(busy)
{
	int i;

	for (i = 0; i < self->nr_busy; i++) {
		if (self->pid[i] <= 0)
			continue;
		kill(self->pid[i], SIGKILL);
		waitpid(self->pid[i], NULL, 0);
	}
	if (self->nr_busy)
		write_file(RUNTIME, self->runtime);
}

/* They have been busy all the time, or we were too slow */
static int is_busy(const pid_t *pid, int nr)
{
	while (nr--) {
		if (waitpid(pid[nr], NULL, WNOHANG))
			return 0;
	}
	return 1;
}

/* Less than is held, so that it has to be released; that this is refused is quick, too */
static int set_limit(int fd)
{
	return gomalloc_set_limit(fd, 65536, 0) && errno != EBUSY;
}

static int trim(int fd)
{
	return gomalloc_trim(fd, NULL);
}

static int stats(int fd)
{
	struct gomalloc_ioc_stats stats;

	return gomalloc_stats(fd, 0, &stats);
}

/* Does it succeed, and wait for nobody? */
static int is_quick(const char *what, int (*command)(int fd), const int *fds)
{
	double best = 1e9, worst = 0, ms;
	int i;

	for (i = 0; i < NR; i++) {
		ms = now_ms();
		if (command(fds[i]))
			return 0;
		ms = now_ms() - ms;
		best = ms < best ? ms : best;
		worst = ms > worst ? ms : worst;
	}
	printf("# %s: %.2f to %.2f ms\n", what, best, worst);
	return best < MOST_MS && worst < EVER_MS;
}

TEST_F_TIMEOUT(busy, no_command_waits_for_a_cpu, 120)
{
	EXPECT_TRUE(is_quick("TRIM", trim, self->fd));
	EXPECT_TRUE(is_quick("SET_LIMIT", set_limit, self->fd));
	EXPECT_TRUE(is_quick("STATS", stats, self->fd));
	EXPECT_TRUE(is_quick("close", close, self->fd));
	EXPECT_TRUE(is_busy(self->pid, self->nr_busy));
}

/* Each of them as the first that meets what that CPU has cached */
TEST_F_TIMEOUT(busy, no_limit_waits_for_a_cpu, 120)
{
	EXPECT_TRUE(is_quick("SET_LIMIT", set_limit, self->fd));
	EXPECT_TRUE(is_busy(self->pid, self->nr_busy));
}

TEST_F_TIMEOUT(busy, no_close_waits_for_a_cpu, 120)
{
	EXPECT_TRUE(is_quick("close", close, self->fd));
	EXPECT_TRUE(is_busy(self->pid, self->nr_busy));
}

TEST_HARNESS_MAIN
