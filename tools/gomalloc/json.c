// SPDX-License-Identifier: GPL-2.0
/*
 * json - heaps as JSON
 *
 * What: names and figures for programs; the same in what stats, top and record write.
 */
#include "json.h"

const struct heap_field heap_fields[NR_HEAP_FIELDS] = {
#define FIELD(_field, _name, _bytes)					\
	{ #_field, _name,						\
	  offsetof(struct gomalloc_ioc_stats, out_##_field), _bytes }
	FIELD(objects, "objects", false),
	FIELD(object_bytes, "in their classes", true),
	FIELD(spans, "spans", false),
	FIELD(span_bytes, "in spans", true),
	FIELD(held_bytes, "held", true),
	FIELD(peak_bytes, "peak", true),
	FIELD(limit_bytes, "limit", true),
	FIELD(soft_limit_bytes, "soft limit", true),
	FIELD(cached_bytes, "cached by CPUs", true),
	FIELD(shrunk_bytes, "reclaimed", true),
	FIELD(grows, "arenas taken", false),
	FIELD(refills, "refills", false),
	FIELD(sweeps, "swept", false),
	FIELD(flushes, "flushed", false),
	FIELD(remote_frees, "cross-CPU frees", false),
	FIELD(locks, "locks taken", false),
	FIELD(misuses, "misuses", false),
#undef FIELD
};

void json_string(FILE *to, const char *text)
{
	putc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else if (*text < ' ' || *text > '~')
			fprintf(to, "\\u%04x", (unsigned char)*text);
		else
			putc(*text, to);
	}
	putc('"', to);
}

static const char *flag(const struct gomalloc_heap_row *heap, unsigned int bit)
{
	return heap->flags & bit ? "true" : "false";
}

void json_stats(FILE *to, const struct gomalloc_heap_row *heap,
		const struct gomalloc_ioc_stats *stats)
{
	size_t i;

	fprintf(to, "{\"id\":%u,\"name\":", heap->id);
	json_string(to, heap->name);
	fprintf(to, ",\"device\":%s,\"owner\":", flag(heap, GOMALLOC_HEAP_ROW_DEVICE));
	json_string(to, heap->owner);
	fprintf(to, ",\"orphan\":%s", flag(heap, GOMALLOC_HEAP_ROW_ORPHAN));
	for (i = 0; i < NR_HEAP_FIELDS; i++)
		fprintf(to, ",\"%s\":%llu", heap_fields[i].key, heap_field(stats, i));
}

static void json_class(FILE *to, unsigned int class,
		       const struct gomalloc_class_row *row)
{
	unsigned int i;

	fprintf(to, "{\"class\":%u,\"object_size\":%llu,\"objects\":%llu,",
		class, row->object_size, row->objects);
	fprintf(to, "\"object_bytes\":%llu,\"spans\":%llu,\"span_bytes\":%llu,\"occupancy\":[",
		row->object_bytes, row->spans, row->span_bytes);
	for (i = 0; i < ARRAY_SIZE(row->occupancy); i++)
		fprintf(to, "%s%llu", i ? "," : "", row->occupancy[i]);
	fprintf(to, "]}");
}

void json_classes(FILE *to, int fd, uint32_t heap, const char *between)
{
	struct gomalloc_class_row rows[NR_CLASSES];
	const char *comma = "";
	unsigned int i;

	fprintf(to, ",\"classes\":[");
	if (get_classes(fd, heap, rows)) {
		for (i = 0; i < NR_CLASSES; i++) {
			if (!rows[i].spans)
				continue;
			fprintf(to, "%s%s", comma, between);
			json_class(to, i, &rows[i]);
			comma = ",";
		}
	}
	fprintf(to, "]}");
}

void json_heap(FILE *to, int fd, const struct gomalloc_heap_row *heap,
	       const struct gomalloc_ioc_stats *stats)
{
	json_stats(to, heap, stats);
	json_classes(to, fd, heap->id, "\n");
	putc('\n', to);
}
