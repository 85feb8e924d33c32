// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs - what somebody who looks for a fault may want to know
 *
 * What: files in /sys/kernel/debug/gomalloc, of all heaps:
 *	  validate	does each add up? Asking stops the machine meanwhile
 *	  counters	how often each has gone from one state to another
 *	  heaps		who has made each; to destroy one whose owner is gone,
 *			write its number
 * Locks: none; the heap that is looked at is pinned, see heaplist.c.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "debugfs.h"
#include "heaplist.h"
#include "heaps.h"
#include "ledger.h"
#include "stats.h"
#include "validate.h"

/*
 * === heaps, one after the other ===
 */

/* A position is the number of a heap, or of the next one that there is */
static void *heaps_start(struct seq_file *m, loff_t *pos)
{
	unsigned long id = *pos;
	struct gomalloc_heap *heap;

	if (*pos > U32_MAX)
		return NULL;
	heap = heaplist_pin_next(m->private, &id);
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

static const char *verdict(struct gomalloc_heap *heap)
{
	switch (validate_heap_live(heap)) {
	case 0:
		return "valid";
	case -EUCLEAN:
		return "INVALID, see the log";
	default:
		return "not counted, out of memory";
	}
}

static int validate_show(struct seq_file *m, void *v)
{
	struct gomalloc_heap *heap = v;

	seq_printf(m, "%u %s: %s\n", heap->id, heap->name, verdict(heap));
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

static int heaps_show(struct seq_file *m, void *v)
{
	struct gomalloc_heap *heap = v;
	struct gomalloc_stats stats;
	int err = stats_sum_killable(heap, &stats);

	if (err)
		return err;
	seq_printf(m, "%u %s: of %s%s, %llu objects, %llu bytes\n", heap->id,
		   heap->name, heap->owner_name,
		   READ_ONCE(heap->owner_state) == HEAP_ORPHAN ?
		   ", which is gone" : "",
		   stats.objects, stats.held_bytes);
	return 0;
}

static const struct seq_operations heaps_sops = {
	.start	= heaps_start,
	.next	= heaps_next,
	.stop	= heaps_stop,
	.show	= heaps_show,
};

static int heaps_open(struct inode *inode, struct file *file)
{
	int err = seq_open(file, &heaps_sops);

	if (!err)
		((struct seq_file *)file->private_data)->private =
			inode->i_private;
	return err;
}

static ssize_t heaps_write(struct file *file, const char __user *text,
			   size_t len, loff_t *at)
{
	struct seq_file *m = file->private_data;
	u32 id;
	int err;

	err = kstrtou32_from_user(text, len, 0, &id);
	if (!err)
		err = heaps_destroy_orphan(m->private, id);
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

/* Nothing depends on it: where it fails, the files are not there */
void gomalloc_debugfs_init(struct gomalloc_sys *sys)
{
	sys->debugfs = debugfs_create_dir("gomalloc", NULL);
	debugfs_create_file("validate", 0400, sys->debugfs, sys,
			    &validate_fops);
	debugfs_create_file("counters", 0400, sys->debugfs, sys,
			    &counters_fops);
	debugfs_create_file("heaps", 0600, sys->debugfs, sys, &heaps_fops);
}

/* Waits for those who read */
void gomalloc_debugfs_exit(struct gomalloc_sys *sys)
{
	debugfs_remove_recursive(sys->debugfs);
}
