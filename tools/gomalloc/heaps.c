// SPDX-License-Identifier: GPL-2.0
/*
 * heaps - the heaps of the module and what is in them
 *
 * What: asks the module, and again where it has changed between two questions.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "heaps.h"

/* See Documentation/ABI */
#define NODE_HELD	"/sys/kernel/gomalloc/node%u_held_bytes"

void get_heaps(int fd, struct heaps *heaps)
{
	unsigned int room = 16;
	int n;

	heaps->row = NULL;
	do {
		room *= 2;
		free(heaps->row);
		heaps->row = must_alloc(room, sizeof(*heaps->row));
		n = gomalloc_heaps(fd, heaps->row, room);
		if (n < 0)
			fail("cannot list heaps");
		heaps->nr = n;
	} while (heaps->nr > room);
}

void no_heap(const char *name)
{
	errx(EXIT_BAD, "there is no heap '%s'; gomalloc stats lists them", printable(name));
}

/* By what it is called, or what of that is printed */
static bool is_heap(const struct gomalloc_heap_row *row, const char *name)
{
	char id[20];

	snprintf(id, sizeof(id), "%u", row->id);
	return !strcmp(name, id) || !strcmp(name, row->name) ||
	       !strcmp(name, printable(row->name));
}

const struct gomalloc_heap_row *find_heap(const struct heaps *heaps,
					  const char *name)
{
	unsigned int i;

	for (i = 0; i < heaps->nr; i++) {
		if (is_heap(&heaps->row[i], name))
			return &heaps->row[i];
	}
	no_heap(name);
}

bool get_stats(int fd, uint32_t heap, struct gomalloc_ioc_stats *stats)
{
	if (!gomalloc_stats(fd, heap, stats))
		return true;
	if (errno != ENOENT)
		fail("cannot read the statistics of heap %u", heap);
	return false;
}

bool get_classes(int fd, uint32_t heap,
		 struct gomalloc_class_row rows[NR_CLASSES])
{
	memset(rows, 0, NR_CLASSES * sizeof(*rows));
	if (gomalloc_class_stats(fd, heap, rows, NR_CLASSES) >= 0)
		return true;
	if (errno != ENOENT)
		fail("cannot read the classes of heap %u", heap);
	return false;
}

bool get_node_held(unsigned int nid, uint64_t *bytes)
{
	char path[64];
	FILE *file;
	bool told;

	snprintf(path, sizeof(path), NODE_HELD, nid);
	file = fopen(path, "r");
	if (!file)
		return false;
	told = fscanf(file, "%" SCNu64, bytes) == 1;
	fclose(file);
	return told;
}
