// SPDX-License-Identifier: GPL-2.0
/*
 * export - gomalloc export
 *
 * What: the statistics of all heaps, or of one, in the text format of Prometheus; for
 *	its node exporter, which reads files, or whatever else serves them.
 */
#include <stdlib.h>
#include <unistd.h>

#include "heaps.h"

/**
 * struct metric - something that is measured of each heap
 * @name: its name, without gomalloc_
 * @help: what it is
 * @offset: of the figure in &struct gomalloc_ioc_stats or &struct gomalloc_class_row
 * @counter: it only grows, as long as the heap lives
 */
struct metric {
	const char *name, *help;
	size_t offset;
	bool counter;
};

#define GAUGE(_name, _field, _help)					\
	{ _name, _help, offsetof(struct gomalloc_ioc_stats, out_##_field), false }
#define COUNTER(_name, _field, _help)					\
	{ _name "_total", _help,					\
	  offsetof(struct gomalloc_ioc_stats, out_##_field), true }

static const struct metric heap_metrics[] = {
	GAUGE("objects", objects, "Live objects."),
	GAUGE("object_bytes", object_bytes, "Bytes of live objects in their size classes."),
	GAUGE("spans", spans, "Spans in use."),
	GAUGE("span_bytes", span_bytes, "Bytes of spans in use."),
	GAUGE("held_bytes", held_bytes, "Bytes taken from the page allocator."),
	GAUGE("peak_bytes", peak_bytes, "The most bytes ever taken from the page allocator."),
	GAUGE("limit_bytes", limit_bytes, "What held_bytes may not pass, 0 for no limit."),
	GAUGE("soft_limit_bytes", soft_limit_bytes,
	      "Above that the heap releases what it can, 0 for no limit."),
	GAUGE("cached_bytes", cached_bytes, "Free memory that CPUs may have cached at most."),
	COUNTER("shrunk_bytes", shrunk_bytes, "Bytes that page reclaim has taken."),
	COUNTER("grows", grows, "Page blocks taken from the page allocator."),
	COUNTER("refills", refills, "Spans taken by the cache of a CPU."),
	COUNTER("sweeps", sweeps, "Objects freed elsewhere and found by the owner of the span."),
	COUNTER("flushes", flushes, "Objects that left a full recycle stack."),
	COUNTER("remote_frees", remote_frees, "Objects freed into a span of another CPU."),
	COUNTER("locks", locks, "Locks taken for a span or an object."),
	COUNTER("misuses", misuses, "Frees that were refused."),
};

#define CLASS(_name, _field, _help)					\
	{ "class_" _name, _help, offsetof(struct gomalloc_class_row, _field), false }

static const struct metric class_metrics[] = {
	CLASS("objects", objects, "Live objects of a size class."),
	CLASS("object_bytes", object_bytes, "Bytes of live objects of a size class."),
	CLASS("spans", spans, "Spans of a size class."),
	CLASS("span_bytes", span_bytes, "Bytes of the spans of a size class."),
};

/**
 * struct sample - a heap as it was
 * @heap: which
 * @stats: its statistics
 * @classes: NR_CLASSES of them, if they are wanted; or NULL
 */
struct sample {
	const struct gomalloc_heap_row *heap;
	struct gomalloc_ioc_stats stats;
	struct gomalloc_class_row *classes;
};

static __u64 figure(const void *figures, const struct metric *metric)
{
	return *(const __u64 *)((const char *)figures + metric->offset);
}

/* What is no printable ASCII is printed as elsewhere; the rest is Prometheus's rule */
static void put_label(const char *key, const char *text)
{
	const char *c;

	printf("%s=\"", key);
	for (c = printable(text); *c; c++)
		printf(*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	putchar('"');
}

static void put_head(const struct metric *metric)
{
	printf("# HELP gomalloc_%s %s\n", metric->name, metric->help);
	printf("# TYPE gomalloc_%s %s\n", metric->name, metric->counter ? "counter" : "gauge");
}

/* The name of a metric and what tells the heap from others; the label is still open */
static void put_heap(const struct metric *metric, const struct gomalloc_heap_row *heap)
{
	printf("gomalloc_%s{id=\"%u\",", metric->name, heap->id);
	put_label("name", heap->name);
	putchar(',');
	put_label("owner", heap->owner);
}

static void export_heaps(const struct sample *samples, unsigned int nr)
{
	unsigned int i;
	size_t m;

	for (m = 0; m < ARRAY_SIZE(heap_metrics); m++) {
		put_head(&heap_metrics[m]);
		for (i = 0; i < nr; i++) {
			put_heap(&heap_metrics[m], samples[i].heap);
			printf("} %llu\n", figure(&samples[i].stats, &heap_metrics[m]));
		}
	}
}

static void export_classes_of(const struct sample *s, const struct metric *metric)
{
	unsigned int class;

	for (class = 0; class < NR_CLASSES; class++) {
		if (!s->classes[class].spans)
			continue;
		put_heap(metric, s->heap);
		printf(",class=\"%u\",size=\"%llu\"} %llu\n", class,
		       s->classes[class].object_size, figure(&s->classes[class], metric));
	}
}

static void export_classes(const struct sample *samples, unsigned int nr)
{
	unsigned int i;
	size_t m;

	for (m = 0; m < ARRAY_SIZE(class_metrics); m++) {
		put_head(&class_metrics[m]);
		for (i = 0; i < nr; i++)
			export_classes_of(&samples[i], &class_metrics[m]);
	}
}

static void export_nodes(void)
{
	static const struct metric metric = {
		"node_held_bytes", "Bytes that all heaps have taken of a node.",
	};
	unsigned int nid;
	uint64_t bytes;

	put_head(&metric);
	for (nid = 0; nid < MAX_NODES; nid++) {
		if (get_node_held(nid, &bytes))
			printf("gomalloc_node_held_bytes{node=\"%u\"} %llu\n", nid,
			       (unsigned long long)bytes);
	}
}

/* Return: false: the heap is gone */
static bool take_sample(int fd, struct sample *s, bool classes)
{
	if (!get_stats(fd, s->heap->id, &s->stats))
		return false;
	if (!classes)
		return true;
	s->classes = must_alloc(NR_CLASSES, sizeof(*s->classes));
	return get_classes(fd, s->heap->id, s->classes);
}

static void export_samples(const struct sample *samples, unsigned int nr, bool classes)
{
	export_heaps(samples, nr);
	if (classes)
		export_classes(samples, nr);
	export_nodes();
}

/* The samples of a metric stand together, so first all are taken */
static void export_all(int fd, const struct gomalloc_heap_row *heaps, unsigned int nr,
		       bool classes)
{
	struct sample *samples = must_alloc(nr, sizeof(*samples));
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		samples[n] = (struct sample){ .heap = &heaps[i] };
		if (take_sample(fd, &samples[n], classes))
			n++;
		else
			free(samples[n].classes);
	}
	export_samples(samples, n, classes);
	for (i = 0; i < n; i++)
		free(samples[i].classes);
	free(samples);
}

static const char help[] =
	"Usage: gomalloc export [-c|--classes] [HEAP]\n\n"
	"All heaps of the module, or one, by its id or name, as text for Prometheus.\n\n"
	"  -c, --classes        and the size classes of each\n";

int cmd_export(int argc, char **argv)
{
	uint64_t classes = 0;
	const struct setting settings[] = {
		{ 'c', "--classes", .number = &classes },
		{}
	};
	struct heaps heaps;
	int fd;

	parse_options(argc, argv, settings, help);
	if (argc - optind > 1)
		misuse("export takes one heap");
	fd = must_open();
	get_heaps(fd, &heaps);
	if (optind < argc)
		export_all(fd, find_heap(&heaps, argv[optind]), 1, classes);
	else
		export_all(fd, heaps.row, heaps.nr, classes);
	free(heaps.row);
	close(fd);
	if (fflush(stdout) || ferror(stdout))
		fail("cannot write");
	return EXIT_GOOD;
}
