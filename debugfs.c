// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs - what somebody who looks for a fault may want to know
 *
 * What: files in /sys/kernel/debug/gomalloc, of all heaps:
 *	  validate	does each add up? Asking stops the machine meanwhile
 *	  counters	how often each has gone from one state to another
 * Locks: gomalloc_sys.heaps_mutex, so that no heap goes.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "debugfs.h"
#include "ledger.h"
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

/* Nothing depends on it: where it fails, the files are not there */
void gomalloc_debugfs_init(struct gomalloc_sys *sys)
{
	sys->debugfs = debugfs_create_dir("gomalloc", NULL);
	debugfs_create_file("validate", 0400, sys->debugfs, sys,
			    &validate_fops);
	debugfs_create_file("counters", 0400, sys->debugfs, sys,
			    &counters_fops);
}

/* Waits for those who read */
void gomalloc_debugfs_exit(struct gomalloc_sys *sys)
{
	debugfs_remove_recursive(sys->debugfs);
}
