// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc - what can be done with the gomalloc module from a shell
 *
 * What: finds the subcommand.
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "classes", cmd_classes, "the size classes, and what they waste" },
	{ "stats", cmd_stats, "the heaps of the module, or one by size class" },
	{ "export", cmd_export, "the same, for Prometheus" },
	{ "top", cmd_top, "the same, live" },
	{ "record", cmd_record, "the same over time, into a file" },
	{ "report", cmd_report, "a page for a browser, of such a file" },
	{ "run", cmd_run, "replay a trace of allocations; its cost in memory and time" },
	{ "everywhere", cmd_everywhere, "all of the kernel's memory on gomalloc" },
};

static void usage(FILE *to)
{
	size_t i;

	fprintf(to, "Usage: gomalloc COMMAND [OPTION]...\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].what);
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
