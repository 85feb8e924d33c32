/* SPDX-License-Identifier: GPL-2.0 */
/*
 * options - the command line
 */
#ifndef _GOMALLOC_OPTIONS_H
#define _GOMALLOC_OPTIONS_H

#include <err.h>
#include <errno.h>
#include <stdint.h>

/* How the program ends: as planned, failed, or misused */
enum { EXIT_GOOD, EXIT_BAD, EXIT_USAGE };

/* Say what is wrong with the command line, and end the program */
#define misuse(_format, ...)						\
	errx(EXIT_USAGE, _format "; see %s --help", ##__VA_ARGS__,	\
	     program_invocation_short_name)

/* The number in @text, from @min to @max, or the program ends */
uint64_t parse_number(const char *what, const char *text, uint64_t min,
		      uint64_t max);

/**
 * struct setting - an option; the last of a table has no name
 * @letter: the short one
 * @name: the long one, with its --
 * @text: where its argument goes, or NULL
 * @number: else where its number goes, or 1 if it takes none
 * @min: least number
 * @max: greatest number; 0: it takes none
 */
struct setting {
	char letter;
	const char *name;
	const char **text;
	uint64_t *number;
	uint64_t min, max;
};

/*
 * Put all options where @settings say; --help prints @help, and what is none of
 * them ends the program as well. The rest of argv begins at optind.
 */
void parse_options(int argc, char **argv, const struct setting *settings,
		   const char *help);

#endif /* _GOMALLOC_OPTIONS_H */
