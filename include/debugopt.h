/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of debugopt.c: the words of slub_debug */
#ifndef _GOMALLOC_DEBUGOPT_H
#define _GOMALLOC_DEBUGOPT_H

#include <linux/types.h>

/* Room for all letters, and the terminating zero */
#define DEBUGOPT_LETTERS	8

int debugopt_check(const char *text);
unsigned int debugopt_flags(const char *text, const char *name);
unsigned int debugopt_all(const char *text);
void debugopt_print(unsigned int flags, char text[DEBUGOPT_LETTERS]);

#endif /* _GOMALLOC_DEBUGOPT_H */
