/* SPDX-License-Identifier: GPL-2.0 */
/*
 * device - an open /dev/gomalloc for each test
 *
 * Tests call it through libgomalloc, and through ioctl() where they test what the
 * library cannot say: in programs of 32 bits its lengths and offsets are of 32.
 */
#ifndef _GOMALLOC_SELFTESTS_DEVICE_H
#define _GOMALLOC_SELFTESTS_DEVICE_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgomalloc.h>
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

/* A command whose struct holds what the library's types could not, or would not */
#define COMMAND(_fd, _cmd, _struct, ...)					\
	ioctl(_fd, GOMALLOC_IOC_##_cmd, &(struct gomalloc_ioc_##_struct){	\
		.size = sizeof(struct gomalloc_ioc_##_struct), __VA_ARGS__	\
	})

/* These end the test where they fail */
static inline int open_device(void)
{
	int fd = gomalloc_open();

	if (fd < 0)
		err(EXIT_FAILURE, "no /dev/gomalloc: load the module, be root");
	return fd;
}

static inline struct gomalloc_ioc_stats stats_of(int fd)
{
	struct gomalloc_ioc_stats stats;

	if (gomalloc_stats(fd, 0, &stats))
		err(EXIT_FAILURE, "STATS");
	return stats;
}

static inline __u64 count_objects(int fd)
{
	return stats_of(fd).out_objects;
}

static inline struct gomalloc_ioc_info info_of(int fd, __u32 handle)
{
	struct gomalloc_ioc_info info;

	if (gomalloc_info(fd, handle, &info))
		err(EXIT_FAILURE, "INFO of %u", handle);
	return info;
}

static inline __u32 new_object(int fd, size_t length)
{
	__u32 handle;

	if (gomalloc_alloc(fd, length, 0, &handle))
		err(EXIT_FAILURE, "ALLOC of %zu bytes", length);
	return handle;
}

/* Wait for a child. Return: how it ended, or -1 */
static inline int status_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static inline int all_bytes(const unsigned char *p, size_t n, unsigned char value)
{
	while (n--) {
		if (*p++ != value)
			return 0;
	}
	return 1;
}

/* A page that may be used so. Return: where it is, or MAP_FAILED */
static inline void *new_page(int prot)
{
	return mmap(NULL, sysconf(_SC_PAGESIZE), prot,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static inline int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = strlen(text);
	int rc = write(fd, text, n) == n ? 0 : -1;

	close(fd);
	return rc;
}

#define PARAM_LEN	20

/* Give a parameter of the module a value, and tell the @old one. Return: 0, or -1 */
static inline int set_param(const char *name, const char *value, char *old)
{
	char path[100];
	int fd, n = 1;

	snprintf(path, sizeof(path), "/sys/module/gomalloc/parameters/%s", name);
	if (old) {
		memset(old, 0, PARAM_LEN);
		fd = open(path, O_RDONLY);
		n = read(fd, old, PARAM_LEN - 1);
		close(fd);
	}
	return n > 0 ? write_file(path, value) : -1;
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
}

FIXTURE_TEARDOWN(dev)
{
	close(self->fd);
}

#endif /* _GOMALLOC_SELFTESTS_DEVICE_H */
