// SPDX-License-Identifier: GPL-2.0
/*
 * What descriptors of /dev/gomalloc cost: that of idle ones, and how much of it,
 * and of what they have cached, is charged to the memory cgroup of who opened them.
 * And how long one that comes waits for who looks at all of them.
 * For a machine that does nothing else; the module must have been loaded with
 * scavenge_ms=0 dev_total_mb=0 dev_max_open=0 dev_max_open_user=0.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "device.h"

#define MOUNT	"/tmp/cgroup"
#define GROUP	MOUNT "/gomalloc_opens"

#define FEW	200
#define MANY	1000
#define MOST	10000
#define NR_CLASSES 68

/* Of an idle one, with up to so many CPUs */
#define MOST_BYTES	16384
#define MOST_CPUS	8

/* Of what the machine no longer has, so many hundredths are charged */
#define LEAST_CHARGED	97

/* Where all heaps are listed, a line or more for each */
#define DEBUGFS	"/sys/kernel/debug/gomalloc/"
#define LOOK_SECONDS	8

/* Others wait for less than the first; the last only tells that none waits for a whole file */
#define BAR_MS	10
#define EVER_MS	1000

static int fds[MOST];

static void write_if_there(const char *path)
{
	if (!access(path, W_OK))
		write_file(path, "1");
}

/* Bytes that are free, those on the CPUs' lists included, or -1 */
static long free_bytes(void)
{
	char line[200];
	long sum = 0, n;
	FILE *file;

	/* The counts are kept per CPU and added up when they have grown */
	write_if_there("/proc/sys/vm/stat_refresh");
	file = fopen("/proc/zoneinfo", "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, " nr_free_pages %ld", &n) == 1 ||
		    sscanf(line, " count: %ld", &n) == 1)
			sum += n;
	}
	fclose(file);
	return sum * sysconf(_SC_PAGESIZE);
}

/* The same when the kernel has shrunk its caches */
static long settled_free_bytes(void)
{
	write_if_there("/proc/sys/vm/drop_caches");
	sleep(1);
	return free_bytes();
}

static long charged_bytes(void)
{
	FILE *file = fopen(GROUP "/memory.current", "r");
	long bytes = -1;

	if (file) {
		if (fscanf(file, "%ld", &bytes) != 1)
			bytes = -1;
		fclose(file);
	}
	return bytes;
}

FIXTURE(opens) {
	int nr;
};

FIXTURE_SETUP(opens)
{
	/* Room for all, so that no table of descriptors grows meanwhile */
	struct rlimit most = { MOST + 100, MOST + 100 };

	mkdir(MOUNT, 0700);
	umount2(MOUNT, MNT_DETACH);
	ASSERT_EQ(0, mount("none", MOUNT, "cgroup2", 0, NULL));
	ASSERT_EQ(0, write_file(MOUNT "/cgroup.subtree_control", "+memory"));
	rmdir(GROUP);
	ASSERT_EQ(0, mkdir(GROUP, 0700));
	ASSERT_EQ(0, write_file(GROUP "/cgroup.procs", "0"));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &most));
	ASSERT_GE(dup2(0, MOST + 50), 0);
	/* What is allocated once is not what a descriptor costs */
	close(open_device());
}

/* Of fds[] the first *@nr are open: open more, up to @most */
static void open_up_to(int *nr, int most)
{
	for (; *nr < most; ++*nr)
		fds[*nr] = open_device();
}

FIXTURE_TEARDOWN(opens)
{
	while (self->nr)
		close(fds[--self->nr]);
	write_file(MOUNT "/cgroup.procs", "0");
	rmdir(GROUP);
	umount2(MOUNT, MNT_DETACH);
}

TEST_F_TIMEOUT(opens, an_idle_one_is_small, 300)
{
	long before = settled_free_bytes(), few, many, each;
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	open_up_to(&self->nr, FEW);
	few = settled_free_bytes();
	open_up_to(&self->nr, MANY);
	many = settled_free_bytes();
	each = (few - many) / (MANY - FEW);
	TH_LOG("%d: %ld KiB; %d: %ld KiB; %ld bytes each, with %ld CPUs; %ld KiB charged",
	       FEW, (before - few) >> 10, MANY, (before - many) >> 10, each, cpus,
	       charged_bytes() >> 10);
	if (cpus > MOST_CPUS)
		SKIP(return, "for at most %d CPUs", MOST_CPUS);
	EXPECT_LE(each, MOST_BYTES);
}

/* Of each class an object is allocated and freed on this CPU. Return: 0, or -1 */
static int touch_all_classes(int fd, const __u32 *lengths)
{
	__u32 handles[NR_CLASSES];
	int n = NR_CLASSES - 1;

	if (gomalloc_alloc_batch(fd, n, lengths, 0, handles) != n ||
	    gomalloc_free_batch(fd, n, handles) != n ||
	    gomalloc_alloc_batch(fd, n, lengths, GOMALLOC_ALLOC_NOSCAN, handles) != n)
		return -1;
	return gomalloc_free_batch(fd, n, handles) == n ? 0 : -1;
}

/* The same of all descriptors on all CPUs. Return: 0, or -1 */
static int touch_everything(int nr)
{
	struct gomalloc_class_row rows[NR_CLASSES];
	__u32 lengths[NR_CLASSES];
	cpu_set_t all, one;
	int cpu, i;

	if (gomalloc_class_stats(fds[0], 0, rows, NR_CLASSES) != NR_CLASSES ||
	    sched_getaffinity(0, sizeof(all), &all))
		return -1;
	for (i = 1; i < NR_CLASSES; i++)
		lengths[i - 1] = rows[i].object_size;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			return -1;
		for (i = 0; i < nr; i++) {
			if (touch_all_classes(fds[i], lengths))
				return -1;
		}
	}
	return sched_setaffinity(0, sizeof(all), &all);
}

TEST_F_TIMEOUT(opens, what_they_hold_is_charged, 300)
{
	long held = settled_free_bytes(), charged = charged_bytes();

	open_up_to(&self->nr, FEW);
	ASSERT_EQ(0, touch_everything(FEW));
	held -= settled_free_bytes();
	charged = charged_bytes() - charged;
	TH_LOG("%d that used all classes on all CPUs: %ld KiB held, %ld KiB charged: %.3f",
	       FEW, held >> 10, charged >> 10, (double)charged / held);
	EXPECT_GT(held, 0);
	EXPECT_GE(charged, held / 100 * LEAST_CHARGED);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* How often this process has waited for something, not for a CPU */
static long count_sleeps(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_nvcsw;
}

/* Return: lines of a file, or -1 */
static long count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	long lines = 0;
	int c;

	if (!file)
		return -1;
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	if (ferror(file))
		lines = -1;
	fclose(file);
	return lines;
}

/* Look at all heaps for some seconds. Return: 0, or 1: a file has left some out */
static int look_at_all(int heaps)
{
	static const char * const files[] = { "validate", "heaps", "counters" };
	double end = now_ms() + LOOK_SECONDS * 1e3;
	int i;

	for (i = 0; now_ms() < end; i = (i + 1) % 3) {
		char path[100];

		snprintf(path, sizeof(path), DEBUGFS "%s", files[i]);
		if (count_lines(path) < heaps)
			return 1;
	}
	return 0;
}

TEST_F_TIMEOUT(opens, who_comes_does_not_wait_for_who_looks_at_all, 300)
{
	double end, from, took, worst = 0, slept = 0;
	long turns = 0, late = 0, sleeps;
	pid_t pid;

	open_up_to(&self->nr, MOST);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(look_at_all(MOST));
	end = now_ms() + LOOK_SECONDS * 1e3;
	for (from = now_ms(); from < end; from = now_ms()) {
		sleeps = count_sleeps();
		close(open_device());
		sleeps = count_sleeps() - sleeps;
		took = now_ms() - from;
		turns++;
		late += took > BAR_MS;
		worst = took > worst ? took : worst;
		slept = sleeps && took > slept ? took : slept;
	}
	EXPECT_EQ(0, status_of(pid));
	TH_LOG("%d are open and looked at; of %ld that came and went %ld took more than %d ms",
	       self->nr, turns, late, BAR_MS);
	TH_LOG("the worst took %.2f ms, %.2f ms of those that slept", worst, slept);
	EXPECT_LT(worst, EVER_MS);
}

TEST_HARNESS_MAIN
