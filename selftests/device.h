/* SPDX-License-Identifier: GPL-2.0 */
/*
 * device - an open /dev/gomalloc for each test, and its commands as functions
 *
 * Not those of libgomalloc: lengths and offsets are of 64 bits in programs of 32,
 * too, and values may be wrong that the library's types could not hold.
 */
#ifndef _GOMALLOC_SELFTESTS_DEVICE_H
#define _GOMALLOC_SELFTESTS_DEVICE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/gomalloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static inline int resize_object(int fd, __u32 handle, __u64 length)
{
	struct gomalloc_ioc_realloc arg = {
		.size = sizeof(arg),
		.handle = handle,
		.length = length,
	};

	return ioctl(fd, GOMALLOC_IOC_REALLOC, &arg);
}

static inline int fill_object(int fd, __u32 handle, __u64 offset, __u64 length,
			      __u32 value)
{
	struct gomalloc_ioc_fill arg = {
		.size = sizeof(arg),
		.handle = handle,
		.offset = offset,
		.length = length,
		.value = value,
	};

	return ioctl(fd, GOMALLOC_IOC_FILL, &arg);
}

/* Return: how many were allocated, or -1 */
static inline int alloc_objects(int fd, __u32 nr, const __u32 *lengths,
				__u32 *handles)
{
	struct gomalloc_ioc_alloc_batch arg = {
		.size = sizeof(arg),
		.nr = nr,
		.lengths = (uintptr_t)lengths,
		.handles = (uintptr_t)handles,
	};

	return ioctl(fd, GOMALLOC_IOC_ALLOC_BATCH, &arg) ? -1 : (int)arg.out_nr;
}

/* Return: how many were freed, or -1 */
static inline int free_objects(int fd, __u32 nr, const __u32 *handles)
{
	struct gomalloc_ioc_free_batch arg = {
		.size = sizeof(arg),
		.nr = nr,
		.handles = (uintptr_t)handles,
	};

	return ioctl(fd, GOMALLOC_IOC_FREE_BATCH, &arg) ? -1 : (int)arg.out_nr;
}

static inline int set_limits(int fd, __u64 limit, __u64 soft)
{
	struct gomalloc_ioc_set_limit arg = {
		.size = sizeof(arg),
		.limit_bytes = limit,
		.soft_limit_bytes = soft,
	};

	return ioctl(fd, GOMALLOC_IOC_SET_LIMIT, &arg);
}

/* Return: bytes that went back, or UINT64_MAX */
static inline __u64 trim(int fd)
{
	struct gomalloc_ioc_trim arg = { .size = sizeof(arg) };

	return ioctl(fd, GOMALLOC_IOC_TRIM, &arg) ? UINT64_MAX : arg.out_bytes;
}

/* Return: objects of the descriptor, or UINT64_MAX */
static inline __u64 count_objects(int fd)
{
	struct gomalloc_ioc_stats stats;

	return get_stats(fd, &stats) ? UINT64_MAX : stats.out_objects;
}

/* Return: the mapping, or MAP_FAILED */
static inline unsigned char *map_object(int fd, __u32 handle, size_t length,
					int prot)
{
	struct gomalloc_ioc_info info;

	if (get_info(fd, handle, &info))
		return MAP_FAILED;
	return mmap64(NULL, length, prot, MAP_SHARED, fd, info.out_mmap_offset);
}

/* A page that can be neither read nor written */
static inline char *nowhere(void)
{
	return mmap(NULL, sysconf(_SC_PAGESIZE), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Return: the number in a parameter of the module, or -1 */
static inline long read_param(const char *name)
{
	char path[100], text[20] = {};
	int fd;

	snprintf(path, sizeof(path), "/sys/module/gomalloc/parameters/%s",
		 name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = 0;
	close(fd);
	return text[0] ? atol(text) : -1;
}

static inline int write_param(const char *name, long value)
{
	char path[100], text[20];
	int fd, n, rc;

	snprintf(path, sizeof(path), "/sys/module/gomalloc/parameters/%s",
		 name);
	n = snprintf(text, sizeof(text), "%ld", value);
	fd = open(path, O_WRONLY);
	rc = write(fd, text, n) == n ? 0 : -1;
	close(fd);
	return rc;
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
