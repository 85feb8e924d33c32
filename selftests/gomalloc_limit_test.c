// SPDX-License-Identifier: GPL-2.0
/*
 * How much a descriptor of /dev/gomalloc may hold, and what it releases.
 */
#include "device.h"

TEST_F(dev, a_limit_can_be_set_and_set_again)
{
	struct gomalloc_ioc_stats stats;
	__u32 b;

	ASSERT_EQ(0, gomalloc_set_limit(self->fd, 1 << 20, 512 << 10));
	stats = stats_of(self->fd);
	EXPECT_EQ(1 << 20, stats.out_limit_bytes);
	EXPECT_EQ(512 << 10, stats.out_soft_limit_bytes);
	new_object(self->fd, 700000);
	EXPECT_ERRNO(ENOSPC, gomalloc_alloc(self->fd, 700000, 0, &b));
	/* Live objects stay, and a limit that fails changes nothing */
	EXPECT_ERRNO(EBUSY, gomalloc_set_limit(self->fd, 512 << 10, 0));
	EXPECT_ERRNO(EINVAL, gomalloc_set_limit(self->fd, 1 << 20, 2 << 20));
	stats = stats_of(self->fd);
	EXPECT_EQ(1 << 20, stats.out_limit_bytes);
	EXPECT_EQ(512 << 10, stats.out_soft_limit_bytes);
	ASSERT_EQ(0, gomalloc_set_limit(self->fd, 2 << 20, 0));
	EXPECT_EQ(0, gomalloc_alloc(self->fd, 700000, 0, &b));
	stats = stats_of(self->fd);
	EXPECT_GE(stats.out_peak_bytes, 1400000);
	EXPECT_LE(stats.out_peak_bytes, 2 << 20);
}

/* In a child, so that only that loses the capability */
TEST_F(dev, more_than_the_module_allows_takes_a_capability)
{
	__u64 more = stats_of(self->fd).out_limit_bytes;
	pid_t pid;

	if (!more)
		SKIP(return, "load the module with a dev_limit_mb");
	pid = fork();
	if (!pid) {
		more += 65536;
		if (gomalloc_set_limit(self->fd, more, 0) || setuid(65534))
			_exit(2);
		more += 65536;
		_exit(!gomalloc_set_limit(self->fd, more, 0) || errno != EPERM);
	}
	EXPECT_EQ(0, status_of(pid));
}

/* Return: bytes that were released, or UINT64_MAX */
static uint64_t trim(int fd)
{
	uint64_t bytes;

	return gomalloc_trim(fd, &bytes) ? UINT64_MAX : bytes;
}

TEST_F(dev, a_trim_releases_what_is_free)
{
	struct gomalloc_ioc_stats stats;
	__u32 handle[300];
	int i;

	for (i = 0; i < 300; i++)
		handle[i] = new_object(self->fd, 5000);
	for (i = 0; i < 299; i++)
		ASSERT_EQ(0, gomalloc_free(self->fd, handle[i]));
	stats = stats_of(self->fd);
	EXPECT_LE(trim(self->fd), stats.out_held_bytes);
	stats = stats_of(self->fd);
	EXPECT_LE(stats.out_held_bytes, 65536);
	EXPECT_EQ(stats.out_span_bytes, stats.out_held_bytes);
	EXPECT_EQ(0, stats.out_cached_bytes);
	EXPECT_EQ(0, trim(self->fd));
	ASSERT_EQ(0, gomalloc_free(self->fd, handle[299]));
	EXPECT_EQ(stats.out_held_bytes, trim(self->fd));
	EXPECT_EQ(0, stats_of(self->fd).out_held_bytes);
}

TEST_F(dev, the_limit_says_no_space)
{
	__u64 limit = stats_of(self->fd).out_limit_bytes;
	__u32 handle, last = 0;
	int rc = 0;

	if (!limit || limit > 64 << 20)
		SKIP(return, "load the module with a dev_limit_mb of at most 64");
	while (!rc) {
		rc = gomalloc_alloc(self->fd, 1 << 20, 0, &handle);
		last = rc ? last : handle;
	}
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_LE(stats_of(self->fd).out_held_bytes, limit);
	/* What is freed can be allocated again */
	EXPECT_EQ(0, gomalloc_free(self->fd, last));
	EXPECT_EQ(0, gomalloc_alloc(self->fd, 1 << 20, 0, &handle));
}

/* Return: how many objects of @length there can be, if it is a limit that ends it */
static int until_no_space(int fd, __u32 length)
{
	__u32 handle;
	int n = 0;

	while (n < 1000 && !gomalloc_alloc(fd, length, 0, &handle))
		n++;
	return errno == ENOSPC ? n : -1;
}

/* The same with another value of a parameter, which is then as before */
static int with_param(const char *name, const char *value, int fd, __u32 length)
{
	char old[PARAM_LEN];
	int n;

	if (set_param(name, value, old))
		return -1;
	n = until_no_space(fd, length);
	return set_param(name, old, NULL) ? -1 : n;
}

TEST_F(dev, objects_are_limited_by_a_parameter)
{
	__u32 handles[8], lengths[8] = { [0 ... 7] = 8 };

	EXPECT_EQ(100, with_param("dev_limit_objects", "100", self->fd, 8));
	EXPECT_EQ(100, count_objects(self->fd));
	/* What is freed can be allocated again */
	EXPECT_EQ(8, gomalloc_alloc_batch(self->fd, 8, lengths, 0, handles));
	EXPECT_EQ(8, gomalloc_free_batch(self->fd, 8, handles));
}

TEST_F(dev, objects_of_all_descriptors_are_limited_by_a_parameter)
{
	int other = open_device(), n;

	for (n = 0; n < 60; n++)
		new_object(other, 8);
	EXPECT_EQ(40, with_param("dev_total_objects", "100", self->fd, 8));
	/* They count for as long as they are there */
	close(other);
	EXPECT_EQ(60, with_param("dev_total_objects", "100", self->fd, 8));
}

TEST_F(dev, bytes_of_all_descriptors_are_limited_by_a_parameter)
{
	int other = open_device(), n;

	for (n = 0; n < 6; n++)
		new_object(other, 1 << 20);
	EXPECT_EQ(4, with_param("dev_total_mb", "10", self->fd, 1 << 20));
	close(other);
	EXPECT_EQ(6, with_param("dev_total_mb", "10", self->fd, 1 << 20));
}

/* A trim of a heap that is in use all the time */
TEST_F_TIMEOUT(dev, limits_hold_while_threads_fight_for_memory, 300)
{
	struct gomalloc_ioc_stats stats;
	int i, failed = 0;
	__u32 handle;
	pid_t pid[4];

	ASSERT_EQ(0, gomalloc_set_limit(self->fd, 2 << 20, 1 << 20));
	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (i = 0; i < 3000; i++) {
			if (gomalloc_alloc(self->fd, 1 + i * 77 % 200000, 0, &handle))
				failed += errno != ENOSPC;
			else if (i % 50 || !gomalloc_trim(self->fd, NULL))
				failed += !!gomalloc_free(self->fd, handle);
		}
		_exit(!!failed);
	}
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, status_of(pid[i]));
	stats = stats_of(self->fd);
	EXPECT_EQ(0, stats.out_objects);
	EXPECT_LE(stats.out_peak_bytes, 2 << 20);
}

TEST_HARNESS_MAIN
