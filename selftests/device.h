/* SPDX-License-Identifier: GPL-2.0 */
/*
 * device - an open /dev/gomalloc for each test
 *
 * Tests call it through libgomalloc, and through ioctl() where they test what the
 * library cannot say: in programs of 32 bits its lengths and offsets are of 32.
 */
#ifndef _GOMALLOC_SELFTESTS_DEVICE_H
#define _GOMALLOC_SELFTESTS_DEVICE_H

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

/* Return: objects of the descriptor, or UINT64_MAX */
static inline __u64 count_objects(int fd)
{
	struct gomalloc_ioc_stats stats;

	return gomalloc_stats(fd, 0, &stats) ? UINT64_MAX : stats.out_objects;
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
	self->fd = gomalloc_open();
	ASSERT_GE(self->fd, 0) {
		TH_LOG("no /dev/gomalloc: load the module, be root");
	}
}

FIXTURE_TEARDOWN(dev)
{
	close(self->fd);
}

#endif /* _GOMALLOC_SELFTESTS_DEVICE_H */
