// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what to an object of /dev/gomalloc, by which way, and when it goes: by a
 * descriptor for reading, a debugger, a mapping beside REALLOC, after close().
 */
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <time.h>

#include "device.h"

#define LENGTH	100000

/* Mapped twice: by @rw for writing, too, by @ro for reading only */
FIXTURE(access) {
	int fd;
	__u32 handle;
	unsigned char *rw, *ro;
};

static unsigned char *map_object(int fd, __u32 handle, size_t length, int prot)
{
	return gomalloc_map(fd, handle, 0, &length, prot);
}

FIXTURE_SETUP(access)
{
	self->fd = open_device();
	self->handle = new_object(self->fd, LENGTH);
	self->rw = map_object(self->fd, self->handle, LENGTH, PROT_READ | PROT_WRITE);
	self->ro = map_object(self->fd, self->handle, LENGTH, PROT_READ);
	ASSERT_NE(NULL, self->rw);
	ASSERT_NE(NULL, self->ro);
	self->rw[0] = 1;
}

FIXTURE_TEARDOWN(access)
{
	munmap(self->rw, LENGTH);
	munmap(self->ro, LENGTH);
	close(self->fd);
}

/*
 * === debuggers ===
 */

/* Return: 0, or -1 */
static int write_mem(pid_t pid, void *at, unsigned char value)
{
	char path[40];
	int fd, n, error;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	n = pwrite64(fd, &value, 1, (uintptr_t)at);
	error = errno;
	close(fd);
	errno = error;
	return n == 1 ? 0 : -1;
}

static int write_process(pid_t pid, void *at, unsigned char value)
{
	struct iovec from = { &value, 1 }, to = { at, 1 };

	return process_vm_writev(pid, &from, 1, &to, 1, 0) == 1 ? 0 : -1;
}

static int write_ptrace(pid_t pid, void *at, unsigned char value)
{
	return ptrace(PTRACE_POKEDATA, pid, at, (void *)(uintptr_t)value) ? -1 : 0;
}

/* A child that has what we have, is traced and does nothing. Return: its pid, or -1 */
static pid_t start_traced(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	return waitpid(pid, NULL, WUNTRACED) == pid ? pid : -1;
}

static void stop_traced(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F(access, no_debugger_writes_where_the_program_cannot)
{
	pid_t pid = start_traced();

	ASSERT_GT(pid, 0);
	EXPECT_EQ(-1, write_mem(getpid(), self->ro, 2));
	EXPECT_TRUE(errno == EIO || errno == EFAULT);
	EXPECT_EQ(-1, write_mem(pid, self->ro, 2));
	EXPECT_TRUE(errno == EIO || errno == EFAULT);
	EXPECT_EQ(-1, write_process(pid, self->ro, 2));
	EXPECT_TRUE(errno != 0);
	EXPECT_EQ(-1, write_ptrace(pid, self->ro, 2));
	EXPECT_TRUE(errno == EIO || errno == EFAULT);
	EXPECT_EQ(1, self->ro[0]);
	stop_traced(pid);
}

TEST_F(access, a_debugger_writes_where_the_program_can)
{
	pid_t pid = start_traced();

	ASSERT_GT(pid, 0);
	if (write_mem(pid, self->rw, 3)) {
		stop_traced(pid);
		SKIP(return, "this kernel shows no mapped device memory");
	}
	EXPECT_EQ(3, self->ro[0]);
	EXPECT_EQ(0, write_ptrace(pid, self->rw, 4));
	EXPECT_EQ(4, self->ro[0]);
	/* What was taken away from the mapping is taken away from it, too */
	EXPECT_EQ(0, mprotect(self->rw, LENGTH, PROT_READ));
	EXPECT_EQ(-1, write_mem(getpid(), self->rw, 5));
	EXPECT_EQ(4, self->ro[0]);
	stop_traced(pid);
}

/*
 * === descriptors ===
 */

TEST(a_descriptor_for_reading_asks_and_changes_nothing)
{
	struct gomalloc_class_row rows[68];
	struct gomalloc_heap_row heap;
	struct gomalloc_ioc_stats stats;
	int fd = open("/dev/gomalloc", O_RDONLY);
	__u32 handle = 1, length = 1;
	char byte = 0;

	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, gomalloc_stats(fd, 0, &stats));
	EXPECT_EQ(68, gomalloc_class_stats(fd, 0, rows, 68));
	EXPECT_GT(gomalloc_heaps(fd, &heap, 1), 0);
	EXPECT_EQ(0, COMMAND(fd, VERSION, version));
	/* It may, and there is nothing */
	EXPECT_ERRNO(ENOENT, gomalloc_read(fd, 1, 0, &byte, 1));
	EXPECT_ERRNO(ENOENT, COMMAND(fd, INFO, info, .handle = 1));
	EXPECT_ERRNO(EBADF, gomalloc_alloc(fd, 1, 0, &handle));
	EXPECT_ERRNO(EBADF, gomalloc_alloc_batch(fd, 1, &length, 0, &handle));
	EXPECT_ERRNO(EBADF, gomalloc_write(fd, 1, 0, &byte, 1));
	EXPECT_ERRNO(EBADF, gomalloc_fill(fd, 1, 0, 1, 0));
	EXPECT_ERRNO(EBADF, gomalloc_free(fd, 1));
	EXPECT_ERRNO(EBADF, gomalloc_free_batch(fd, 1, &handle));
	EXPECT_ERRNO(EBADF, COMMAND(fd, REALLOC, realloc, .handle = 1, .length = 1));
	EXPECT_ERRNO(EBADF, gomalloc_trim(fd, NULL));
	EXPECT_ERRNO(EBADF, gomalloc_set_limit(fd, 1 << 20, 0));
	close(fd);
}

TEST(a_descriptor_for_writing_does_not_read)
{
	int fd = open("/dev/gomalloc", O_WRONLY);
	__u32 handle;
	char byte = 7;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, gomalloc_alloc(fd, 100, 0, &handle));
	EXPECT_EQ(0, gomalloc_write(fd, handle, 0, &byte, 1));
	EXPECT_ERRNO(EBADF, gomalloc_read(fd, handle, 0, &byte, 1));
	EXPECT_EQ(0, gomalloc_free(fd, handle));
	close(fd);
}

TEST_F(access, what_is_not_offered_says_so)
{
	struct epoll_event event = { .events = EPOLLIN };
	int poll = epoll_create1(0);
	char byte;

	EXPECT_ERRNO(EPERM, epoll_ctl(poll, EPOLL_CTL_ADD, self->fd, &event));
	EXPECT_ERRNO(EINVAL, read(self->fd, &byte, 1));
	EXPECT_ERRNO(EINVAL, write(self->fd, "", 1));
	EXPECT_ERRNO(ESPIPE, lseek(self->fd, 0, SEEK_SET));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO('J', 0x77), NULL));
	close(poll);
}

/*
 * === READ_IMPLIES_EXEC ===
 */

/* Is what begins at @at executable? As a process of the child; exit status: 0 for no */
static int maps_exec(int fd, __u32 handle)
{
	unsigned char *p;
	char line[300], *dash;
	FILE *maps;
	int exec = 2;

	if (personality(READ_IMPLIES_EXEC) < 0)
		return 3;
	p = map_object(fd, handle, LENGTH, PROT_READ | PROT_WRITE);
	if (!p)
		return 4;
	maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (strtoull(line, &dash, 16) == (uintptr_t)p)
			exec = strchr(dash, 'x') && strchr(dash, 'x') < strchr(dash, ' ') + 5;
	}
	return exec;
}

TEST_F(access, no_mapping_is_executable_for_who_has_not_asked)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(maps_exec(self->fd, self->handle));
	status = status_of(pid);
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(MAP_FAILED, mmap64(NULL, LENGTH, PROT_READ | PROT_EXEC, MAP_SHARED, self->fd,
				     info_of(self->fd, self->handle).out_mmap_offset));
	EXPECT_EQ(EPERM, errno);
}

/*
 * === REALLOC beside mappings ===
 */

struct resizer {
	int fd;
	__u32 handle;
	atomic_int stop;
	long moved, busy, wrong;
};

/* Between two sizes of which neither has room for the other in its place */
static void *resize_often(void *data)
{
	struct resizer *r = data;
	int i;

	for (i = 0; !r->stop; i++) {
		if (!gomalloc_realloc(r->fd, r->handle, i % 2 ? 2000000 : 40000))
			r->moved++;
		else if (errno == EBUSY)
			r->busy++;
		else
			r->wrong++;
	}
	return NULL;
}

/* Return: 1: what was written is there; 0: it is not; -1: nothing could be mapped */
static int write_is_kept(int fd, __u32 handle, __u32 value)
{
	__u32 *p = (__u32 *)map_object(fd, handle, 4096, PROT_READ | PROT_WRITE), seen;

	if (!p)
		return -1;
	*p = value;
	munmap(p, sysconf(_SC_PAGESIZE));
	return !gomalloc_read(fd, handle, 0, &seen, sizeof(seen)) && seen == value;
}

TEST(no_write_through_a_mapping_is_lost_to_a_realloc)
{
	struct resizer r = { .fd = open_device() };
	time_t end = time(NULL) + 8;
	pthread_t thread;
	__u32 i, rounds = 0, lost = 0;

	r.handle = new_object(r.fd, 40000);
	ASSERT_EQ(0, pthread_create(&thread, NULL, resize_often, &r));
	for (i = 1; time(NULL) < end; i++) {
		switch (write_is_kept(r.fd, r.handle, i)) {
		case 0:
			lost++;
			rounds++;
			break;
		case 1:
			rounds++;
		}
	}
	r.stop = 1;
	pthread_join(thread, NULL);
	TH_LOG("%u of %u rounds lost; %ld times moved, %ld times busy", lost, rounds, r.moved,
	       r.busy);
	EXPECT_EQ(0, lost);
	EXPECT_EQ(0, r.wrong);
	EXPECT_GT(r.moved, 0);
	EXPECT_GT(rounds, 0);
	close(r.fd);
}

/* What it had, it has where there was room for it all the time */
TEST(an_object_that_was_long_grows_again_by_zeroes)
{
	int fd = open_device();
	__u32 handle = new_object(fd, 4 << 20);
	unsigned char *p;

	ASSERT_EQ(0, gomalloc_fill(fd, handle, 0, 4 << 20, 0xee));
	ASSERT_EQ(0, COMMAND(fd, REALLOC, realloc, .handle = handle, .length = 4000000));
	ASSERT_EQ(0, COMMAND(fd, REALLOC, realloc, .handle = handle, .length = 4 << 20));
	p = map_object(fd, handle, 4 << 20, PROT_READ);
	ASSERT_NE(NULL, p);
	EXPECT_TRUE(all_bytes(p, 4000000, 0xee));
	EXPECT_TRUE(all_bytes(p + 4000000, (4 << 20) - 4000000, 0));
	munmap(p, 4 << 20);
	close(fd);
}

/*
 * === what cannot be told ===
 */

struct teller {
	int fd;
	void *arg;
	atomic_int stop;
	long told;
};

/* ALLOC, whose answer has no place: it leaves nothing */
static void *alloc_in_vain(void *data)
{
	struct teller *t = data;

	while (!t->stop)
		t->told += !ioctl(t->fd, GOMALLOC_IOC_ALLOC, t->arg);
	return NULL;
}

/* Its struct can be read and not written to */
static void *silent_alloc(void)
{
	struct gomalloc_ioc_alloc *arg = new_page(PROT_READ | PROT_WRITE);

	arg->size = sizeof(*arg);
	arg->length = 100;
	mprotect(arg, sysconf(_SC_PAGESIZE), PROT_READ);
	return arg;
}

TEST(an_alloc_that_fails_takes_no_object_of_others_along)
{
	struct teller t = { .fd = open_device(), .arg = silent_alloc() };
	time_t end = time(NULL) + 4;
	long guessed = 0, lost = 0;
	__u32 handle, rounds = 0;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, alloc_in_vain, &t));
	for (; time(NULL) < end; rounds++) {
		/* The lowest number that is free is the one that it gets, too */
		guessed += !gomalloc_free(t.fd, 1);
		ASSERT_EQ(0, gomalloc_alloc(t.fd, 100, 0, &handle));
		lost += !!gomalloc_write(t.fd, handle, 0, &rounds, 4);
		lost += !!gomalloc_free(t.fd, handle);
	}
	t.stop = 1;
	pthread_join(thread, NULL);
	TH_LOG("%u rounds, %ld objects of others found, %ld lost", rounds, guessed, lost);
	EXPECT_EQ(0, t.told);
	EXPECT_EQ(0, guessed);
	EXPECT_EQ(0, lost);
	EXPECT_EQ(0, count_objects(t.fd));
	EXPECT_EQ(0, stats_of(t.fd).out_requested_bytes);
	close(t.fd);
}

/* Of objects that another may have freed by then */
static void *alloc_and_free(void *data)
{
	struct teller *t = data;
	__u32 handle;

	while (!t->stop) {
		if (!gomalloc_alloc(t->fd, 100, 0, &handle)) {
			t->told++;
			gomalloc_free(t->fd, handle);
		}
	}
	return NULL;
}

/* Also one that comes when the handle is reserved, and its object is not there yet */
TEST(no_free_of_a_guessed_handle_leaves_an_object_behind)
{
	struct teller t[2] = { { .fd = open_device() } };
	time_t end = time(NULL) + 4;
	pthread_t thread[2];
	long guessed = 0;
	__u32 handle;
	int i;

	t[1].fd = t[0].fd;
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, alloc_and_free, &t[i]));
	while (time(NULL) < end) {
		for (handle = 1; handle <= 2; handle++)
			guessed += !gomalloc_free(t[0].fd, handle);
	}
	for (i = 0; i < 2; i++) {
		t[i].stop = 1;
		pthread_join(thread[i], NULL);
	}
	for (handle = 1; handle < 10; handle++)
		gomalloc_free(t[0].fd, handle);
	TH_LOG("%ld allocated, %ld freed by a guess", t[0].told + t[1].told, guessed);
	EXPECT_GT(guessed, 0);
	EXPECT_EQ(0, count_objects(t[0].fd));
	EXPECT_EQ(0, stats_of(t[0].fd).out_requested_bytes);
	close(t[0].fd);
}

/*
 * === close() ===
 */

/* Return: objects and spans of a heap, as anybody with the right to may know; or -1 */
static long spans_of(int fd, __u32 heap)
{
	struct gomalloc_ioc_stats stats;

	return gomalloc_stats(fd, heap, &stats) ? -1 : (long)stats.out_objects;
}

/* The number of the heap that was made last */
static __u32 last_heap(int fd)
{
	struct gomalloc_heap_row rows[64];
	int n = gomalloc_heaps(fd, rows, 64);

	return n > 0 && n <= 64 ? rows[n - 1].id : 0;
}

TEST(close_leaves_what_is_mapped_and_nothing_else)
{
	int watch = open_device(), fd = open_device(), copy = dup(fd), i;
	__u32 handle = new_object(fd, LENGTH), heap = last_heap(watch);
	unsigned char *p = map_object(fd, handle, LENGTH, PROT_READ | PROT_WRITE);

	ASSERT_NE(NULL, p);
	for (i = 0; i < 1000; i++)
		new_object(fd, 100 + i);
	EXPECT_EQ(1001, spans_of(watch, heap));
	p[0] = 9;
	close(fd);
	EXPECT_EQ(1001, spans_of(watch, heap));
	close(copy);
	EXPECT_EQ(1, spans_of(watch, heap));
	EXPECT_EQ(9, p[0]);
	munmap(p, LENGTH);
	EXPECT_EQ(-1, spans_of(watch, heap));
	close(watch);
}

/* The child's descriptor is another one for the same file, and its mapping another mapping */
TEST(what_a_child_closes_its_parent_keeps)
{
	int fd = open_device(), status;
	__u32 handle = new_object(fd, LENGTH), small = new_object(fd, 100);
	unsigned char *p = map_object(fd, handle, LENGTH, PROT_READ | PROT_WRITE);
	pid_t pid = fork();

	if (!pid)
		_exit(close(fd));
	status = status_of(pid);
	EXPECT_EQ(0, status);
	EXPECT_EQ(2, count_objects(fd));
	EXPECT_EQ(0, gomalloc_free(fd, small));
	munmap(p, LENGTH);
	close(fd);
}

/* Both have the same heap, until one of them executes something else */
TEST(a_forked_process_shares_the_heap_and_an_executed_one_does_not)
{
	int fd = open_device(), status, pipes[2];
	char command[60], byte = 5;
	__u32 handle;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid) {
		handle = new_object(fd, 100);
		gomalloc_fill(fd, handle, 0, 100, 7);
		_exit(write(pipes[1], &handle, sizeof(handle)) != sizeof(handle));
	}
	ASSERT_EQ(sizeof(handle), read(pipes[0], &handle, sizeof(handle)));
	EXPECT_EQ(0, status_of(pid));
	EXPECT_EQ(0, gomalloc_read(fd, handle, 99, &byte, 1));
	EXPECT_EQ(7, byte);
	EXPECT_EQ(0, gomalloc_free(fd, handle));
	snprintf(command, sizeof(command), "[ ! -e /proc/self/fd/%d ]", fd);
	pid = fork();
	if (!pid)
		execl("/bin/sh", "sh", "-c", command, NULL);
	status = status_of(pid);
	EXPECT_EQ(0, status);
	close(fd);
}

/*
 * === parameters ===
 */

static const char *const params[] = {
	"cache_kb", "scavenge_ms", "dev_limit_mb", "dev_limit_objects", "dev_total_mb",
	"dev_total_objects", "dev_max_open", "dev_max_open_user",
};

static const char *const no_values[] = { "-1", "4294967296", "7 8", "x", "4294967295" };

TEST(a_parameter_that_cannot_be_is_refused_and_the_old_one_stays)
{
	char before[PARAM_LEN], after[PARAM_LEN];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		ASSERT_EQ(0, set_param(params[i], "3", before));
		for (j = 0; j < ARRAY_SIZE(no_values); j++) {
			EXPECT_EQ(-1, set_param(params[i], no_values[j], NULL));
			EXPECT_EQ(EINVAL, errno);
		}
		ASSERT_EQ(0, set_param(params[i], before, after));
		EXPECT_STREQ("3\n", after);
	}
}

TEST_HARNESS_MAIN
