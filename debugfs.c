// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs - what somebody who looks for a fault may want to know
 *
 * What: files in /sys/kernel/debug/gomalloc, of all heaps:
 *	  heaps		a table of them; to destroy one whose owner is gone,
 *			write its number. Opening it makes the folders in heap/
 *	  show		write the number of a heap, and it has a folder
 *	  validate	does each add up? Asking stops the machine meanwhile
 *	  counters	how often each has gone from one state to another
 *	of which heap/, with a folder for each, has more: debugfs_heap.c.
 * Locks: none; the heap that is looked at is pinned, see heaplist.c.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "compat.h"
#include "debugfs.h"
#include "debugfs_heap.h"
#include "heaplist.h"
#include "heaps.h"
#include "ledger.h"
#include "stats.h"

/*
 * === heaps, one after the other ===
 */

/* A position is the number of a heap, or of the next one that there is */
static void *heaps_start(struct seq_file *m, loff_t *pos)
{
	struct debugfs_state *state = m->private;
	unsigned long id = *pos;
	struct gomalloc_heap *heap;

	if (*pos > U32_MAX)
		return NULL;
	heap = heaplist_pin_next(state->sys, &id);
	if (heap)
		*pos = id;
	return heap;
}

static void *heaps_next(struct seq_file *m, void *heap, loff_t *pos)
{
	heaplist_unpin(heap);
	++*pos;
	return heaps_start(m, pos);
}

static void heaps_stop(struct seq_file *m, void *heap)
{
	if (heap)
		heaplist_unpin(heap);
}

static int validate_show(struct seq_file *m, void *v)
{
	struct gomalloc_heap *heap = v;

	seq_printf(m, "%u %s: %s\n", heap->id, heap->name,
		   debugfs_heap_verdict(heap));
	return 0;
}

static const struct seq_operations validate_sops = {
	.start	= heaps_start,
	.next	= heaps_next,
	.stop	= heaps_stop,
	.show	= validate_show,
};
DEFINE_SEQ_ATTRIBUTE(validate);

static int counters_show(struct seq_file *m, void *v)
{
	struct gomalloc_heap *heap = v;
	const char *name;
	unsigned int nr;
	u64 value;

	for (nr = 0; (name = ledger_counter(heap, nr, &value)); nr++)
		seq_printf(m, "%u %s: %s %llu\n", heap->id, heap->name, name,
			   value);
	return 0;
}

static const struct seq_operations counters_sops = {
	.start	= heaps_start,
	.next	= heaps_next,
	.stop	= heaps_stop,
	.show	= counters_show,
};
DEFINE_SEQ_ATTRIBUTE(counters);

/*
 * === heaps, as a table ===
 */

/* What stands at position 0, as there is no heap of that number */
static void *table_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? heaps_start(m, pos) : SEQ_START_TOKEN;
}

static void *table_next(struct seq_file *m, void *v, loff_t *pos)
{
	if (v != SEQ_START_TOKEN)
		return heaps_next(m, v, pos);
	++*pos;
	return heaps_start(m, pos);
}

static void table_stop(struct seq_file *m, void *v)
{
	if (v != SEQ_START_TOKEN)
		heaps_stop(m, v);
}

static const char *owner_state(const struct gomalloc_heap *heap)
{
	if (heap->group)
		return "device";
	switch (READ_ONCE(heap->owner_state)) {
	case HEAP_OURS:
		return "ours";
	case HEAP_OWNED:
		return "owned";
	default:
		return "gone";
	}
}

static int show_table_head(struct seq_file *m)
{
	seq_printf(m, "%5s %10s %12s %8s %12s %12s %7s %-6s %-16s %s\n", "id",
		   "objects", "object_bytes", "spans", "held_bytes", "limit_bytes",
		   "misuses", "state", "owner", "name");
	return 0;
}

static int table_show(struct seq_file *m, void *v)
{
	struct gomalloc_heap *heap = v;
	struct gomalloc_stats stats;
	int err;

	if (v == SEQ_START_TOKEN)
		return show_table_head(m);
	err = stats_sum_killable(heap, &stats);
	/* It is about to be destroyed: the others stay */
	if (err)
		return err == -ENOENT ? SEQ_SKIP : err;
	seq_printf(m, "%5u %10llu %12llu %8llu %12llu %12llu %7llu %-6s %-16s %s\n",
		   heap->id, stats.objects, stats.object_bytes, stats.spans,
		   stats.held_bytes, stats.limit, stats.misuses,
		   owner_state(heap), heap->owner_name, heap->name);
	return 0;
}

static const struct seq_operations table_sops = {
	.start	= table_start,
	.next	= table_next,
	.stop	= table_stop,
	.show	= table_show,
};

static int heaps_open(struct inode *inode, struct file *file)
{
	struct debugfs_state *state = inode->i_private;
	int err = seq_open(file, &table_sops);

	if (err)
		return err;
	((struct seq_file *)file->private_data)->private = state;
	debugfs_heap_update(state);
	return 0;
}

static ssize_t heaps_write(struct file *file, const char __user *text,
			   size_t len, loff_t *at)
{
	struct seq_file *m = file->private_data;
	struct debugfs_state *state = m->private;
	u32 id;
	int err;

	err = kstrtou32_from_user(text, len, 0, &id);
	if (!err)
		err = heaps_destroy_orphan(state->sys, id);
	return err ?: len;
}

static const struct file_operations heaps_fops = {
	.owner		= THIS_MODULE,
	.open		= heaps_open,
	.read		= seq_read,
	.write		= heaps_write,
	.llseek		= seq_lseek,
	.release	= seq_release,
};

static ssize_t show_write(struct file *file, const char __user *text,
			  size_t len, loff_t *at)
{
	u32 id;
	int err;

	err = kstrtou32_from_user(text, len, 0, &id);
	if (!err)
		err = debugfs_heap_show(file->private_data, id);
	return err ?: len;
}

static const struct file_operations show_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= show_write,
	.llseek	= noop_llseek,
};

/* Nothing depends on it: where it fails, the files are not there */
void gomalloc_debugfs_init(struct gomalloc_sys *sys)
{
	struct debugfs_state *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return;
	state->sys = sys;
	state->root = debugfs_create_dir("gomalloc", NULL);
	debugfs_heap_init(state);
	debugfs_create_file("heaps", 0600, state->root, state, &heaps_fops);
	debugfs_create_file("show", 0200, state->root, state, &show_fops);
	debugfs_create_file("validate", 0400, state->root, state,
			    &validate_fops);
	debugfs_create_file("counters", 0400, state->root, state,
			    &counters_fops);
	debugfs_heap_update(state);
	sys->debugfs = state;
}

/* Waits for those who read */
void gomalloc_debugfs_exit(struct gomalloc_sys *sys)
{
	struct debugfs_state *state = sys->debugfs;

	if (!state)
		return;
	debugfs_remove_recursive(state->root);
	debugfs_heap_exit(state);
	kfree(state);
}
