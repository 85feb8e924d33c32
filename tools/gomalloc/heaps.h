/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heaps - the heaps of the module and what is in them
 */
#ifndef _GOMALLOC_HEAPS_H
#define _GOMALLOC_HEAPS_H

#include "tool.h"

/**
 * struct heaps - a list of heaps
 * @nr: how many
 * @row: each of them, oldest first; whoever asked frees it
 */
struct heaps {
	unsigned int			nr;
	struct gomalloc_heap_row	*row;
};

/* The program ends where it may not be known */
void get_heaps(int fd, struct heaps *heaps);

/* Say that there is none, and end the program */
void __attribute__((noreturn)) no_heap(const char *name);

/* Return: the row of the heap with that id or name; or the program ends */
const struct gomalloc_heap_row *find_heap(const struct heaps *heaps,
					  const char *name);

/* Return: false: the heap is gone */
bool get_stats(int fd, uint32_t heap, struct gomalloc_ioc_stats *stats);
bool get_classes(int fd, uint32_t heap,
		 struct gomalloc_class_row rows[NR_CLASSES]);

/* No kernel has more; numbers may be left out */
#define MAX_NODES	1024

/*
 * What all heaps hold together on a node. Return: false: there is no such node, or the
 * module does not tell
 */
bool get_node_held(unsigned int nid, uint64_t *bytes);

#endif /* _GOMALLOC_HEAPS_H */
