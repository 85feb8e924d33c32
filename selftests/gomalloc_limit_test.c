// SPDX-License-Identifier: GPL-2.0
/*
 * How much a descriptor of /dev/gomalloc may hold, and gives back.
 */
#include "device.h"

TEST_F(dev, a_limit_can_be_set_and_set_again)
{
	struct gomalloc_ioc_stats stats;
	__u32 a, b;

	ASSERT_EQ(0, set_limits(self->fd, 1 << 20, 512 << 10));
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_EQ(1 << 20, stats.out_limit_bytes);
	EXPECT_EQ(512 << 10, stats.out_soft_limit_bytes);
	ASSERT_EQ(0, alloc_object(self->fd, 700000, 0, &a));
	EXPECT_ERRNO(ENOSPC, alloc_object(self->fd, 700000, 0, &b));
	/* Live objects stay, and a limit that fails changes nothing */
	EXPECT_ERRNO(EBUSY, set_limits(self->fd, 512 << 10, 0));
	EXPECT_ERRNO(EINVAL, set_limits(self->fd, 1 << 20, 2 << 20));
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_EQ(1 << 20, stats.out_limit_bytes);
	EXPECT_EQ(512 << 10, stats.out_soft_limit_bytes);
	ASSERT_EQ(0, set_limits(self->fd, 2 << 20, 0));
	EXPECT_EQ(0, alloc_object(self->fd, 700000, 0, &b));
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_GE(stats.out_peak_bytes, 1400000);
	EXPECT_LE(stats.out_peak_bytes, 2 << 20);
}

/* In a child, which alone loses what it takes to set any limit */
TEST_F(dev, more_than_the_module_allows_takes_a_capability)
{
	struct gomalloc_ioc_stats stats;
	int status;
	pid_t pid;

	ASSERT_EQ(0, get_stats(self->fd, &stats));
	if (!stats.out_limit_bytes)
		SKIP(return, "load the module with a dev_limit_mb");
	pid = fork();
	if (!pid) {
		int as_root = set_limits(self->fd, stats.out_limit_bytes + 65536, 0);

		if (setuid(65534))
			_exit(2);
		_exit(as_root || !set_limits(self->fd, stats.out_limit_bytes +
					    131072, 0) || errno != EPERM);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_F(dev, a_trim_gives_back_what_is_free)
{
	struct gomalloc_ioc_stats stats;
	__u32 handle[300];
	__u64 held;
	int i;

	for (i = 0; i < 300; i++)
		ASSERT_EQ(0, alloc_object(self->fd, 5000, 0, &handle[i]));
	for (i = 0; i < 299; i++)
		ASSERT_EQ(0, free_object(self->fd, handle[i]));
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	held = stats.out_held_bytes;
	EXPECT_LE(trim(self->fd), held);
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_LE(stats.out_held_bytes, 65536);
	EXPECT_EQ(stats.out_span_bytes, stats.out_held_bytes);
	EXPECT_EQ(0, stats.out_cached_bytes);
	EXPECT_EQ(0, trim(self->fd));
	ASSERT_EQ(0, free_object(self->fd, handle[299]));
	EXPECT_EQ(stats.out_held_bytes, trim(self->fd));
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_EQ(0, stats.out_held_bytes);
}

TEST_F(dev, the_limit_says_no_space)
{
	struct gomalloc_ioc_stats stats;
	__u32 handle, last = 0;
	int rc = 0;

	ASSERT_EQ(0, get_stats(self->fd, &stats));
	if (!stats.out_limit_bytes || stats.out_limit_bytes > 64 << 20)
		SKIP(return, "load the module with a dev_limit_mb of at most 64");
	while (!rc) {
		rc = alloc_object(self->fd, 1 << 20, 0, &handle);
		last = rc ? last : handle;
	}
	EXPECT_EQ(ENOSPC, errno);
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_LE(stats.out_held_bytes, stats.out_limit_bytes);
	/* What is freed can be had again */
	EXPECT_EQ(0, free_object(self->fd, last));
	EXPECT_EQ(0, alloc_object(self->fd, 1 << 20, 0, &handle));
}

/* A parameter of the module, which is as before when the test is over */
static int with_param(const char *name, long value, int (*test)(int fd), int fd)
{
	long old = read_param(name);
	int rc;

	if (old < 0 || write_param(name, value))
		return -1;
	rc = test(fd);
	write_param(name, old);
	return rc;
}

/* Return: how many objects could be had, if it is a limit that ended it */
static int objects_until_no_space(int fd)
{
	__u32 handle;
	int n = 0;

	while (n < 1000 && !alloc_object(fd, 8, 0, &handle))
		n++;
	return errno == ENOSPC ? n : -1;
}

TEST_F(dev, objects_are_limited_by_a_parameter)
{
	__u32 handles[8], lengths[8] = { 8, 8, 8, 8, 8, 8, 8, 8 };

	EXPECT_EQ(100, with_param("dev_limit_objects", 100,
				  objects_until_no_space, self->fd));
	EXPECT_EQ(100, count_objects(self->fd));
	/* What is freed can be had again */
	EXPECT_EQ(8, alloc_objects(self->fd, 8, lengths, handles));
	EXPECT_EQ(8, free_objects(self->fd, 8, handles));
}

TEST_F(dev, objects_of_all_descriptors_are_limited_by_a_parameter)
{
	int other = open_device(), n;
	__u32 handle;

	for (n = 0; n < 60; n++)
		ASSERT_EQ(0, alloc_object(other, 8, 0, &handle));
	EXPECT_EQ(40, with_param("dev_total_objects", 100,
				 objects_until_no_space, self->fd));
	/* They count for as long as they are there */
	close(other);
	EXPECT_EQ(60, with_param("dev_total_objects", 100,
				 objects_until_no_space, self->fd));
}

static int megabytes_until_no_space(int fd)
{
	__u32 handle;
	int n = 0;

	while (n < 1000 && !alloc_object(fd, 1 << 20, 0, &handle))
		n++;
	return errno == ENOSPC ? n : -1;
}

TEST_F(dev, bytes_of_all_descriptors_are_limited_by_a_parameter)
{
	int other = open_device(), n;
	__u32 handle;

	for (n = 0; n < 6; n++)
		ASSERT_EQ(0, alloc_object(other, 1 << 20, 0, &handle));
	EXPECT_EQ(4, with_param("dev_total_mb", 10, megabytes_until_no_space,
				self->fd));
	close(other);
	EXPECT_EQ(6, with_param("dev_total_mb", 10, megabytes_until_no_space,
				self->fd));
}

/* A trim of a heap that is in use all the time */
TEST_F_TIMEOUT(dev, limits_hold_while_threads_fight_for_memory, 300)
{
	struct gomalloc_ioc_stats stats;
	int i, status, failed = 0;
	__u32 handle;
	pid_t pid[4];

	ASSERT_EQ(0, set_limits(self->fd, 2 << 20, 1 << 20));
	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (i = 0; i < 3000; i++) {
			if (alloc_object(self->fd, 1 + i * 77 % 200000, 0,
					 &handle))
				failed += errno != ENOSPC;
			else if (i % 50 || trim(self->fd) != UINT64_MAX)
				failed += !!free_object(self->fd, handle);
		}
		_exit(!!failed);
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_EQ(0, stats.out_objects);
	EXPECT_LE(stats.out_peak_bytes, 2 << 20);
}

TEST_HARNESS_MAIN
