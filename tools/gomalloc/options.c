// SPDX-License-Identifier: GPL-2.0
/*
 * options - the command line
 *
 * What: puts options where a table says. The fuzzer uses it, too.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

#define MAX_SETTINGS	8

uint64_t parse_number(const char *what, const char *text, uint64_t min,
		      uint64_t max)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || n < min || n > max)
		misuse("%s takes a number from %" PRIu64 " to %" PRIu64 ", not '%s'",
		       what, min, max, text);
	return n;
}

static void set(const struct setting *s)
{
	if (s->text)
		*s->text = optarg;
	else
		*s->number = s->max ? parse_number(s->name, optarg, s->min, s->max) : 1;
}

void parse_options(int argc, char **argv, const struct setting *settings,
		   const char *help)
{
	struct option options[MAX_SETTINGS + 2] = { { "help", no_argument, NULL, 'h' } };
	char letters[2 * MAX_SETTINGS + 2] = "h", *to = letters + 1;
	const struct setting *s;
	int c, i = 1;

	for (s = settings; s->name; s++) {
		options[i++] = (struct option){ s->name + 2, s->max || s->text, NULL, s->letter };
		to += sprintf(to, s->max || s->text ? "%c:" : "%c", s->letter);
	}
	while ((c = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		if (c == '?')
			exit(EXIT_USAGE);
		if (c == 'h') {
			fputs(help, stdout);
			exit(EXIT_GOOD);
		}
		for (s = settings; s->letter != c;)
			s++;
		set(s);
	}
}
