// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays for a descriptor of /dev/gomalloc: the memory cgroup of the process
 * that opened it, until the last of it is closed.
 */
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "device.h"

#define MOUNT	"/tmp/cgroup"
#define GROUP	MOUNT "/gomalloc_test"
#define LIMIT (6 << 20) /* and 6M in words */

FIXTURE(cgroup) {
	int fd;
};

/* Make this process one of the group in a folder. Return: 0, or -1 */
#define join(_folder)	write_file(_folder "/cgroup.procs", "0")

/* Return: bytes of kernel memory that the group is charged for, or -1 */
static long kernel_bytes(void)
{
	FILE *stat = fopen(GROUP "/memory.stat", "r");
	char line[100];
	long bytes = -1;

	while (stat && bytes < 0 && fgets(line, sizeof(line), stat)) {
		if (sscanf(line, "kernel %ld", &bytes) != 1)
			bytes = -1;
	}
	if (stat)
		fclose(stat);
	return bytes;
}

/* With a limit of @most. Return: 0, or -1 */
static int make_group(const char *most)
{
	mkdir(MOUNT, 0700);
	umount2(MOUNT, MNT_DETACH);
	if (mount("none", MOUNT, "cgroup2", 0, NULL) ||
	    write_file(MOUNT "/cgroup.subtree_control", "+memory"))
		return -1;
	rmdir(GROUP);
	if (mkdir(GROUP, 0700))
		return -1;
	return write_file(GROUP "/memory.max", most);
}

static void remove_group(void)
{
	join(MOUNT);
	rmdir(GROUP);
	umount2(MOUNT, MNT_DETACH);
}

FIXTURE_SETUP(cgroup)
{
	self->fd = -1;
	ASSERT_EQ(0, make_group("6M")) {
		TH_LOG("no cgroups of version 2");
	}
}

FIXTURE_TEARDOWN(cgroup)
{
	close(self->fd);
	remove_group();
}

/* Open the device as a process of the group, and be one no more */
static int open_in_group(void)
{
	int fd;

	if (join(GROUP))
		return -1;
	fd = gomalloc_open();
	if (join(MOUNT))
		return -1;
	return fd;
}

/* Fill it with objects of @length. Return: bytes of them, or -1 */
static long fill_with(int fd, __u32 length)
{
	__u32 handle;
	long bytes = 0;

	while (bytes <= 2 * LIMIT && !gomalloc_alloc(fd, length, 0, &handle))
		bytes += length;
	return errno == ENOMEM ? bytes : -1;
}

static long wait_for_kernel_bytes(long most)
{
	int i;

	/* The CPUs settle their accounts in the background */
	for (i = 0; i < 100 && kernel_bytes() > most; i++)
		usleep(100000);
	return kernel_bytes();
}

TEST_F(cgroup, the_group_of_the_opener_pays_and_its_limit_holds)
{
	static const __u32 lengths[] = { 1 << 20, 50000, 1000, 100 };
	long before = kernel_bytes(), bytes;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		self->fd = open_in_group();
		ASSERT_GE(self->fd, 0);
		bytes = fill_with(self->fd, lengths[i]);
		TH_LOG("%ld KiB in objects of %u, %ld KiB charged",
		       bytes >> 10, lengths[i], kernel_bytes() >> 10);
		/* They pay for their handles as well */
		EXPECT_GT(bytes, LIMIT / 2);
		EXPECT_LE(bytes, LIMIT);
		EXPECT_LE(kernel_bytes(), LIMIT);
		EXPECT_GT(kernel_bytes(), LIMIT / 10 * 8);
		close(self->fd);
		self->fd = -1;
		EXPECT_LE(wait_for_kernel_bytes(before + 300000),
			  before + 300000);
	}
}

/* An allocation that failed loses nothing: others can be freed and replaced */
TEST_F(cgroup, a_full_group_goes_on_when_something_is_freed)
{
	__u32 handle;
	int i;

	self->fd = open_in_group();
	ASSERT_GE(self->fd, 0);
	ASSERT_GT(fill_with(self->fd, 100000), 0);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, gomalloc_free(self->fd, 1 + i));
		ASSERT_EQ(0, gomalloc_alloc(self->fd, 100000, 0, &handle));
	}
}

/* Return: how often "oom_kill" of the group's memory.events has happened, or -1 */
static long oom_kills(void)
{
	FILE *events = fopen(GROUP "/memory.events", "r");
	char line[100];
	long n = -1;

	while (events && n < 0 && fgets(line, sizeof(line), events)) {
		if (sscanf(line, "oom_kill %ld", &n) != 1)
			n = -1;
	}
	if (events)
		fclose(events);
	return n;
}

/* A process of the group that has @bytes and does nothing. Return: its pid, or -1 */
static pid_t start_bystander(size_t bytes)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		char *p = join(GROUP) ? NULL : malloc(bytes);

		if (p && memset(p, 1, bytes) && write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

#define MOST_FILES	4000

/* As a process of the group: open it until it fails. Return: as what failed, or 0 */
static int open_until_full(void)
{
	struct rlimit most = { MOST_FILES + 100, MOST_FILES + 100 };
	int n;

	/* Room for all descriptors at once: their table is the kernel's to ask for */
	if (setrlimit(RLIMIT_NOFILE, &most) || dup2(0, MOST_FILES + 50) < 0 || join(GROUP))
		return -1;
	for (n = 0; n < MOST_FILES; n++) {
		if (gomalloc_open() < 0)
			return errno;
	}
	return 0;
}

TEST_F_TIMEOUT(cgroup, open_fails_in_a_full_group_and_nobody_is_killed, 120)
{
	pid_t opener, bystander;
	int round, status;

	/* Less than as many files take as a process may open */
	ASSERT_EQ(0, write_file(GROUP "/memory.max", "9M"));
	bystander = start_bystander(4 << 20);
	ASSERT_GT(bystander, 0);
	for (round = 0; round < 4; round++) {
		opener = fork();
		if (!opener)
			_exit(open_until_full());
		status = status_of(opener);
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(ENOMEM, WEXITSTATUS(status));
	}
	EXPECT_EQ(0, oom_kills());
	EXPECT_EQ(0, waitpid(bystander, NULL, WNOHANG));
	kill(bystander, SIGKILL);
	waitpid(bystander, NULL, 0);
}

/* Of a group of 256 MiB: more than half, so that only what is released has room twice */
#define MUCH	(180UL << 20)
#define BATCH	256

/* Take MUCH through the device in objects of @length and free them. Return: 0, or -1 */
static int take_and_free(int fd, __u32 length)
{
	__u32 lengths[BATCH], handles[BATCH], handle, nr = 0;
	size_t bytes = 0;
	int i, n;

	for (i = 0; i < BATCH; i++)
		lengths[i] = length;
	while (bytes < MUCH) {
		n = gomalloc_alloc_batch(fd, length < 65536 ? BATCH : 1, lengths, 0, handles);
		if (n <= 0)
			return -1;
		nr += n;
		bytes += (size_t)n * length;
	}
	/* Handles are the lowest that are free */
	for (handle = 1; handle <= nr; handle++) {
		if (gomalloc_free(fd, handle))
			return -1;
	}
	return count_objects(fd) ? -1 : 0;
}

/* Return: 0; 1: it could not be taken; 2: there was no memory for ourselves */
static int take_free_and_touch(__u32 length)
{
	int fd = join(GROUP) ? -1 : gomalloc_open();
	char *p;
	size_t at;

	if (fd < 0 || take_and_free(fd, length))
		return 1;
	p = mmap(NULL, MUCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 2;
	for (at = 0; at < MUCH; at += 4096)
		p[at] = 1;
	return 0;
}

FIXTURE(reclaim) {
	char scavenge[PARAM_LEN], limit[PARAM_LEN], total[PARAM_LEN];
};

FIXTURE_VARIANT(reclaim) {
	__u32 length;
};

FIXTURE_VARIANT_ADD(reclaim, of_large_objects) {
	.length = 1 << 20,
};

FIXTURE_VARIANT_ADD(reclaim, of_small_objects) {
	.length = 1000,
};

/* Without the scavenger, so that it is reclaim that takes what is free */
FIXTURE_SETUP(reclaim)
{
	ASSERT_EQ(0, make_group("256M"));
	/* Where there is none, the file is not there */
	write_file(GROUP "/memory.swap.max", "0");
	ASSERT_EQ(0, set_param("scavenge_ms", "0", self->scavenge));
	ASSERT_EQ(0, set_param("dev_limit_mb", "0", self->limit));
	ASSERT_EQ(0, set_param("dev_total_mb", "0", self->total));
}

FIXTURE_TEARDOWN(reclaim)
{
	set_param("scavenge_ms", self->scavenge, NULL);
	set_param("dev_limit_mb", self->limit, NULL);
	set_param("dev_total_mb", self->total, NULL);
	remove_group();
}

TEST_F_TIMEOUT(reclaim, what_is_free_has_room_in_its_group, 300)
{
	pid_t pid = fork();

	if (!pid)
		_exit(take_free_and_touch(variant->length));
	EXPECT_EQ(0, status_of(pid));
	EXPECT_EQ(0, oom_kills());
}

/* In the group: take @nr objects of 1 MiB. Return: a descriptor, or -1 */
static int open_and_take(__u32 *handles, int nr)
{
	int fd = open_in_group(), i;

	for (i = 0; fd >= 0 && i < nr; i++) {
		if (gomalloc_alloc(fd, 1 << 20, 0, &handles[i]))
			return -1;
	}
	/* Page reclaim is told of the heap in the background */
	usleep(200000);
	return fd;
}

#define OBJECTS	40

/* The kernel asks a group's shrinkers no more that have said they have nothing */
TEST_F(reclaim, a_group_whose_heap_had_nothing_free_is_asked_again)
{
	__u32 handles[OBJECTS];
	int fd, i;
	long taken;

	if (access(GROUP "/memory.reclaim", W_OK))
		SKIP(return, "no memory.reclaim");
	fd = open_and_take(handles, OBJECTS);
	ASSERT_GE(fd, 0);
	/* It says that there was less than this */
	EXPECT_NE(0, write_file(GROUP "/memory.reclaim", "20M"));
	taken = kernel_bytes();
	EXPECT_GT(taken, OBJECTS << 20);
	for (i = 0; i < OBJECTS; i++)
		ASSERT_EQ(0, gomalloc_free(fd, handles[i]));
	write_file(GROUP "/memory.reclaim", "20M");
	EXPECT_LE(wait_for_kernel_bytes(taken - (20 << 20)), taken - (20 << 20));
	close(fd);
}

TEST_HARNESS_MAIN
