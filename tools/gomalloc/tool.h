/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tool - what the subcommands of gomalloc share
 */
#ifndef _GOMALLOC_TOOL_H
#define _GOMALLOC_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libgomalloc.h"
#include "options.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define NR_CLASSES		68

/* Say why, and what to do about errno, and end the program */
void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format,
							  ...);

/* Return: a descriptor of the device; or the program ends with an explanation */
int must_open(void);

void *must_alloc(size_t nr, size_t size);

/* "1.5 MiB"; for one printf() with up to eight of them */
const char *human(uint64_t bytes);

/*
 * @text as a terminal may see it: what is no printable ASCII, and a backslash, as
 * \xNN; cut to fit. For one printf() with up to four of them
 */
const char *printable(const char *text);

uint64_t now_ns(void);

/* The page that gomalloc report fills, see report.c */
extern const char report_html[];

/* Subcommands: argv[0] is their name. Return: an exit status. */
int cmd_classes(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_everywhere(int argc, char **argv);

#endif /* _GOMALLOC_TOOL_H */
