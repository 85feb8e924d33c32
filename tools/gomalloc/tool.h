/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tool - what the subcommands of gomalloc share
 */
#ifndef _GOMALLOC_TOOL_H
#define _GOMALLOC_TOOL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libgomalloc.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define NR_CLASSES		68

/* How the program ends: as planned, failed, or misused */
enum { EXIT_GOOD, EXIT_BAD, EXIT_USAGE };

/* Say why, and what to do about errno, and end the program */
void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format,
							  ...);

/* Say what is wrong with the command line, and end the program */
void __attribute__((noreturn, format(printf, 1, 2))) misuse(const char *format,
							    ...);

/* Return: a descriptor of the device; or the program ends with an explanation */
int must_open(void);

void *must_alloc(size_t nr, size_t size);

/* The number in @text, from @min to @max, or the program ends */
uint64_t parse_number(const char *what, const char *text, uint64_t min,
		      uint64_t max);

/*
 * The next of @options, by its letter too; 'h' prints @help, and what is none of them
 * ends the program as well. Return: its letter, or -1 behind the last.
 */
int next_option(int argc, char **argv, const struct option *options,
		const char *help);

/* "1.5 MiB"; for one printf() with up to eight of them */
const char *human(uint64_t bytes);

uint64_t now_ns(void);

/* Subcommands: argv[0] is their name. Return: an exit status. */
int cmd_classes(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_run(int argc, char **argv);

#endif /* _GOMALLOC_TOOL_H */
