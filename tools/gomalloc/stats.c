// SPDX-License-Identifier: GPL-2.0
/*
 * stats - gomalloc stats
 *
 * What: all heaps of the module, one line each, and what they hold on each node; or
 *	one heap, with its counters and a line for each size class; for people or
 *	as JSON.
 */
#include <stdlib.h>
#include <unistd.h>

#include "heaps.h"
#include "json.h"

/* Behind the name of the owner */
static const char *fate(const struct gomalloc_heap_row *heap)
{
	return heap->flags & GOMALLOC_HEAP_ROW_ORPHAN ? ", which is gone" : "";
}

static void show_heap(int fd, const struct gomalloc_heap_row *heap,
		      const struct gomalloc_ioc_stats *stats)
{
	struct gomalloc_class_row rows[NR_CLASSES];
	unsigned int i, j;

	printf("heap %u, %s, of %s%s\n", heap->id, printable(heap->name), printable(heap->owner),
	       fate(heap));
	for (i = 0; i < NR_HEAP_FIELDS; i++) {
		printf("%22s  ", heap_fields[i].name);
		if (heap_fields[i].bytes)
			printf("%s\n", human(heap_field(stats, i)));
		else
			printf("%llu\n", heap_field(stats, i));
	}
	if (!get_classes(fd, heap->id, rows))
		return;
	printf("\nclass  bytes    objects    in use     spans   in spans");
	printf("  spans by eighths in use: 0 to 8\n");
	for (i = 0; i < NR_CLASSES; i++) {
		if (!rows[i].spans)
			continue;
		printf("%5u %6llu %10llu %9s %9llu %10s ", i,
		       rows[i].object_size, rows[i].objects,
		       human(rows[i].object_bytes), rows[i].spans,
		       human(rows[i].span_bytes));
		for (j = 0; j < ARRAY_SIZE(rows[i].occupancy); j++)
			printf(" %llu", rows[i].occupancy[j]);
		printf("\n");
	}
}

static void one_heap(int fd, const struct heaps *heaps, const char *name,
		     bool json)
{
	const struct gomalloc_heap_row *heap = find_heap(heaps, name);
	struct gomalloc_ioc_stats stats;

	if (!get_stats(fd, heap->id, &stats))
		no_heap(name);
	if (json)
		json_heap(stdout, fd, heap, &stats);
	else
		show_heap(fd, heap, &stats);
}

static void show_line(const struct gomalloc_heap_row *heap,
		      const struct gomalloc_ioc_stats *stats)
{
	printf("%5u %-31s %10llu %10s %10s %10s %10s %s%s\n", heap->id, printable(heap->name),
	       stats->out_objects, human(stats->out_object_bytes),
	       human(stats->out_held_bytes), human(stats->out_peak_bytes),
	       stats->out_limit_bytes ? human(stats->out_limit_bytes) : "-",
	       printable(heap->owner), fate(heap));
}

/* What the heaps hold together on each node, where the module tells that */
static void show_nodes(void)
{
	unsigned int nid;
	uint64_t bytes;

	for (nid = 0; nid < MAX_NODES; nid++) {
		if (get_node_held(nid, &bytes))
			printf("held on node %u: %s\n", nid, human(bytes));
	}
}

static void all_heaps(int fd, const struct heaps *heaps, bool json)
{
	struct gomalloc_ioc_stats stats;
	const char *between = "";
	unsigned int i;

	if (json)
		printf("[");
	else
		printf("%5s %-31s %10s %10s %10s %10s %10s %s\n", "id", "name",
		       "objects", "in use", "held", "peak", "limit", "of");
	for (i = 0; i < heaps->nr; i++) {
		/* One that is gone by now is left out */
		if (!get_stats(fd, heaps->row[i].id, &stats))
			continue;
		if (json) {
			printf("%s", between);
			json_stats(stdout, &heaps->row[i], &stats);
			printf("}");
			between = ",\n";
		} else {
			show_line(&heaps->row[i], &stats);
		}
	}
	if (json)
		printf("]\n");
	else
		show_nodes();
}

static const char help[] =
	"Usage: gomalloc stats [-j|--json] [HEAP]\n\n"
	"All heaps of the module, and what they hold by node; or one, by its id or name, with its size classes.\n"
	"\"default\" is the one of gomalloc() in the kernel.\n";

int cmd_stats(int argc, char **argv)
{
	uint64_t json = 0;
	const struct setting settings[] = {
		{ 'j', "--json", .number = &json },
		{}
	};
	struct heaps heaps;
	int fd;

	parse_options(argc, argv, settings, help);
	if (argc - optind > 1)
		misuse("stats takes one heap");
	fd = must_open();
	get_heaps(fd, &heaps);
	if (optind < argc)
		one_heap(fd, &heaps, argv[optind], json);
	else
		all_heaps(fd, &heaps, json);
	free(heaps.row);
	close(fd);
	return EXIT_GOOD;
}
