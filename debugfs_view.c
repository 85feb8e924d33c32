// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_view - a file in the folder of a heap, row by row
 *
 * What: finds the heap by its number for each step of a reader, which is a page of
 *	text at most, and lets go of it before that is copied to him: so he delays the
 *	end of the heap no longer than that. A row is copied first and printed then,
 *	so that it can be printed again.
 * Locks: none; the heap is pinned, see heaplist.c.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "debugfs_view.h"
#include "heaplist.h"

/* Return: 0, or an errno */
static int begin(struct debugfs_view *view)
{
	view->at = 0;
	memset(view->state, 0, view->rows->state_bytes);
	return view->rows->begin_rows ? view->rows->begin_rows(view) : 0;
}

/* Return: the view, with the next row; NULL: there is none; or an ERR_PTR */
static void *go_on(struct debugfs_view *view)
{
	int more = view->rows->next_row ? view->rows->next_row(view) : 0;

	if (more <= 0)
		return ERR_PTR(more);
	view->at++;
	return view;
}

/* Go to a row, from the head on if it was passed. Return: as go_on(). */
static void *seek(struct debugfs_view *view, loff_t at)
{
	void *row = view;
	int err;

	if (!at || at < view->at) {
		err = begin(view);
		if (err)
			return ERR_PTR(err);
	}
	while (view->at < at && !IS_ERR_OR_NULL(row)) {
		if (fatal_signal_pending(current))
			return ERR_PTR(-EINTR);
		cond_resched();
		row = go_on(view);
	}
	return row;
}

static void *view_start(struct seq_file *m, loff_t *at)
{
	struct debugfs_view *view = m->private;

	view->heap = heaplist_pin(view->folder->sys, view->folder->id);
	return view->heap ? seek(view, *at) : ERR_PTR(-ENOENT);
}

static void *view_next(struct seq_file *m, void *row, loff_t *at)
{
	++*at;
	cond_resched();
	return go_on(row);
}

static void view_stop(struct seq_file *m, void *row)
{
	struct debugfs_view *view = m->private;

	if (view->heap)
		heaplist_unpin(view->heap);
	view->heap = NULL;
}

static int view_show(struct seq_file *m, void *row)
{
	struct debugfs_view *view = row;

	if (view->at)
		view->rows->print_row(m, view);
	else
		view->rows->print_head(m, view);
	return 0;
}

static const struct seq_operations view_sops = {
	.start	= view_start,
	.next	= view_next,
	.stop	= view_stop,
	.show	= view_show,
};

/* Return: 0, or -ENOMEM */
int debugfs_view_open(struct inode *inode, struct file *file,
		      const struct debugfs_rows *rows)
{
	struct debugfs_view *view;

	view = __seq_open_private(file, &view_sops,
				  sizeof(*view) + rows->state_bytes);
	if (!view)
		return -ENOMEM;
	view->folder = inode->i_private;
	view->rows = rows;
	return 0;
}
