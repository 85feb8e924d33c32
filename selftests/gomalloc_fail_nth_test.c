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
	__u32 length, flags, handle, handles[BATCH];
	void *map;
};

typedef FIXTURE_DATA(nth) nth_t;

/* All allocations, those that may sleep and single pages too; no word of it */
static int prepare(void)
{
	return write_file(DEBUGFS "failslab/verbose", "0") ||
	       write_file(DEBUGFS "fail_page_alloc/verbose", "0") ||
	       write_file(DEBUGFS "failgomalloc/verbose", "0") ||
	       write_file(DEBUGFS "failslab/ignore-gfp-wait", "N") ||
	       write_file(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N") ||
	       write_file(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N") ||
	       write_file(DEBUGFS "fail_page_alloc/min-order", "0");
}

FIXTURE_SETUP(nth)
{
	self->fail_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	ASSERT_GE(self->fail_fd, 0) {
		TH_LOG("a kernel without fault injection");
	}
	ASSERT_EQ(0, prepare());
	self->fd = open_device();
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
	int fd = gomalloc_open();

	return fd < 0 ? fd : close(fd);
}

TEST_F(nth, open_and_close)
{
	EXPECT_EQ(0, sweep(self, try_open, NULL));
	EXPECT_GT(self->failures, 5);
}

static int try_alloc(nth_t *self)
{
	gomalloc_trim(self->fd, NULL);
	return gomalloc_alloc(self->fd, self->length, self->flags, &self->handle);
}

static void undo_alloc(nth_t *self)
{
	gomalloc_free(self->fd, self->handle);
}

TEST_F(nth, alloc)
{
	self->length = 5;
	self->flags = GOMALLOC_ALLOC_NOSCAN;
	EXPECT_EQ(0, sweep(self, try_alloc, undo_alloc));
	self->length = 1000;
	self->flags = 0;
	EXPECT_EQ(0, sweep(self, try_alloc, undo_alloc));
	self->length = 1 << 20;
	EXPECT_EQ(0, sweep(self, try_alloc, undo_alloc));
	EXPECT_GT(self->failures, 10);
}

/* A batch may succeed in part, and then in the rest */
static int try_batch(nth_t *self)
{
	__u32 lengths[BATCH];
	int i, done;

	for (i = 0; i < BATCH; i++)
		lengths[i] = 1 + i * 3000;
	gomalloc_trim(self->fd, NULL);
	done = gomalloc_alloc_batch(self->fd, BATCH, lengths, 0, self->handles);
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
	gomalloc_free_batch(self->fd, i, self->handles);
}

TEST_F(nth, batch)
{
	EXPECT_EQ(0, sweep(self, try_batch, undo_batch));
	EXPECT_GT(self->failures, 50);
}

static int try_realloc(nth_t *self)
{
	gomalloc_trim(self->fd, NULL);
	return gomalloc_realloc(self->fd, self->handle, self->length);
}

static void undo_realloc(nth_t *self)
{
	fail_at(self->fail_fd, 0);
	gomalloc_realloc(self->fd, self->handle, 20000);
}

TEST_F(nth, realloc)
{
	self->handle = new_object(self->fd, 20000);
	self->length = 300000;
	EXPECT_EQ(0, sweep(self, try_realloc, undo_realloc));
	EXPECT_GT(self->failures, 0);
	self->length = 10;
	EXPECT_EQ(0, sweep(self, try_realloc, undo_realloc));
	EXPECT_EQ(20000, info_of(self->fd, self->handle).out_length);
}

static int try_map(nth_t *self)
{
	size_t length = 1 << 20;

	self->map = gomalloc_map(self->fd, self->handle, 0, &length, PROT_READ);
	if (!self->map)
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
	self->handle = new_object(self->fd, 1 << 20);
	EXPECT_EQ(0, sweep(self, try_map, undo_map));
	EXPECT_GT(self->failures, 0);
	/* None of the mappings that failed holds it */
	EXPECT_EQ(0, gomalloc_realloc(self->fd, self->handle, 10));
}

static int try_statistics(nth_t *self)
{
	struct gomalloc_heap_row heaps[4];
	struct gomalloc_class_row rows[68];
	struct gomalloc_ioc_version version;
	struct gomalloc_ioc_stats stats;

	if (gomalloc_stats(self->fd, 0, &stats) ||
	    gomalloc_version(self->fd, &version) ||
	    gomalloc_class_stats(self->fd, 0, rows, 68) < 0 ||
	    gomalloc_heaps(self->fd, heaps, 4) < 0)
		return -1;
	return 0;
}

TEST_F(nth, statistics)
{
	self->handle = new_object(self->fd, 100);
	EXPECT_EQ(0, sweep(self, try_statistics, NULL));
	EXPECT_GE(self->failures, 2);
}

/* These are never told that there is no memory */
static int try_others(nth_t *self)
{
	struct gomalloc_ioc_info info;
	char data[100] = {};

	if (gomalloc_write(self->fd, self->handle, 0, data, 100) ||
	    gomalloc_read(self->fd, self->handle, 0, data, 100) ||
	    gomalloc_fill(self->fd, self->handle, 0, 100, 1) ||
	    gomalloc_info(self->fd, self->handle, &info) ||
	    gomalloc_set_limit(self->fd, 1 << 20, 0) ||
	    gomalloc_trim(self->fd, NULL))
		return -1;
	return 0;
}

static int try_free(nth_t *self)
{
	return gomalloc_free(self->fd, self->handle);
}

static void redo_alloc(nth_t *self)
{
	fail_at(self->fail_fd, 0);
	gomalloc_alloc(self->fd, 100, 0, &self->handle);
}

TEST_F(nth, commands_that_must_not_fail)
{
	self->must = 1;
	self->handle = new_object(self->fd, 100);
	EXPECT_EQ(0, sweep(self, try_others, NULL));
	EXPECT_EQ(0, sweep(self, try_free, redo_alloc));
}

TEST_HARNESS_MAIN
