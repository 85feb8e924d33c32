// SPDX-License-Identifier: GPL-2.0
/*
 * tool - what the subcommands of gomalloc share
 *
 * What: ends the program with what can be done, and prints bytes and names.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool.h"

void fail(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	fprintf(stderr, "gomalloc: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s: %s\n", strerror(error), gomalloc_explain(error));
	va_end(args);
	exit(EXIT_BAD);
}

int must_open(void)
{
	int fd = gomalloc_open();

	if (fd < 0)
		fail("cannot open " GOMALLOC_DEVICE);
	return fd;
}

void *must_alloc(size_t nr, size_t size)
{
	void *p = calloc(nr ?: 1, size);

	if (!p)
		errx(EXIT_BAD, "no memory for %zu times %zu bytes in this process", nr, size);
	return p;
}

const char *human(uint64_t bytes)
{
	static const char * const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	static char text[8][16];
	static unsigned int next;
	double n = bytes;
	unsigned int unit = 0;
	char *to = text[next++ % ARRAY_SIZE(text)];

	for (; n >= 1024 && unit < ARRAY_SIZE(units) - 1; unit++)
		n /= 1024;
	snprintf(to, sizeof(text[0]), unit && n < 100 ? "%.1f %s" : "%.0f %s",
		 n, units[unit]);
	return to;
}

const char *printable(const char *text)
{
	static char copy[4][4 * 64 + 1];
	static unsigned int next;
	char *start = copy[next++ % ARRAY_SIZE(copy)], *to = start;

	for (; *text && to <= start + sizeof(copy[0]) - 5; text++) {
		if (*text >= ' ' && *text <= '~' && *text != '\\')
			*to++ = *text;
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
	}
	*to = 0;
	return start;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}
