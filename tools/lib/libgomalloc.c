// SPDX-License-Identifier: GPL-2.0
/*
 * libgomalloc - /dev/gomalloc for C programs
 *
 * Each function is one command of linux/gomalloc.h, with its struct filled in.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libgomalloc.h"

#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 32)
#define HAS_STRERRORDESC
#endif
#endif

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* A command that answers with its errno only */
#define COMMAND(_fd, _cmd, _struct, ...)					\
	ioctl(_fd, GOMALLOC_IOC_##_cmd, &(struct gomalloc_ioc_##_struct){	\
		.size = sizeof(struct gomalloc_ioc_##_struct), __VA_ARGS__	\
	})

/*
 * Return: 0, or which side is too old for the other: -EPROTO: we; -EPROTONOSUPPORT;
 * or another error: there is no telling
 */
static int check_version(int fd)
{
	struct gomalloc_ioc_version version;

	/* ENOTTY: it is from before there were versions */
	if (gomalloc_version(fd, &version))
		return errno == ENOTTY ? -EPROTONOSUPPORT : -errno;
	if (version.out_version < GOMALLOC_VERSION)
		return -EPROTONOSUPPORT;
	return version.out_version > GOMALLOC_VERSION ? -EPROTO : 0;
}

int gomalloc_open(void)
{
	int fd = open(GOMALLOC_DEVICE, O_RDWR | O_CLOEXEC), error;

	if (fd < 0)
		return -1;
	error = check_version(fd);
	if (!error)
		return fd;
	close(fd);
	errno = -error;
	return -1;
}

static const char * const explanations[] = {
	[ENOENT] =
		"there is no /dev/gomalloc; load the module: modprobe gomalloc, or insmod gomalloc.ko",
	[ENXIO] =
		"no driver is behind /dev/gomalloc; load the module: modprobe gomalloc, or insmod gomalloc.ko",
	[EACCES] =
		"not allowed to open /dev/gomalloc; be root, or install the udev rule and join the group gomalloc",
	[EPERM] =
		"not permitted; heaps of others take CAP_SYS_ADMIN, a limit above the module's takes CAP_SYS_RESOURCE",
	[ENOSPC] =
		"a limit is reached; free something, or raise the descriptor's limit, or dev_limit_mb, dev_limit_objects, dev_total_mb, dev_total_objects in /sys/module/gomalloc/parameters",
	[ENOMEM] =
		"no memory; look at the limit of the memory cgroup",
	[EBUSY] =
		"the object is mapped, or more is in use than the new limit; unmap or free first",
	[EMFILE] =
		"too many are open in this process, or of this user; close some, or raise its limit (ulimit -n), or dev_max_open_user in /sys/module/gomalloc/parameters",
	[ENFILE] =
		"too many are open on this machine; close some, or raise dev_max_open in /sys/module/gomalloc/parameters",
	[EPROTO] =
		"this program is older than the module; build it with, or install, the libgomalloc of that module",
	[EPROTONOSUPPORT] =
		"the module is older than this program; load that of this libgomalloc",
	[EBADF] =
		"the descriptor is not open for that; gomalloc_open() opens it for reading and writing",
	[ENOTTY] =
		"the module does not know the command; it is older than this program",
	[EINVAL] =
		"the request makes no sense to the module: a length of 0 or above 4 MiB, or a range outside of the object",
	[E2BIG] =
		"the module does not know all of the request; it is older than this program",
	[EOPNOTSUPP] =
		"the module does not know the flag; it is older than this program",
};

static bool is_there(const char *path)
{
	int error = errno;
	bool there = !access(path, F_OK);

	errno = error;
	return there;
}

/* Constant where the C library has that: strerror()'s may be written to again */
static const char *describe(int error)
{
#ifdef HAS_STRERRORDESC
	return strerrordesc_np(error) ?: "unknown error";
#else
	return strerror(error);
#endif
}

const char *gomalloc_explain(int error)
{
	if (error == ENOENT && is_there(GOMALLOC_DEVICE))
		return "there is no such object, or heap";
	if (error >= 0 && (size_t)error < ARRAY_SIZE(explanations) &&
	    explanations[error])
		return explanations[error];
	return describe(error);
}

int gomalloc_alloc(int fd, size_t length, uint32_t flags, uint32_t *handle)
{
	struct gomalloc_ioc_alloc arg = {
		.size = sizeof(arg),
		.flags = flags,
		.length = length,
	};

	if (ioctl(fd, GOMALLOC_IOC_ALLOC, &arg))
		return -1;
	*handle = arg.out_handle;
	return 0;
}

int gomalloc_free(int fd, uint32_t handle)
{
	return COMMAND(fd, FREE, free, .handle = handle);
}

int gomalloc_realloc(int fd, uint32_t handle, size_t length)
{
	return COMMAND(fd, REALLOC, realloc, .handle = handle, .length = length);
}

int gomalloc_info(int fd, uint32_t handle, struct gomalloc_ioc_info *info)
{
	*info = (struct gomalloc_ioc_info){ .size = sizeof(*info), .handle = handle };
	return ioctl(fd, GOMALLOC_IOC_INFO, info);
}

int gomalloc_alloc_batch(int fd, uint32_t nr, const uint32_t *lengths,
			 uint32_t flags, uint32_t *handles)
{
	struct gomalloc_ioc_alloc_batch arg = {
		.size = sizeof(arg),
		.flags = flags,
		.nr = nr,
		.lengths = (uintptr_t)lengths,
		.handles = (uintptr_t)handles,
	};

	return ioctl(fd, GOMALLOC_IOC_ALLOC_BATCH, &arg) ? -1 : (int)arg.out_nr;
}

int gomalloc_free_batch(int fd, uint32_t nr, const uint32_t *handles)
{
	struct gomalloc_ioc_free_batch arg = {
		.size = sizeof(arg),
		.nr = nr,
		.handles = (uintptr_t)handles,
	};

	return ioctl(fd, GOMALLOC_IOC_FREE_BATCH, &arg) ? -1 : (int)arg.out_nr;
}

int gomalloc_read(int fd, uint32_t handle, size_t offset, void *data,
		  size_t length)
{
	return COMMAND(fd, READ, copy, .handle = handle, .offset = offset,
		       .length = length, .data = (uintptr_t)data);
}

int gomalloc_write(int fd, uint32_t handle, size_t offset, const void *data,
		   size_t length)
{
	return COMMAND(fd, WRITE, copy, .handle = handle, .offset = offset,
		       .length = length, .data = (uintptr_t)data);
}

int gomalloc_fill(int fd, uint32_t handle, size_t offset, size_t length,
		  uint8_t value)
{
	return COMMAND(fd, FILL, fill, .handle = handle, .offset = offset,
		       .length = length, .value = value);
}

void *gomalloc_map(int fd, uint32_t handle, size_t offset, size_t *length,
		   int prot)
{
	struct gomalloc_ioc_info info;
	size_t bytes = *length;
	void *p;

	if (gomalloc_info(fd, handle, &info))
		return NULL;
	if (!info.out_mmap_offset || offset >= info.out_usable) {
		errno = EINVAL;
		return NULL;
	}
	if (!bytes)
		bytes = info.out_usable - offset;
	p = mmap64(NULL, bytes, prot, MAP_SHARED, fd,
		   info.out_mmap_offset + offset);
	if (p == MAP_FAILED)
		return NULL;
	*length = bytes;
	return p;
}

int gomalloc_set_limit(int fd, uint64_t limit, uint64_t soft_limit)
{
	return COMMAND(fd, SET_LIMIT, set_limit, .limit_bytes = limit,
		       .soft_limit_bytes = soft_limit);
}

int gomalloc_trim(int fd, uint64_t *bytes)
{
	struct gomalloc_ioc_trim arg = { .size = sizeof(arg) };

	if (ioctl(fd, GOMALLOC_IOC_TRIM, &arg))
		return -1;
	if (bytes)
		*bytes = arg.out_bytes;
	return 0;
}

int gomalloc_stats(int fd, uint32_t heap, struct gomalloc_ioc_stats *stats)
{
	*stats = (struct gomalloc_ioc_stats){ .size = sizeof(*stats), .heap = heap };
	return ioctl(fd, GOMALLOC_IOC_STATS, stats);
}

int gomalloc_class_stats(int fd, uint32_t heap,
			 struct gomalloc_class_row *rows, uint32_t nr)
{
	struct gomalloc_ioc_class_stats arg = {
		.size = sizeof(arg),
		.row_size = sizeof(*rows),
		.nr_rows = nr,
		.rows = (uintptr_t)rows,
		.heap = heap,
	};

	return ioctl(fd, GOMALLOC_IOC_CLASS_STATS, &arg) ? -1 : (int)arg.out_nr_rows;
}

int gomalloc_heaps(int fd, struct gomalloc_heap_row *rows, uint32_t nr)
{
	struct gomalloc_ioc_heaps arg = {
		.size = sizeof(arg),
		.row_size = sizeof(*rows),
		.nr_rows = nr,
		.rows = (uintptr_t)rows,
	};

	return ioctl(fd, GOMALLOC_IOC_HEAPS, &arg) ? -1 : (int)arg.out_nr_rows;
}

int gomalloc_version(int fd, struct gomalloc_ioc_version *version)
{
	*version = (struct gomalloc_ioc_version){ .size = sizeof(*version) };
	return ioctl(fd, GOMALLOC_IOC_VERSION, version);
}
