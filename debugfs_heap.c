// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_heap - a folder for a heap, and when it has one
 *
 * What: makes and removes the folders below heap/, and has the files of one that are
 *	short. A heap is made and destroyed without a look at them: a folder takes more
 *	memory than an idle heap, and to remove it waits for readers. So folders are
 *	made when somebody looks, and what is left of a heap that is gone is removed
 *	when somebody looks again; until then its files say ENOENT.
 * Locks: state->lock. It is held while a folder is removed, which waits for who is in
 *	one of its files, so nothing that such a file does may take it.
 * Owns: the folders.
 * Invariant: a number is not used again, so no folder shows another heap.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "debugfs_arenas.h"
#include "debugfs_classes.h"
#include "debugfs_cpus.h"
#include "debugfs_heap.h"
#include "debugfs_spans.h"
#include "debugfs_view.h"
#include "debugopt.h"
#include "heap.h"
#include "heaplist.h"
#include "ledger.h"
#include "sample.h"
#include "scavenge.h"
#include "stats.h"
#include "validate.h"

/* Folders at most, of some 9 KiB each; those that were asked for by number come on top */
#define MOST_FOLDERS	256

/*
 * === stats ===
 */

static int stats_begin(struct debugfs_view *view)
{
	return stats_sum_killable(view->heap, (void *)view->state);
}

static void stats_head(struct seq_file *m, struct debugfs_view *view)
{
	const struct gomalloc_stats *stats = (void *)view->state;
	const struct gomalloc_heap *heap = view->heap;
	const struct {
		const char	*key;
		u64		value;
	} lines[] = {
		{ "id", heap->id },
		{ "device", !!heap->group },
		{ "orphan", READ_ONCE(heap->owner_state) == HEAP_ORPHAN },
		{ "objects", stats->objects },
		{ "object_bytes", stats->object_bytes },
		{ "spans", stats->spans },
		{ "span_bytes", stats->span_bytes },
		{ "held_bytes", stats->held_bytes },
		{ "peak_bytes", stats->peak_bytes },
		{ "limit_bytes", stats->limit },
		{ "soft_limit_bytes", stats->soft_limit },
		{ "cached_bytes", stats->cached_bytes },
		{ "shrunk_bytes", stats->shrunk_bytes },
		{ "arenas", stats->arenas },
		{ "grows", stats->grows },
		{ "refills", stats->refills },
		{ "sweeps", stats->sweeps },
		{ "flushes", stats->flushes },
		{ "remote_frees", stats->remote_frees },
		{ "busy", stats->busy },
		{ "locks", stats->locks },
		{ "misuses", stats->misuses },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		seq_printf(m, "%s %llu\n", lines[i].key, lines[i].value);
	/* A name may have spaces */
	seq_printf(m, "owner %s\nname %s\n", heap->owner_name, heap->name);
}

static const struct debugfs_rows debugfs_stats_rows = {
	.state_bytes	= sizeof(struct gomalloc_stats),
	.begin_rows	= stats_begin,
	.print_head	= stats_head,
};

/*
 * === counters ===
 */

static void counters_head(struct seq_file *m, struct debugfs_view *view)
{
	const char *name;
	unsigned int nr;
	u64 value;

	for (nr = 0; (name = ledger_counter(view->heap, nr, &value)); nr++)
		seq_printf(m, "%s %llu\n", name, value);
}

static const struct debugfs_rows debugfs_counters_rows = {
	.print_head	= counters_head,
};

/*
 * === validate ===
 */

/* Sleeps, and stops the machine for a while */
const char *debugfs_heap_verdict(struct gomalloc_heap *heap)
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

static void validate_head(struct seq_file *m, struct debugfs_view *view)
{
	seq_printf(m, "%s\n", debugfs_heap_verdict(view->heap));
}

static const struct debugfs_rows debugfs_validate_rows = {
	.print_head	= validate_head,
};

/*
 * === limit ===
 */

static void limit_head(struct seq_file *m, struct debugfs_view *view)
{
	const struct gomalloc_heap *heap = view->heap;

	seq_printf(m, "%lu %lu\n", READ_ONCE(heap->limit_pages) << PAGE_SHIFT,
		   READ_ONCE(heap->soft_pages) << PAGE_SHIFT);
}

static const struct debugfs_rows debugfs_limit_rows = {
	.print_head	= limit_head,
};

/* Return: the text behind a number with a suffix and blanks, or NULL: it is none */
static char *parse_bytes(char *text, size_t *bytes)
{
	char *end;

	if (!isdigit(*text))
		return NULL;
	*bytes = memparse(text, &end);
	return *end && !isspace(*end) ? NULL : skip_spaces(end);
}

/* The hard limit, and the soft one, which else is as it was. Return: 0, or an errno. */
static int set_limit(struct gomalloc_heap *heap, char *text)
{
	size_t limit, soft = READ_ONCE(heap->soft_pages) << PAGE_SHIFT;

	text = parse_bytes(skip_spaces(text), &limit);
	if (text && *text)
		text = parse_bytes(text, &soft);
	if (!text || *text)
		return -EINVAL;
	return scavenge_set_limits(heap, limit, soft);
}

/* Have @set do with the heap of @file what is written to it */
static ssize_t write_word(struct file *file, const char __user *from, size_t len,
			  int (*set)(struct gomalloc_heap *heap, char *text))
{
	const struct debugfs_folder *folder = debugfs_view_folder(file);
	struct gomalloc_heap *heap;
	char text[64] = {};
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	heap = heaplist_pin(folder->sys, folder->id);
	if (!heap)
		return -ENOENT;
	err = set(heap, text);
	heaplist_unpin(heap);
	return err ?: len;
}

static ssize_t limit_write(struct file *file, const char __user *from,
			   size_t len, loff_t *at)
{
	return write_word(file, from, len, set_limit);
}

/*
 * === debug ===
 */

static void debug_head(struct seq_file *m, struct debugfs_view *view)
{
	char letters[DEBUGOPT_LETTERS];

	debugopt_print(READ_ONCE(view->heap->flags), letters);
	seq_printf(m, "%s\n", letters);
}

static const struct debugfs_rows debugfs_debug_rows = {
	.print_head	= debug_head,
};

static int set_debug(struct gomalloc_heap *heap, char *text)
{
	return sample_set_heap_debug(heap, strim(text));
}

static ssize_t debug_write(struct file *file, const char __user *from,
			   size_t len, loff_t *at)
{
	return write_word(file, from, len, set_debug);
}

/*
 * === trim ===
 */

/* Whatever is written */
static ssize_t trim_write(struct file *file, const char __user *from,
			  size_t len, loff_t *at)
{
	const struct debugfs_folder *folder = file->private_data;
	struct gomalloc_heap *heap = heaplist_pin(folder->sys, folder->id);

	if (!heap)
		return -ENOENT;
	scavenge_trim(heap);
	heaplist_unpin(heap);
	return len;
}

static const struct file_operations trim_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= trim_write,
	.llseek	= noop_llseek,
};

/*
 * === folders ===
 */

DEBUGFS_VIEW(arenas, NULL);
DEBUGFS_VIEW(classes, NULL);
DEBUGFS_VIEW(counters, NULL);
DEBUGFS_VIEW(cpus, NULL);
DEBUGFS_VIEW(debug, debug_write);
DEBUGFS_VIEW(limit, limit_write);
DEBUGFS_VIEW(spans, NULL);
DEBUGFS_VIEW(stats, NULL);
DEBUGFS_VIEW(validate, NULL);

static const struct {
	const char			*name;
	umode_t				mode;
	const struct file_operations	*fops;
} files[] = {
	{ "arenas", 0400, &arenas_fops },
	{ "classes", 0400, &classes_fops },
	{ "counters", 0400, &counters_fops },
	{ "cpus", 0400, &cpus_fops },
	{ "debug", 0600, &debug_fops },
	{ "limit", 0600, &limit_fops },
	{ "spans", 0400, &spans_fops },
	{ "stats", 0400, &stats_fops },
	{ "trim", 0200, &trim_fops },
	{ "validate", 0400, &validate_fops },
};

/* Where debugfs has no memory, files are missing. Return: 0, or -ENOMEM. */
static int make_folder_locked(struct debugfs_state *state, u32 id)
{
	struct debugfs_folder *folder;
	char name[16];
	unsigned int i;

	lockdep_assert_held(&state->lock);
	if (xa_load(&state->folders, id))
		return 0;
	folder = kzalloc(sizeof(*folder), GFP_KERNEL);
	if (!folder || xa_err(xa_store(&state->folders, id, folder, GFP_KERNEL))) {
		kfree(folder);
		return -ENOMEM;
	}
	folder->sys = state->sys;
	folder->id = id;
	snprintf(name, sizeof(name), "%u", id);
	folder->dir = debugfs_create_dir(name, state->heap_dir);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file(files[i].name, files[i].mode, folder->dir,
				    folder, files[i].fops);
	state->nr_folders++;
	return 0;
}

/* Waits for who is in one of the files; who has one open can do nothing with it then */
static void remove_folder_locked(struct debugfs_state *state,
				 struct debugfs_folder *folder)
{
	lockdep_assert_held(&state->lock);
	xa_erase(&state->folders, folder->id);
	state->nr_folders--;
	debugfs_remove(folder->dir);
	kfree(folder);
}

static bool is_there(const struct debugfs_folder *folder)
{
	struct gomalloc_heap *heap = heaplist_pin(folder->sys, folder->id);

	if (heap)
		heaplist_unpin(heap);
	return heap;
}

static void remove_stale_locked(struct debugfs_state *state)
{
	struct debugfs_folder *folder;
	unsigned long id;

	xa_for_each(&state->folders, id, folder) {
		if (!is_there(folder))
			remove_folder_locked(state, folder);
	}
}

/* Programs open the device as often as they like */
static bool is_of_device(const struct gomalloc_heap *heap)
{
	return heap->group;
}

static void make_missing_locked(struct debugfs_state *state)
{
	struct gomalloc_heap *heap;
	unsigned long id;

	heaplist_for_each(heap, state->sys, id) {
		if (state->nr_folders < MOST_FOLDERS && !is_of_device(heap))
			make_folder_locked(state, heap->id);
	}
}

/*
 * Have a folder for each heap but those of the device, as far as MOST_FOLDERS go,
 * and none for heaps that are gone. Sleeps.
 */
void debugfs_heap_update(struct debugfs_state *state)
{
	mutex_lock(&state->lock);
	remove_stale_locked(state);
	make_missing_locked(state);
	mutex_unlock(&state->lock);
}

/* Have one for that heap in any case. Return: 0; -ENOENT: there is none; -ENOMEM. */
int debugfs_heap_show(struct debugfs_state *state, u32 id)
{
	struct gomalloc_heap *heap = heaplist_pin(state->sys, id);
	int err;

	if (!heap)
		return -ENOENT;
	heaplist_unpin(heap);
	mutex_lock(&state->lock);
	remove_stale_locked(state);
	err = make_folder_locked(state, id);
	mutex_unlock(&state->lock);
	return err;
}

void debugfs_heap_init(struct debugfs_state *state)
{
	mutex_init(&state->lock);
	xa_init(&state->folders);
	state->heap_dir = debugfs_create_dir("heap", state->root);
}

/* All files are removed */
void debugfs_heap_exit(struct debugfs_state *state)
{
	struct debugfs_folder *folder;
	unsigned long id;

	xa_for_each(&state->folders, id, folder)
		kfree(folder);
	xa_destroy(&state->folders);
}
