// SPDX-License-Identifier: GPL-2.0
/*
 * fake_module - a module for the gomalloc command where there is none
 *
 * Linked with --wrap: open() and ioctl() are those below. Its heaps have names that no
 * terminal should see and no JSON holds as they are. It allocates nothing, and says
 * that it has; GOMALLOC_FAKE_VERSION is the version of its interface, if it is set. The
 * files of each heap in debugfs are those in the folder GOMALLOC_FAKE_DEBUGFS; with
 * GOMALLOC_FAKE_ROOT, all that is opened in /sys and /proc is below that. What is written
 * there fails with GOMALLOC_FAKE_ERRNO, if it is set.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* What clears a screen, ends a string, changes a title, is no UTF-8, and looks like a line */
static const char * const names[] = {
	"default", "\033[2J\007", "quote\"back\\slash", "\033]0;x\033\\", "\xff\xc3(",
	"\xc3\xa4 of two", "line\n 9 x\r\t", "\177\23331m", "$(touch ran)", "`touch ran`",
	"thirty-one bytes of a long name", "7  1.0 KiB  x",
};

int __wrap_open(const char *path, int flags, ...)
{
	(void)flags;
	if (!strcmp(path, GOMALLOC_DEVICE))
		return dup(STDIN_FILENO);
	errno = ENOENT;
	return -1;
}

FILE *__real_fopen(const char *path, const char *mode);

static ssize_t refuse(void *cookie, const char *data, size_t length)
{
	(void)cookie;
	(void)data;
	(void)length;
	errno = atoi(getenv("GOMALLOC_FAKE_ERRNO"));
	return -1;
}

/* As in sysfs: nothing is made, and what is written replaces what was there */
static FILE *open_below(const char *root, const char *path, const char *mode)
{
	const cookie_io_functions_t refuses = { .write = refuse };
	char other[1024];

	snprintf(other, sizeof(other), "%s%s", root, path);
	if (!strchr(mode, '+') || access(other, W_OK))
		return __real_fopen(other, mode);
	if (getenv("GOMALLOC_FAKE_ERRNO"))
		return fopencookie(NULL, mode, refuses);
	return __real_fopen(other, "we");
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	static const char debugfs[] = "/sys/kernel/debug/gomalloc/";
	const char *folder = getenv("GOMALLOC_FAKE_DEBUGFS");
	const char *root = getenv("GOMALLOC_FAKE_ROOT");
	char other[1024];

	if (root && (!strncmp(path, "/sys/", 5) || !strncmp(path, "/proc/", 6)))
		return open_below(root, path, mode);
	if (strncmp(path, debugfs, sizeof(debugfs) - 1))
		return __real_fopen(path, mode);
	snprintf(other, sizeof(other), "%s%s", folder ?: "/none", strrchr(path, '/'));
	return __real_fopen(other, mode);
}

static void tell_heaps(struct gomalloc_ioc_heaps *arg)
{
	struct gomalloc_heap_row *rows = (void *)(uintptr_t)arg->rows;
	size_t i;

	arg->out_nr_rows = ARRAY_SIZE(names);
	for (i = 0; i < ARRAY_SIZE(names) && i < arg->nr_rows; i++) {
		rows[i] = (struct gomalloc_heap_row){ .id = i + 1, .held_bytes = 4096 << i };
		strncpy(rows[i].name, names[i], sizeof(rows[i].name) - 1);
		strncpy(rows[i].owner, names[i], sizeof(rows[i].owner) - 1);
	}
}

static void tell_classes(struct gomalloc_ioc_class_stats *arg)
{
	struct gomalloc_class_row *rows = (void *)(uintptr_t)arg->rows;

	memset(rows, 0, arg->nr_rows * sizeof(*rows));
	if (arg->nr_rows > 5)
		rows[5] = (struct gomalloc_class_row){ 48, 10, 480, 1, 8192, { 0, 1 } };
	arg->out_nr_rows = NR_CLASSES;
}

static void tell_version(struct gomalloc_ioc_version *arg)
{
	const char *version = getenv("GOMALLOC_FAKE_VERSION");

	arg->out_version = version ? atoi(version) : GOMALLOC_VERSION;
}

static void say_allocated(struct gomalloc_ioc_alloc_batch *arg)
{
	memset((void *)(uintptr_t)arg->handles, 0, arg->nr * sizeof(uint32_t));
	arg->out_nr = arg->nr;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	(void)fd;
	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	switch (request) {
	case GOMALLOC_IOC_VERSION:
		tell_version(arg);
		return 0;
	case GOMALLOC_IOC_HEAPS:
		tell_heaps(arg);
		return 0;
	case GOMALLOC_IOC_CLASS_STATS:
		tell_classes(arg);
		return 0;
	case GOMALLOC_IOC_STATS:
		((struct gomalloc_ioc_stats *)arg)->out_objects = 10;
		((struct gomalloc_ioc_stats *)arg)->out_held_bytes = 4096;
		return 0;
	case GOMALLOC_IOC_ALLOC_BATCH:
		say_allocated(arg);
		return 0;
	case GOMALLOC_IOC_FREE_BATCH:
		((struct gomalloc_ioc_free_batch *)arg)->out_nr =
			((struct gomalloc_ioc_free_batch *)arg)->nr;
		return 0;
	}
	errno = ENOTTY;
	return -1;
}
