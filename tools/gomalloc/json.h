/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json - heaps as JSON
 */
#ifndef _GOMALLOC_JSON_H
#define _GOMALLOC_JSON_H

#include "heaps.h"

/**
 * struct heap_field - a figure of a heap
 * @key: its name in JSON
 * @name: its name for people
 * @offset: where it is in &struct gomalloc_ioc_stats
 * @bytes: it counts bytes
 */
struct heap_field {
	const char *key, *name;
	size_t offset;
	bool bytes;
};

#define NR_HEAP_FIELDS	17
extern const struct heap_field heap_fields[NR_HEAP_FIELDS];

static inline __u64 heap_field(const struct gomalloc_ioc_stats *stats, size_t i)
{
	return *(const __u64 *)((const char *)stats + heap_fields[i].offset);
}

/* In quotes. A name is what its maker called it: bytes, in no encoding that is known */
void json_string(FILE *to, const char *text);

/* An object of all figures that is not closed yet */
void json_stats(FILE *to, const struct gomalloc_heap_row *heap,
		const struct gomalloc_ioc_stats *stats);

/* Behind json_stats(): its classes that have spans; closes the object */
void json_classes(FILE *to, int fd, uint32_t heap, const char *between);

/* The whole heap, with a line for each of its classes */
void json_heap(FILE *to, int fd, const struct gomalloc_heap_row *heap,
	       const struct gomalloc_ioc_stats *stats);

#endif /* _GOMALLOC_JSON_H */
