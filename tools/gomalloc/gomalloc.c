// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc - what can be done with the gomalloc module from a shell
 *
 * What: finds the subcommand, and has what all of them need.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "classes", cmd_classes, "the size classes, and what they waste" },
	{ "stats", cmd_stats, "the heaps of the module, or one by size class" },
	{ "top", cmd_top, "the same, live" },
	{ "run", cmd_run, "replay a trace of allocations; its cost in memory and time" },
};

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

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void usage(FILE *to)
{
	size_t i;

	fprintf(to, "Usage: gomalloc COMMAND [OPTION]...\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].what);
	fprintf(to, "\ngomalloc COMMAND --help tells of its options, and gomalloc(1) of all.\n");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_GOOD;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	misuse("there is no command '%s'", argv[1]);
}
