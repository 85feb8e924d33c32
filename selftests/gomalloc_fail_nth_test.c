// SPDX-License-Identifier: GPL-2.0
/*
 * Each command of /dev/gomalloc with the first kernel allocation that it makes
 * failing, then with the second, and so on until none is left to fail: it says
 * that there is no memory, or does without; and nothing is lost. What the
 * kernel's checkers make of it decides the run.
 *
 * Needs a kernel with FAULT_INJECTION_DEBUG_FS, FAILSLAB and FAIL_PAGE_ALLOC.
 */
#include "device.h"

#define BATCH	20
#define DEBUGFS	"/sys/kernel/debug/"

FIXTURE(nth) {
	int fd, fail_fd;
	unsigned int failures;
	int must;	/* do without what it cannot have */
	__u32 handle, handles[BATCH];
	void *map;
};

typedef FIXTURE_DATA(nth) nth_t;

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), rc;

	rc = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return rc;
}

/* All allocations, those that may sleep and single pages too; no word of it */
static int prepare(void)
{
	return write_text(DEBUGFS "failslab/verbose", "0") ||
	       write_text(DEBUGFS "fail_page_alloc/verbose", "0") ||
	       write_text(DEBUGFS "failgomalloc/verbose", "0") ||
	       write_text(DEBUGFS "failslab/ignore-gfp-wait", "N") ||
	       write_text(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N") ||
	       write_text(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N") ||
	       write_text(DEBUGFS "fail_page_alloc/min-order", "0");
}

FIXTURE_SETUP(nth)
{
	self->fail_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	ASSERT_GE(self->fail_fd, 0) {
		TH_LOG("a kernel without fault injection");
	}
	ASSERT_EQ(0, prepare());
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(nth)
{
	TH_LOG("%u failures were survived", self->failures);
	close(self->fd);
	close(self->fail_fd);
}

static void fail_at(int fail_fd, unsigned int n)
{
	char text[20];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_fd, text, len, 0) != len)
		_exit(1);
}

/* Return: did an allocation fail since fail_at()? */
static int has_failed(int fail_fd)
{
	char text[20] = {};
	int left;

	if (pread(fail_fd, text, sizeof(text) - 1, 0) <= 0)
		_exit(1);
	left = atoi(text);
	fail_at(fail_fd, 0);
	return !left;
}

/*
 * Attempt something with the n-th allocation failing, for all n; with @undo
 * after each success. Return: 0, or -1: it failed otherwise than for want of
 * memory, or where no allocation failed or it was not allowed to, or an object
 * was lost or left.
 */
static int sweep(nth_t *self, int (*attempt)(nth_t *self),
		 void (*undo)(nth_t *self))
{
	__u64 objects = count_objects(self->fd);
	unsigned int n;
	int rc, failed;

	for (n = 1; n < 1000; n++) {
		fail_at(self->fail_fd, n);
		rc = attempt(self);
		failed = has_failed(self->fail_fd);
		self->failures += failed;
		if (rc && (!failed || self->must || errno != ENOMEM))
			return -1;
		if (!rc && undo)
			undo(self);
		if (count_objects(self->fd) != objects)
			return -1;
		if (!failed)
			return 0;
	}
	return -1;
}

static int try_open(nth_t *self)
{
	int fd = open_device();

	return fd < 0 ? fd : close(fd);
}

TEST_F(nth, open_and_close)
{
	EXPECT_EQ(0, sweep(self, try_open, NULL));
	EXPECT_GT(self->failures, 5);
}

static int try_tiny(nth_t *self)
{
	trim(self->fd);
	return alloc_object(self->fd, 5, GOMALLOC_ALLOC_NOSCAN, &self->handle);
}

static int try_small(nth_t *self)
{
	trim(self->fd);
	return alloc_object(self->fd, 1000, 0, &self->handle);
}

static int try_large(nth_t *self)
{
	trim(self->fd);
	return alloc_object(self->fd, 1 << 20, 0, &self->handle);
}

static void undo_alloc(nth_t *self)
{
	free_object(self->fd, self->handle);
}

TEST_F(nth, alloc)
{
	EXPECT_EQ(0, sweep(self, try_tiny, undo_alloc));
	EXPECT_EQ(0, sweep(self, try_small, undo_alloc));
	EXPECT_EQ(0, sweep(self, try_large, undo_alloc));
	EXPECT_GT(self->failures, 10);
}

/* A batch may succeed in part, and then in the rest */
static int try_batch(nth_t *self)
{
	__u32 lengths[BATCH];
	int i, done;

	for (i = 0; i < BATCH; i++)
		lengths[i] = 1 + i * 3000;
	trim(self->fd);
	done = alloc_objects(self->fd, BATCH, lengths, self->handles);
	if (done < 0)
		return -1;
	memset(self->handles + done, 0, (BATCH - done) * sizeof(__u32));
	return 0;
}

static void undo_batch(nth_t *self)
{
	int i = 0;

	while (i < BATCH && self->handles[i])
		i++;
	free_objects(self->fd, i, self->handles);
}

TEST_F(nth, batch)
{
	EXPECT_EQ(0, sweep(self, try_batch, undo_batch));
	EXPECT_GT(self->failures, 50);
}

static int try_grow(nth_t *self)
{
	trim(self->fd);
	return resize_object(self->fd, self->handle, 300000);
}

static int try_shrink(nth_t *self)
{
	trim(self->fd);
	return resize_object(self->fd, self->handle, 10);
}

static void undo_resize(nth_t *self)
{
	fail_at(self->fail_fd, 0);
	resize_object(self->fd, self->handle, 20000);
}

TEST_F(nth, realloc)
{
	struct gomalloc_ioc_info info;

	ASSERT_EQ(0, alloc_object(self->fd, 20000, 0, &self->handle));
	EXPECT_EQ(0, sweep(self, try_grow, undo_resize));
	EXPECT_GT(self->failures, 0);
	EXPECT_EQ(0, sweep(self, try_shrink, undo_resize));
	ASSERT_EQ(0, get_info(self->fd, self->handle, &info));
	EXPECT_EQ(20000, info.out_length);
}

static int try_map(nth_t *self)
{
	self->map = map_object(self->fd, self->handle, 1 << 20, PROT_READ);
	if (self->map == MAP_FAILED)
		return -1;
	/* A fault that finds no memory is tried again */
	return __atomic_load_n((char *)self->map, __ATOMIC_RELAXED);
}

static void undo_map(nth_t *self)
{
	munmap(self->map, 1 << 20);
}

TEST_F(nth, mmap)
{
	ASSERT_EQ(0, alloc_object(self->fd, 1 << 20, 0, &self->handle));
	EXPECT_EQ(0, sweep(self, try_map, undo_map));
	EXPECT_GT(self->failures, 0);
	/* None of the mappings that failed holds it */
	EXPECT_EQ(0, resize_object(self->fd, self->handle, 10));
}

static int try_statistics(nth_t *self)
{
	struct gomalloc_heap_row heaps[4];
	struct gomalloc_class_row rows[68];
	struct gomalloc_ioc_class_stats classes = {
		.size = sizeof(classes),
		.row_size = sizeof(rows[0]),
		.nr_rows = 68,
		.rows = (uintptr_t)rows,
	};
	struct gomalloc_ioc_heaps list = {
		.size = sizeof(list),
		.row_size = sizeof(heaps[0]),
		.nr_rows = 4,
		.rows = (uintptr_t)heaps,
	};
	struct gomalloc_ioc_version version = { .size = sizeof(version) };
	struct gomalloc_ioc_stats stats;

	return get_stats(self->fd, &stats) ||
	       ioctl(self->fd, GOMALLOC_IOC_VERSION, &version) ||
	       ioctl(self->fd, GOMALLOC_IOC_CLASS_STATS, &classes) ||
	       ioctl(self->fd, GOMALLOC_IOC_HEAPS, &list) ? -1 : 0;
}

TEST_F(nth, statistics)
{
	ASSERT_EQ(0, alloc_object(self->fd, 100, 0, &self->handle));
	EXPECT_EQ(0, sweep(self, try_statistics, NULL));
	EXPECT_GE(self->failures, 2);
}

/* These are never told that there is no memory */
static int try_others(nth_t *self)
{
	struct gomalloc_ioc_info info;
	char data[100] = {};

	return copy_object(self->fd, GOMALLOC_IOC_WRITE, self->handle, 0, data,
			   100) ||
	       copy_object(self->fd, GOMALLOC_IOC_READ, self->handle, 0, data,
			   100) ||
	       fill_object(self->fd, self->handle, 0, 100, 1) ||
	       get_info(self->fd, self->handle, &info) ||
	       set_limits(self->fd, 1 << 20, 0) ||
	       trim(self->fd) == UINT64_MAX ? -1 : 0;
}

static int try_free(nth_t *self)
{
	return free_object(self->fd, self->handle);
}

static void redo_alloc(nth_t *self)
{
	fail_at(self->fail_fd, 0);
	alloc_object(self->fd, 100, 0, &self->handle);
}

TEST_F(nth, commands_that_must_not_fail)
{
	self->must = 1;
	ASSERT_EQ(0, alloc_object(self->fd, 100, 0, &self->handle));
	EXPECT_EQ(0, sweep(self, try_others, NULL));
	EXPECT_EQ(0, sweep(self, try_free, redo_alloc));
}

TEST_HARNESS_MAIN
