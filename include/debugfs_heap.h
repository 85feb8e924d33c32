/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of debugfs_heap.c: a folder for a heap, and when it has one */
#ifndef _GOMALLOC_DEBUGFS_HEAP_H
#define _GOMALLOC_DEBUGFS_HEAP_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct dentry;
struct gomalloc_heap;
struct gomalloc_sys;

/**
 * struct debugfs_state - what there is in debugfs
 * @sys: [const] what all heaps share
 * @root: [const] our folder
 * @heap_dir: [const] in it, the folders of heaps
 * @lock: for who makes and removes folders; no reader takes it
 * @folders: [lock] &struct debugfs_folder by the number of the heap
 * @nr_folders: [lock] how many
 */
struct debugfs_state {
	struct gomalloc_sys	*sys;
	struct dentry		*root;
	struct dentry		*heap_dir;
	struct mutex		lock;	/* see above */
	struct xarray		folders;
	unsigned int		nr_folders;
};

void debugfs_heap_init(struct debugfs_state *state);
void debugfs_heap_exit(struct debugfs_state *state);
void debugfs_heap_update(struct debugfs_state *state);
int debugfs_heap_show(struct debugfs_state *state, u32 id);
const char *debugfs_heap_verdict(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_DEBUGFS_HEAP_H */
