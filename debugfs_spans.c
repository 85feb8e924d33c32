// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_spans - the file spans of a heap: one line for each
 *
 * Locks: none; survey.c holds that of a mheap for one span.
 */
#include "debugfs_spans.h"
#include "debugfs_view.h"
#include "mspan.h"
#include "survey.h"

/**
 * struct spans_state - of a reader
 * @walk: how far he has come
 * @span: the row
 */
struct spans_state {
	struct survey_walk	walk;
	struct survey_span	span;
};

static const char *const state_name[] = {
	[MSPAN_FREE]	= "free",
	[MSPAN_OWNED]	= "owned",
	[MSPAN_PARTIAL]	= "partial",
	[MSPAN_FULL]	= "full",
	[MSPAN_LARGE]	= "large",
};

static void spans_head(struct seq_file *m, struct debugfs_view *view)
{
	seq_puts(m, "# live + free + cached = slots; owned: by a CPU; addresses are real if kernel.kptr_restrict is 1\n");
	seq_printf(m, "%-16s %7s %4s %5s %6s %7s %6s %6s %6s %6s %s\n", "address",
		   "bytes", "node", "class", "size", "state", "slots", "live",
		   "free", "cached", "kind");
}

static int spans_next(struct debugfs_view *view)
{
	struct spans_state *s = (void *)view->state;

	return survey_next_span(view->heap, &s->walk, &s->span);
}

static void spans_show(struct seq_file *m, struct debugfs_view *view)
{
	const struct spans_state *s = (void *)view->state;
	const struct survey_span *span = &s->span;

	seq_printf(m, "%pK %7lu %4d %5u %6u %7s %6u %6u %6u %6u %s\n",
		   (void *)span->base, (unsigned long)span->npages << PAGE_SHIFT,
		   span->nid, span->spanclass >> 1, span->elemsize,
		   state_name[span->state % ARRAY_SIZE(state_name)], span->nelems,
		   span->live, span->free, span->cached,
		   span->spanclass & 1 ? "noscan" : "scan");
}

const struct debugfs_rows debugfs_spans_rows = {
	.state_bytes	= sizeof(struct spans_state),
	.print_head	= spans_head,
	.next_row	= spans_next,
	.print_row	= spans_show,
};
