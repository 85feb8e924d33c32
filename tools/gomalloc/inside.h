/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inside - what debugfs tells of a heap
 */
#ifndef _GOMALLOC_INSIDE_H
#define _GOMALLOC_INSIDE_H

#include <stdint.h>
#include <stdio.h>

/* A file of the heap's folder; or NULL: the kernel has none, or the caller may not */
FILE *inside_open(uint32_t heap, const char *name);

/*
 * All of it in memory that the caller frees, and its length; or NULL: as above, or it
 * is longer than @most
 */
char *inside_read(uint32_t heap, const char *name, size_t most, size_t *length);

/* The same of any file */
char *inside_read_path(const char *path, size_t most, size_t *length);

/* The same of what the kernel lists as leaks, that of all heaps */
char *inside_read_leaks(size_t most, size_t *length);

#endif /* _GOMALLOC_INSIDE_H */
