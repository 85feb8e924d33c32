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

static int version, flags_seen, failed, nr;

int __wrap_open(const char *path, int flags, ...)
{
	flags_seen = strcmp(path, GOMALLOC_DEVICE) ? 0 : flags;
	return dup(0);
}

/* A module whose interface is @version; of before there was one if it is 0 */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct gomalloc_ioc_version *arg;
	va_list args;

	va_start(args, request);
	arg = va_arg(args, struct gomalloc_ioc_version *);
	va_end(args);
	if (request != GOMALLOC_IOC_VERSION || !version) {
		errno = fd < 0 ? EBADF : ENOTTY;
		return -1;
	}
	arg->out_version = version;
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

int main(void)
{
	printf("KTAP version 1\n1..5\n");
	version = GOMALLOC_VERSION;
	check("a module of this version is opened", gomalloc_open() >= 0);
	check("for reading and writing, and not for what is executed",
	      flags_seen == (O_RDWR | O_CLOEXEC));
	check("a newer one says that the program is old",
	      refused(GOMALLOC_VERSION + 1, EPROTO, "this program is older"));
	check("an older one says that the module is",
	      refused(GOMALLOC_VERSION - 1, EPROTONOSUPPORT, "the module is older"));
	check("as one of before there were versions", refused(0, EPROTONOSUPPORT, "is older"));
	return failed;
}
