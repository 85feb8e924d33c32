// SPDX-License-Identifier: GPL-2.0
/*
 * How much a descriptor of /dev/gomalloc may hold, and gives back.
 */
#include "device.h"

static int set_limit(int fd, __u64 limit, __u64 soft)
{
	struct gomalloc_ioc_set_limit arg = {
		.size = sizeof(arg),
		.limit_bytes = limit,
		.soft_limit_bytes = soft,
	};

	return ioctl(fd, GOMALLOC_IOC_SET_LIMIT, &arg);
}

static __u64 trim(int fd)
{
	struct gomalloc_ioc_trim arg = { .size = sizeof(arg) };

	return ioctl(fd, GOMALLOC_IOC_TRIM, &arg) ? UINT64_MAX : arg.out_bytes;
}

TEST_F(dev, a_limit_can_be_set_and_set_again)
{
	struct gomalloc_ioc_stats stats;
	__u32 a, b;

	ASSERT_EQ(0, set_limit(self->fd, 1 << 20, 512 << 10));
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_EQ(1 << 20, stats.out_limit_bytes);
	EXPECT_EQ(512 << 10, stats.out_soft_limit_bytes);
	ASSERT_EQ(0, alloc_object(self->fd, 700000, 0, &a));
	EXPECT_ERRNO(ENOSPC, alloc_object(self->fd, 700000, 0, &b));
	/* Live objects stay, and a limit that fails changes nothing */
	EXPECT_ERRNO(EBUSY, set_limit(self->fd, 512 << 10, 0));
	EXPECT_ERRNO(EINVAL, set_limit(self->fd, 1 << 20, 2 << 20));
	ASSERT_EQ(0, get_stats(self->fd, &stats));
	EXPECT_EQ(1 << 20, stats.out_limit_bytes);
	EXPECT_EQ(512 << 10, stats.out_soft_limit_bytes);
	ASSERT_EQ(0, set_limit(self->fd, 2 << 20, 0));
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
		int as_root = set_limit(self->fd, stats.out_limit_bytes + 4096, 0);

		if (setuid(65534))
			_exit(2);
		_exit(as_root || !set_limit(self->fd, stats.out_limit_bytes +
					    8192, 0) || errno != EPERM);
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
	EXPECT_LT(stats.out_held_bytes, 65536);
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

TEST_HARNESS_MAIN
