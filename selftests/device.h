/* SPDX-License-Identifier: GPL-2.0 */
/*
 * device - an open /dev/gomalloc for each test, and its commands as functions
 */
#ifndef _GOMALLOC_SELFTESTS_DEVICE_H
#define _GOMALLOC_SELFTESTS_DEVICE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/gomalloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

static inline int open_device(void)
{
	return open("/dev/gomalloc", O_RDWR | O_CLOEXEC);
}

static inline int alloc_object(int fd, __u64 length, __u32 flags,
			       __u32 *handle)
{
	struct gomalloc_ioc_alloc arg = {
		.size = sizeof(arg),
		.flags = flags,
		.length = length,
	};
	int rc = ioctl(fd, GOMALLOC_IOC_ALLOC, &arg);

	*handle = arg.out_handle;
	return rc;
}

static inline int free_object(int fd, __u32 handle)
{
	struct gomalloc_ioc_free arg = {
		.size = sizeof(arg),
		.handle = handle,
	};

	return ioctl(fd, GOMALLOC_IOC_FREE, &arg);
}

static inline int copy_object(int fd, unsigned long cmd, __u32 handle,
			      __u64 offset, void *data, __u64 length)
{
	struct gomalloc_ioc_copy arg = {
		.size = sizeof(arg),
		.handle = handle,
		.offset = offset,
		.length = length,
		.data = (uintptr_t)data,
	};

	return ioctl(fd, cmd, &arg);
}

static inline int get_info(int fd, __u32 handle, struct gomalloc_ioc_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->handle = handle;
	return ioctl(fd, GOMALLOC_IOC_INFO, info);
}

static inline int get_stats(int fd, struct gomalloc_ioc_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	return ioctl(fd, GOMALLOC_IOC_STATS, stats);
}

#define EXPECT_ERRNO(_errno, _cmd)		\
	do {					\
		EXPECT_EQ(-1, _cmd);		\
		EXPECT_EQ(_errno, errno);	\
	} while (0)

FIXTURE(dev) {
	int fd;
};

FIXTURE_SETUP(dev)
{
	self->fd = open_device();
	ASSERT_GE(self->fd, 0) {
		TH_LOG("no /dev/gomalloc: load the module, be root");
	}
}

FIXTURE_TEARDOWN(dev)
{
	close(self->fd);
}

#endif /* _GOMALLOC_SELFTESTS_DEVICE_H */
