/* SPDX-License-Identifier: GPL-2.0 */
/*
 * everywhere - all of the kernel's memory on gomalloc
 */
#ifndef _GOMALLOC_EVERYWHERE_H
#define _GOMALLOC_EVERYWHERE_H

#include "tool.h"

#define EVERYWHERE	"/sys/kernel/gomalloc_everywhere"
#define EVERYWHERE_HEAP	"everywhere"

/* Of callers, those with most bytes, where not all are wanted */
#define MOST_CALLERS	40

/* What is read at a look */
enum {
	LOOK_STATE,
	LOOK_SERVED,
	LOOK_LIVE,
	LOOK_ONLY,
	LOOK_MODULES,
	LOOK_AUDIT,
	LOOK_MEMINFO,
	LOOK_SLABINFO,
	NR_LOOKS,
};

/**
 * struct look - the files, as they were
 * @text: all of each; or NULL: the module has none, or the caller may not
 */
struct look {
	char *text[NR_LOOKS];
};

/* Return: false: there is no module, and nothing to free */
bool look_try(struct look *look);

/* The program ends where there is no module. With look_free() behind it */
void look_take(struct look *look);
void look_free(struct look *look);

/* Of the first line that begins with @name, the number behind it. Return: is there one? */
bool look_number(const char *text, const char *name, uint64_t *n);

/* Begin of the line behind that of @text, or NULL */
const char *next_line(const char *text);

/* One of those that kmalloc() takes from, of whatever type: -cg, -rcl, dma- and so on */
bool is_kmalloc(const char *cache);

void show_status(const struct look *look);

/* Return: false: who called cannot be read, and nothing is written; so below */
bool show_callers(void);

/* An object that is not closed yet, and what can be in it: @most, @between before each */
void json_status(FILE *to, const struct look *look);
bool json_callers(FILE *to, size_t most, const char *between);

/* Say that a file cannot be opened, and what to do, and end the program */
void __attribute__((noreturn)) cannot_open(const char *name);

#endif /* _GOMALLOC_EVERYWHERE_H */
