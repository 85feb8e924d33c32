// SPDX-License-Identifier: GPL-2.0
/*
 * lib_test - what libgomalloc does where there is no module, or another one
 *
 * Linked with --wrap: open() and ioctl() are those below. Prints KTAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libgomalloc.h"

static int version, refusal, flags_seen, failed, nr;
static struct gomalloc_ioc_info object;

int __wrap_open(const char *path, int flags, ...)
{
	flags_seen = strcmp(path, GOMALLOC_DEVICE) ? 0 : flags;
	return dup(0);
}

/*
 * A module whose interface is @version; of before there was one if it is 0; or which
 * fails with @refusal. It has one object.
 */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	errno = refusal ?: fd < 0 ? EBADF : ENOTTY;
	if (request == GOMALLOC_IOC_INFO) {
		*(struct gomalloc_ioc_info *)arg = object;
		return 0;
	}
	if (refusal || request != GOMALLOC_IOC_VERSION || !version)
		return -1;
	((struct gomalloc_ioc_version *)arg)->out_version = version;
	return 0;
}

static void check(const char *name, int ok)
{
	printf("%s %d %s\n", ok ? "ok" : "not ok", ++nr, name);
	failed |= !ok;
}

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Return: whether it is refused with @error, says @text, and leaves no descriptor */
static int refused(int of_module, int error, const char *text)
{
	int lowest = lowest_fd();

	version = of_module;
	errno = 0;
	return gomalloc_open() == -1 && errno == error && lowest_fd() == lowest &&
	       strstr(gomalloc_explain(error), text);
}

/* Return: whether a version that cannot be asked for is no reason to call one old */
static int cannot_tell(int error)
{
	int lowest = lowest_fd(), fd;

	refusal = error;
	fd = gomalloc_open();
	refusal = 0;
	return fd == -1 && errno == error && lowest_fd() == lowest;
}

/* Return: whether each errno, and what is none, has its text and errno stays */
static int explains_all(void)
{
	const char *first = gomalloc_explain(9999);
	char copy[80];
	int error;

	snprintf(copy, sizeof(copy), "%s", first);
	for (error = -1; error < 200; error++) {
		errno = EXDEV;
		if (!*gomalloc_explain(error) || errno != EXDEV)
			return 0;
	}
	return *gomalloc_explain(9998) && !strcmp(copy, first);
}

/* Where mmap() fails */
static int map_leaves_length(void)
{
	size_t length = 0;

	object.out_usable = 40960;
	object.out_mmap_offset = 4096;
	return !gomalloc_map(-1, 1, 0, &length, 0) && errno == EBADF && !length;
}

int main(void)
{
	printf("KTAP version 1\n1..8\n");
	version = GOMALLOC_VERSION;
	check("a module of this version is opened", gomalloc_open() >= 0);
	check("for reading and writing, and not for what is executed",
	      flags_seen == (O_RDWR | O_CLOEXEC));
	check("a newer one says that the program is old",
	      refused(GOMALLOC_VERSION + 1, EPROTO, "this program is older"));
	check("an older one says that the module is",
	      refused(GOMALLOC_VERSION - 1, EPROTONOSUPPORT, "the module is older"));
	check("as one of before there were versions", refused(0, EPROTONOSUPPORT, "is older"));
	check("one that cannot be asked is not called old", cannot_tell(EPERM));
	check("each errno has a text, and stays", explains_all());
	check("a length of which nothing could be mapped stays", map_leaves_length());
	return failed;
}
