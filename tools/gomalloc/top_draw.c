// SPDX-License-Identifier: GPL-2.0
/*
 * top_draw - the screen of gomalloc top
 *
 * What: the heaps, and of the chosen one the classes or the CPUs, as far as there are
 *	lines. Colours are those that each terminal with colours has; what they say is
 *	in the figures, too.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

/* Lines that are not rows: above the heaps, above what is in one, and the keys */
#define HEAPS_HEAD	2
#define HEAP_HEAD	5

static const char plain[] = "\033[m";

/* As the terminal is told, or nothing where it has no colours */
static const char *colour(const struct top *t, const char *code)
{
	return t->colour ? code : "";
}

static const char *bold(const struct top *t)
{
	return colour(t, "\033[1m");
}

/* Red, yellow, or as it is */
static const char *alarm(const struct top *t, bool red, bool yellow)
{
	return colour(t, red ? "\033[31m" : yellow ? "\033[33m" : "");
}

static void head_line(const struct top *t, const char *text)
{
	printf("%s%s%s\n", bold(t), text, colour(t, plain));
}

static unsigned long long percent(__u64 part, __u64 whole)
{
	return whole ? 100 * part / whole : 100;
}

/* "+1.5 MiB/s", or nothing; for one printf() with up to eight of them */
static const char *human_rate(double rate, bool bytes)
{
	static char text[8][24];
	static unsigned int next;
	char *to = text[next++ % ARRAY_SIZE(text)];
	char sign = rate < 0 ? '-' : '+';

	if (fabs(rate) < 0.5)
		return "";
	if (bytes)
		snprintf(to, sizeof(text[0]), "%c%s/s", sign, human(fabs(rate)));
	else
		snprintf(to, sizeof(text[0]), "%c%.0f/s", sign, fabs(rate));
	return to;
}

/*
 * === heaps ===
 */

static void draw_heap(const struct top *t, const struct gomalloc_heap_row *row)
{
	bool chosen = t->screen && row->id == t->now.id;
	bool full = row->limit_bytes && row->held_bytes >= row->limit_bytes / 10 * 9;

	/* Where nothing can be reversed, a sign */
	printf("%s%s%c%4u %-31s %10s %12s %10s %10s%s\n", alarm(t, full, false),
	       chosen ? colour(t, "\033[7m") : "", chosen && !t->colour ? '>' : ' ',
	       row->id, printable(row->name),
	       human(row->held_bytes), human_rate(top_held_rate(t, row), true),
	       human(row->peak_bytes), row->limit_bytes ? human(row->limit_bytes) : "-",
	       colour(t, plain));
}

/* So many of them that the chosen one is among them */
static void draw_heaps(const struct top *t, unsigned int most)
{
	const struct heaps *heaps = &t->now.heaps;
	unsigned int i, first = 0;
	__u64 held = 0;

	for (i = 0; i < heaps->nr; i++) {
		held += heaps->row[i].held_bytes;
		if (heaps->row[i].id == t->now.id && i >= most)
			first = i - most + 1;
	}
	printf("%u heaps hold %s; by %s\n", heaps->nr, human(held), top_heap_orders[t->heap_sort]);
	printf("%s%5s %-31s %10s %12s %10s %10s%s\n", bold(t), "id", "name", "held", "change",
	       "peak", "limit", colour(t, plain));
	for (i = first; i < heaps->nr && i < first + most; i++)
		draw_heap(t, &heaps->row[i]);
}

/*
 * === classes ===
 */

/* A line of the lower part */
struct line {
	unsigned int class;
	struct gomalloc_class_row row;
	double change;
};

static double key(const struct line *l, unsigned int order)
{
	switch (order) {
	case BY_OBJECTS:
		return l->row.objects;
	case BY_WASTE:
		return l->row.span_bytes - l->row.object_bytes;
	case BY_CHANGE:
		return fabs(l->change);
	default:
		return l->row.span_bytes;
	}
}

static int by_key(const void *a, const void *b, void *top)
{
	unsigned int order = ((struct top *)top)->sort;
	double x = key(a, order), y = key(b, order);

	return x < y ? 1 : x > y ? -1 : 0;
}

static unsigned int fill_lines(const struct top *t, struct line *lines)
{
	unsigned int i, n = 0;

	for (i = 0; i < NR_CLASSES; i++) {
		if (!t->now.classes[i].spans)
			continue;
		lines[n] = (struct line){ .class = i, .row = t->now.classes[i] };
		if (top_has_rates(t))
			lines[n].change = top_rate(t, t->now.classes[i].objects,
						   t->before.classes[i].objects);
		n++;
	}
	return n;
}

static void draw_line(const struct top *t, const struct line *l)
{
	unsigned long long use = percent(l->row.object_bytes, l->row.span_bytes);

	printf("%5u %6llu %10llu %11s %s%3llu%%%s %9llu %10s %10s\n", l->class,
	       l->row.object_size, l->row.objects, human_rate(l->change, false),
	       alarm(t, use < 25, use < 50), use, colour(t, plain), l->row.spans,
	       human(l->row.span_bytes), human(l->row.span_bytes - l->row.object_bytes));
}

static void draw_classes(struct top *t, unsigned int most)
{
	struct line lines[NR_CLASSES];
	unsigned int i, n = fill_lines(t, lines);

	head_line(t, "class  bytes    objects      change  use     spans   in spans      waste");
	qsort_r(lines, n, sizeof(lines[0]), by_key, t);
	for (i = 0; i < n && i < most; i++)
		draw_line(t, &lines[i]);
}

/*
 * === CPUs ===
 */

static double cpu_rate(const struct top *t, unsigned int i, size_t offset)
{
	const struct top_cpu *now = &t->now.cpus[i], *before = &t->before.cpus[i];

	if (!top_has_rates(t) || i >= t->before.nr_cpus || before->cpu != now->cpu)
		return 0;
	return top_rate(t, *(const unsigned long long *)((const char *)now + offset),
			*(const unsigned long long *)((const char *)before + offset));
}

static void draw_cpus(const struct top *t, unsigned int most)
{
	const struct top_cpu *c;
	unsigned int i;

	if (!t->now.nr_cpus) {
		printf("only root sees what CPUs have cached, where debugfs has it\n");
		return;
	}
	head_line(t, "  cpu     cached         of      refills                    flushed");
	for (i = 0; i < t->now.nr_cpus && i < most; i++) {
		c = &t->now.cpus[i];
		printf("%5u %10s %10s %12llu %11s %12llu %11s\n", c->cpu, human(c->cached),
		       human(c->room), c->refills,
		       human_rate(cpu_rate(t, i, offsetof(struct top_cpu, refills)), false),
		       c->flushes,
		       human_rate(cpu_rate(t, i, offsetof(struct top_cpu, flushes)), false));
	}
}

/*
 * === all of it ===
 */

static void draw_rate(__u64 now, __u64 before, const struct top *t, const char *what)
{
	const char *text = human_rate(top_rate(t, now, before), false);

	printf("%s %s", *text ? text : "0/s", what);
}

static void draw_rates(const struct top *t)
{
	const struct gomalloc_ioc_stats *now = &t->now.stats, *before = &t->before.stats;

	if (top_has_rates(t)) {
		draw_rate(now->out_objects, before->out_objects, t, "objects, ");
		draw_rate(now->out_refills, before->out_refills, t, "refills, ");
		draw_rate(now->out_remote_frees, before->out_remote_frees, t,
			  "cross-CPU frees, ");
		draw_rate(now->out_locks, before->out_locks, t, "locks taken");
	}
	printf("\n");
}

static void draw_chosen(struct top *t, unsigned int most)
{
	const struct gomalloc_ioc_stats *stats = &t->now.stats;
	const struct gomalloc_heap_row *heap;
	char id[20];

	if (!t->now.id)
		return;
	snprintf(id, sizeof(id), "%u", t->now.id);
	heap = find_heap(&t->now.heaps, id);
	printf("%sheap %u, %s: %llu objects, %s in %s of spans, %s cached by CPUs; by %s\n",
	       t->alone ? "" : "\n", heap->id, printable(heap->name), stats->out_objects,
	       human(stats->out_object_bytes), human(stats->out_span_bytes),
	       human(stats->out_cached_bytes),
	       t->by_cpu ? "CPU" : top_orders[t->sort]);
	if (t->screen)
		draw_rates(t);
	if (t->by_cpu)
		draw_cpus(t, most);
	else
		draw_classes(t, most);
}

static void draw_key(const struct top *t, const char *key, const char *what)
{
	printf("%s%s%s %s  ", bold(t), key, colour(t, plain), what);
}

static void draw_keys(const struct top *t)
{
	draw_key(t, "q", "quit");
	draw_key(t, "up down", "heap");
	draw_key(t, "enter", t->alone ? "all heaps" : "it alone");
	draw_key(t, "s", "sort classes");
	draw_key(t, "h", "sort heaps");
	draw_key(t, "c", t->by_cpu ? "classes" : "CPUs");
}

void top_draw(struct top *t)
{
	unsigned int upper = t->alone ? 0 : t->rows / 4, head = HEAP_HEAD;

	if (t->now.heaps.nr < upper)
		upper = t->now.heaps.nr;
	if (t->screen)
		printf("\033[H\033[J");
	if (!t->alone) {
		draw_heaps(t, upper);
		head += HEAPS_HEAD;
	}
	draw_chosen(t, t->rows - upper - head);
	if (t->screen)
		draw_keys(t);
	fflush(stdout);
}
