// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_arenas - the file arenas of a heap: a map, on which a person sees how
 * fragmented it is
 *
 * What: a character for each page, in lines of 64, arena by arena. A row is a run of
 *	pages; what changes while the map is read makes it no worse than old.
 * Locks: none; survey.c holds that of a mheap for one run.
 */
#include <linux/mm.h>

#include "debugfs_arenas.h"
#include "debugfs_view.h"
#include "survey.h"

/* Pages in a line */
#define LINE	64

/**
 * struct arenas_state - of a reader
 * @walk: how far he has come
 * @run: the row
 */
struct arenas_state {
	struct survey_walk	walk;
	struct survey_run	run;
};

static void arenas_head(struct seq_file *m, struct debugfs_view *view)
{
	seq_printf(m, "# a character is a page of %lu KiB\n", PAGE_SIZE >> 10);
	seq_puts(m, "# . free   - released to the page allocator   L large object   l large, cached\n");
	seq_puts(m, "# 0 to 9 small objects: tenths of the span that are live   # all of it\n");
}

static int arenas_next(struct debugfs_view *view)
{
	struct arenas_state *s = (void *)view->state;

	return survey_next_run(view->heap, &s->walk, &s->run);
}

static void show_arena(struct seq_file *m, const struct survey_run *run)
{
	seq_printf(m, "\n%pK node %d: %u pages, %u free, %u released\n",
		   (void *)run->base, run->nid, run->arena_pages,
		   run->arena_free, run->arena_gone);
}

static void arenas_show(struct seq_file *m, struct debugfs_view *view)
{
	const struct arenas_state *s = (void *)view->state;
	const struct survey_run *run = &s->run;
	unsigned int page = run->page, end = page + run->npages;
	char c = survey_run_char(run);

	if (!page)
		show_arena(m, run);
	while (page < end) {
		seq_putc(m, c);
		if (!(++page % LINE) || page == run->arena_pages)
			seq_putc(m, '\n');
	}
}

const struct debugfs_rows debugfs_arenas_rows = {
	.state_bytes	= sizeof(struct arenas_state),
	.print_head	= arenas_head,
	.next_row	= arenas_next,
	.print_row	= arenas_show,
};
