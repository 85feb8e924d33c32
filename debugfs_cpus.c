// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_cpus - the file cpus of a heap: what each CPU has cached, and has done
 *
 * What: a row for each CPU that has used the heap, with its counters, and one for
 *	each class that it has something of. What an allocation finds cached is
 *	counted nowhere; what is counted is how often it found nothing.
 * Locks: none; see survey_cpu().
 */
#include <linux/mm.h>

#include "debugfs_cpus.h"
#include "debugfs_view.h"
#include "gate.h"
#include "ledger.h"
#include "mspan.h"
#include "survey.h"

/**
 * struct cpus_state - of a reader
 * @class: what the CPU has cached, by span class
 * @cpu: the CPU
 * @next_cpu: where to look for the next one
 * @spc: one above the span class of the row; 0: it is the CPU's own
 * @cached: of the CPU, bytes that it may have cached
 * @offline: it is
 */
struct cpus_state {
	struct survey_class	class[NUM_SPAN_CLASSES];
	unsigned int		cpu;
	unsigned int		next_cpu;
	unsigned int		spc;
	unsigned long		cached;
	bool			offline;
};

static void cpus_head(struct seq_file *m, struct debugfs_view *view)
{
	seq_puts(m, "# objects: on the recycle stack, which may have cap now and has room for more; window: free in the\n");
	seq_puts(m, "# span that is allocated from; spares: spans behind it; used: used-up ones; bytes: charged for all that.\n");
	seq_puts(m, "# Behind a CPU: what it has counted. Each refill and transfer_in was a miss; hits are not counted\n");
	seq_printf(m, "%5s %6s %6s %7s %5s %5s %6s %6s %5s %9s\n", "class", "kind",
		   "size", "objects", "cap", "room", "window", "spares", "used",
		   "bytes");
}

/* Return: the next CPU that has a cache, in @s, was looked at */
static int next_cpu(struct gomalloc_heap *heap, struct cpus_state *s)
{
	struct mcache *cache;

	for (; s->next_cpu < nr_cpu_ids; s->next_cpu++) {
		if (!cpu_possible(s->next_cpu))
			continue;
		cache = gate_mcache_of(heap, s->next_cpu);
		if (!cache->heap)
			continue;
		s->offline = survey_cpu(cache, s->class);
		s->cached = atomic_long_read(&cache->cached);
		s->cpu = s->next_cpu++;
		s->spc = 0;
		return 1;
	}
	return 0;
}

static bool has_something(const struct survey_class *class)
{
	return class->busy || class->charge || class->objects || class->window ||
	       class->spares || class->used;
}

static int cpus_next(struct debugfs_view *view)
{
	struct cpus_state *s = (void *)view->state;

	/* Before the first CPU there is nothing in any class */
	while (s->spc < NUM_SPAN_CLASSES) {
		if (has_something(&s->class[s->spc++]))
			return 1;
	}
	return next_cpu(view->heap, s);
}

static void show_cpu(struct seq_file *m, struct gomalloc_heap *heap,
		     const struct cpus_state *s)
{
	const char *name;
	unsigned int nr;
	u64 value;

	seq_printf(m, "cpu %u%s: %lu of %zu bytes", s->cpu,
		   s->offline ? ", offline" : "", s->cached, heap->cache_bytes);
	for (nr = 0; (name = ledger_cpu_counter(heap, s->cpu, nr, &value)); nr++) {
		if (value)
			seq_printf(m, " %s=%llu", name, value);
	}
	seq_putc(m, '\n');
}

static void show_class(struct seq_file *m, const struct cpus_state *s)
{
	unsigned int spc = s->spc - 1;
	const struct survey_class *class = &s->class[spc];

	seq_printf(m, "%5u %6s %6u ", spc >> 1, spc & 1 ? "noscan" : "scan",
		   class_to_size[spc >> 1]);
	if (class->busy)
		seq_printf(m, "busy, %u bytes\n", class->charge);
	else
		seq_printf(m, "%7u %5u %5u %6u %6u %5u %9u\n", class->objects,
			   class->cap, class->room, class->window, class->spares,
			   class->used, class->charge);
}

static void cpus_show(struct seq_file *m, struct debugfs_view *view)
{
	const struct cpus_state *s = (void *)view->state;

	if (s->spc)
		show_class(m, s);
	else
		show_cpu(m, view->heap, s);
}

const struct debugfs_rows debugfs_cpus_rows = {
	.state_bytes	= sizeof(struct cpus_state),
	.print_head	= cpus_head,
	.next_row	= cpus_next,
	.print_row	= cpus_show,
};
