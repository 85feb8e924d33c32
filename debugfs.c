// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs - what somebody who looks for a fault may want to know
 *
 * What: files in /sys/kernel/debug/gomalloc, of all heaps:
 *	  validate	does each add up? Asking stops the machine meanwhile
 *	  counters	how often each has gone from one state to another
 *	  heaps		who has made each; to destroy one whose owner is gone,
 *			write its number
 * Locks: gomalloc_sys.heaps_mutex, so that no heap goes.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "debugfs.h"
#include "heaps.h"
#include "ledger.h"
#include "stats.h"
#include "validate.h"

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

static int validate_show(struct seq_file *m, void *unused)
{
	struct gomalloc_sys *sys = m->private;
	struct gomalloc_heap *heap;

	mutex_lock(&sys->heaps_mutex);
	list_for_each_entry(heap, &sys->heaps, in_sys)
		seq_printf(m, "%u %s: %s\n", heap->id, heap->name,
			   verdict(heap));
	mutex_unlock(&sys->heaps_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(validate);

static void show_counters(struct seq_file *m, struct gomalloc_heap *heap)
{
	const char *name;
	unsigned int nr;
	u64 value;

	for (nr = 0; (name = ledger_counter(heap, nr, &value)); nr++)
		seq_printf(m, "%u %s: %s %llu\n", heap->id, heap->name, name,
			   value);
}

static int counters_show(struct seq_file *m, void *unused)
{
	struct gomalloc_sys *sys = m->private;
	struct gomalloc_heap *heap;

	mutex_lock(&sys->heaps_mutex);
	list_for_each_entry(heap, &sys->heaps, in_sys)
		show_counters(m, heap);
	mutex_unlock(&sys->heaps_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static void show_heap(struct seq_file *m, struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	stats_sum(heap, &stats);
	seq_printf(m, "%u %s: of %s%s, %llu objects, %llu bytes\n", heap->id,
		   heap->name, heap->owner_name,
		   heap->owner_state == HEAP_ORPHAN ? ", which is gone" : "",
		   stats.objects, stats.held_bytes);
}

static int heaps_show(struct seq_file *m, void *unused)
{
	struct gomalloc_sys *sys = m->private;
	struct gomalloc_heap *heap;

	mutex_lock(&sys->heaps_mutex);
	list_for_each_entry(heap, &sys->heaps, in_sys)
		show_heap(m, heap);
	mutex_unlock(&sys->heaps_mutex);
	return 0;
}

static int heaps_open(struct inode *inode, struct file *file)
{
	return single_open(file, heaps_show, inode->i_private);
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
	.release	= single_release,
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
