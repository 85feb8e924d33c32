// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_classes - the file classes of a heap: what each size class holds and wastes
 *
 * What: sums all spans by class, and compares what they waste with what kmalloc would
 *	lose by its larger steps from size to size. Which sizes were asked for is not
 *	known, only their class; so each object counts as one of its class's size.
 * Locks: none; survey.c holds that of a mheap for one span. Ends when the heap is to
 *	be destroyed.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "debugfs_classes.h"
#include "debugfs_view.h"
#include "mspan.h"
#include "survey.h"

/**
 * struct class_row - a size class
 * @objects: live objects; tiny ones share slots
 * @live: slots in use
 * @slots: slots of all spans
 * @cached: slots that CPUs have cached
 * @spans: spans
 * @owned: of these, those that CPUs allocate from
 * @pages: pages of the spans
 * @live_bytes: of the slots in use
 * @kmalloc_bytes: that as many objects of that size would have in kmalloc's caches
 */
struct class_row {
	u64	objects;
	u64	live;
	u64	slots;
	u64	cached;
	u64	spans;
	u64	owned;
	u64	pages;
	u64	live_bytes;
	u64	kmalloc_bytes;
};

/**
 * struct classes_state - of a reader
 * @row: by size class
 * @class: the next row is not before this
 */
struct classes_state {
	struct class_row	row[NUM_SIZE_CLASSES];
	unsigned int		class;
};

static void add_span(struct class_row *row, const struct survey_span *span)
{
	row->objects += span->objects;
	row->live += span->live;
	row->slots += span->nelems;
	row->cached += span->cached;
	row->spans++;
	row->owned += span->state == MSPAN_OWNED;
	row->pages += span->npages;
	row->live_bytes += (u64)span->live * span->elemsize;
	row->kmalloc_bytes += (u64)span->live * kmalloc_size_roundup(span->elemsize);
}

static int classes_begin(struct debugfs_view *view)
{
	struct classes_state *s = (void *)view->state;
	struct survey_walk walk = {};
	struct survey_span span;

	while (survey_next_span(view->heap, &walk, &span)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		/* As heaplist_remove() says; late is early enough */
		if (READ_ONCE(view->heap->leaving))
			return -ENOENT;
		cond_resched();
		add_span(&s->row[span.spanclass >> 1], &span);
	}
	return 0;
}

static void classes_head(struct seq_file *m, struct debugfs_view *view)
{
	seq_puts(m, "# live + free + cached = slots; tiny objects share slots of class 2; class 0 has the large ones\n");
	seq_puts(m, "# waste: bytes of spans without a live slot. kmalloc: bytes that as many objects of the class's\n");
	seq_puts(m, "# size would waste in kmalloc's sizes, with no free object there. The sizes asked for are not known\n");
	seq_printf(m, "%5s %6s %10s %10s %10s %8s %8s %8s %9s %4s %12s %12s\n",
		   "class", "size", "objects", "live", "slots", "cached", "spans",
		   "owned", "pages", "use%", "waste", "kmalloc");
}

static int classes_next(struct debugfs_view *view)
{
	struct classes_state *s = (void *)view->state;

	/* From behind the row that was shown, which @class is one above of */
	while (s->class < NUM_SIZE_CLASSES) {
		if (s->row[s->class++].spans)
			return 1;
	}
	return 0;
}

static void classes_show(struct seq_file *m, struct debugfs_view *view)
{
	const struct classes_state *s = (void *)view->state;
	unsigned int class = s->class - 1;
	const struct class_row *row = &s->row[class];
	u64 bytes = row->pages << PAGE_SHIFT;

	seq_printf(m, "%5u %6u %10llu %10llu %10llu %8llu %8llu %8llu %9llu %4llu %12llu %12llu\n",
		   class, class_to_size[class], row->objects, row->live,
		   row->slots, row->cached, row->spans, row->owned, row->pages,
		   div64_u64(row->live_bytes * 100, bytes), bytes - row->live_bytes,
		   row->kmalloc_bytes - row->live_bytes);
}

const struct debugfs_rows debugfs_classes_rows = {
	.state_bytes	= sizeof(struct classes_state),
	.begin_rows	= classes_begin,
	.print_head	= classes_head,
	.next_row	= classes_next,
	.print_row	= classes_show,
};
