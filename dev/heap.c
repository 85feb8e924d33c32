// SPDX-License-Identifier: GPL-2.0
/*
 * dev/heap - commands of /dev/gomalloc on heaps
 *
 * What: STATS, CLASS_STATS, HEAPS, SET_LIMIT, TRIM, VERSION, as
 *	include/uapi/linux/gomalloc.h has them.
 * Locks: none; a heap that is not the descriptor's own is pinned while it is
 *	looked at, see heaplist.c, and never while user memory is.
 * Invariant: of another's heap, no one without CAP_SYS_ADMIN learns anything.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "dev/cmd.h"
#include "dev/heap.h"
#include "dev/object.h"
#include "heaplist.h"
#include "scavenge.h"
#include "stats.h"

/*
 * Return: the heap that @id names, pinned unless it is the descriptor's own; or an
 * ERR_PTR: -EPERM, -ENOENT
 */
static struct gomalloc_heap *hold_heap(struct dev_file *f, u32 id)
{
	struct gomalloc_heap *heap;

	if (!id)
		return f->heap;
	if (!capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	heap = heaplist_pin(f->heap->sys, id);
	return heap ?: ERR_PTR(-ENOENT);
}

static void drop_heap(struct gomalloc_heap *heap, u32 id)
{
	if (id)
		heaplist_unpin(heap);
}

/* Rows as long as the program knows them; what it knows beyond ours is 0 */
static int copy_rows(u64 user, u32 row_size, u32 nr_rows, const void *rows,
		     size_t size)
{
	size_t known = min_t(size_t, row_size, size);
	char __user *to = u64_to_user_ptr(user);

	for (; nr_rows--; to += row_size, rows += size) {
		if (copy_to_user(to, rows, known) ||
		    clear_user(to + known, row_size - known))
			return -EFAULT;
	}
	return 0;
}

static bool bad_row_size(u32 row_size)
{
	return row_size < sizeof(u64) || row_size > PAGE_SIZE;
}

static void put_stats(struct gomalloc_ioc_stats *arg,
		      const struct gomalloc_stats *stats)
{
	arg->out_objects = stats->objects;
	arg->out_object_bytes = stats->object_bytes;
	arg->out_spans = stats->spans;
	arg->out_span_bytes = stats->span_bytes;
	arg->out_held_bytes = stats->held_bytes;
	arg->out_limit_bytes = stats->limit;
	arg->out_soft_limit_bytes = stats->soft_limit;
	arg->out_peak_bytes = stats->peak_bytes;
	arg->out_cached_bytes = stats->cached_bytes;
	arg->out_shrunk_bytes = stats->shrunk_bytes;
	arg->out_grows = stats->grows;
	arg->out_refills = stats->refills;
	arg->out_sweeps = stats->sweeps;
	arg->out_flushes = stats->flushes;
	arg->out_remote_frees = stats->remote_frees;
	arg->out_locks = stats->locks;
	arg->out_misuses = stats->misuses;
}

int dev_cmd_stats(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_stats *arg = &cmd->stats;
	struct gomalloc_heap *heap = hold_heap(f, arg->heap);
	struct gomalloc_stats stats;
	bool own = heap == f->heap;
	int err;

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	err = stats_sum_killable(heap, &stats);
	drop_heap(heap, arg->heap);
	if (err)
		return err;
	put_stats(arg, &stats);
	arg->out_requested_bytes = 0;
	if (own) {
		/* The handles; an object that was freed may still be mapped */
		arg->out_objects = atomic_long_read(&f->nr_objects);
		arg->out_requested_bytes = atomic64_read(&f->requested);
	}
	return 0;
}

int dev_cmd_class_stats(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_class_stats *arg = &cmd->class_stats;
	struct gomalloc_class_stats *rows;
	struct gomalloc_heap *heap;
	int err;

	/* The kernel's row is the interface's, field by field */
	static_assert(sizeof(*rows) == sizeof(struct gomalloc_class_row));
	if (arg->__reserved || bad_row_size(arg->row_size))
		return -EINVAL;
	rows = kcalloc(GOMALLOC_NR_CLASSES, sizeof(*rows), DEV_GFP);
	if (!rows)
		return -ENOMEM;
	heap = hold_heap(f, arg->heap);
	err = PTR_ERR_OR_ZERO(heap);
	if (!err) {
		err = stats_by_class_killable(heap, rows);
		drop_heap(heap, arg->heap);
	}
	if (!err) {
		arg->out_nr_rows = GOMALLOC_NR_CLASSES;
		err = copy_rows(arg->rows, arg->row_size,
				min(arg->nr_rows, GOMALLOC_NR_CLASSES), rows,
				sizeof(*rows));
	}
	kfree(rows);
	return err;
}

static void describe_heap(struct dev_file *f, struct gomalloc_heap *heap,
			  struct gomalloc_heap_row *row)
{
	row->id = heap->id;
	row->flags = heap->group == &f->sys->group ? GOMALLOC_HEAP_ROW_DEVICE :
						     0;
	if (READ_ONCE(heap->owner_state) == HEAP_ORPHAN)
		row->flags |= GOMALLOC_HEAP_ROW_ORPHAN;
	strscpy(row->name, heap->name, sizeof(row->name));
	row->held_bytes = (u64)atomic_long_read(&heap->held_pages)
			  << PAGE_SHIFT;
	row->peak_bytes = (u64)atomic_long_read(&heap->peak_pages)
			  << PAGE_SHIFT;
	row->limit_bytes = (u64)READ_ONCE(heap->limit_pages) << PAGE_SHIFT;
	strscpy(row->owner, heap->owner_name, sizeof(row->owner));
}

/* Return: how many heaps there are, @nr of them in @rows; or -EINTR */
static int describe_heaps(struct dev_file *f, struct gomalloc_heap_row *rows,
			  u32 nr)
{
	struct gomalloc_sys *sys = f->heap->sys;
	struct gomalloc_heap *heap;
	unsigned long id;
	u32 n = 0;

	heaplist_for_each(heap, sys, id) {
		if (n < nr)
			describe_heap(f, heap, &rows[n]);
		n++;
		if (fatal_signal_pending(current)) {
			heaplist_unpin(heap);
			return -EINTR;
		}
		cond_resched();
	}
	return n;
}

int dev_cmd_heaps(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_heaps *arg = &cmd->heaps;
	u32 nr = min_t(u32, arg->nr_rows, atomic_read(&f->heap->sys->nr_heaps));
	struct gomalloc_heap_row *rows;
	int n, err = 0;

	if (bad_row_size(arg->row_size))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	rows = kvcalloc(nr ?: 1, sizeof(*rows), DEV_GFP);
	if (!rows)
		return -ENOMEM;
	n = describe_heaps(f, rows, nr);
	if (n < 0)
		err = n;
	else
		err = copy_rows(arg->rows, arg->row_size, min_t(u32, nr, n),
				rows, sizeof(*rows));
	arg->out_nr_rows = n;
	kvfree(rows);
	return err;
}

int dev_cmd_set_limit(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_set_limit *arg = &cmd->set_limit;
	size_t most = dev_limit(f->sys), limit = arg->limit_bytes;

	if (arg->__reserved)
		return -EINVAL;
	if (!limit)
		limit = most;
	if (most && limit > most && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	return scavenge_set_limits(f->heap, limit, arg->soft_limit_bytes);
}

int dev_cmd_trim(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_trim *arg = &cmd->trim;

	if (arg->__reserved)
		return -EINVAL;
	arg->out_bytes = scavenge_trim(f->heap);
	return 0;
}

int dev_cmd_version(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_version *arg = &cmd->version;

	arg->out_version = GOMALLOC_VERSION;
	arg->out_features = GOMALLOC_FEATURE_LIMITS | GOMALLOC_FEATURE_BATCH |
			    GOMALLOC_FEATURE_REALLOC | GOMALLOC_FEATURE_MMAP |
			    GOMALLOC_FEATURE_HEAPS;
	arg->out_max_length = MALLOC_MAX_SIZE;
	arg->out_max_small = MAX_SMALL_SIZE;
	arg->out_nr_classes = GOMALLOC_NR_CLASSES;
	arg->out_page_size = PAGE_SIZE;
	return 0;
}
