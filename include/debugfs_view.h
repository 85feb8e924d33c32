/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of debugfs_view.c: a file in the folder of a heap, row by row */
#ifndef _GOMALLOC_DEBUGFS_VIEW_H
#define _GOMALLOC_DEBUGFS_VIEW_H

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/types.h>

struct debugfs_view;
struct dentry;
struct gomalloc_heap;
struct gomalloc_sys;

/**
 * struct debugfs_folder - the folder of a heap, which may be gone
 * @sys: [const] what all heaps share
 * @dir: [const] the folder
 * @id: [const] number of the heap; no other ever gets it
 */
struct debugfs_folder {
	struct gomalloc_sys	*sys;
	struct dentry		*dir;
	u32			id;
};

/**
 * struct debugfs_rows - what a file has
 * @state_bytes: of &debugfs_view.state
 * @begin_rows: before the head, with the state all 0; 0, or an errno; may be NULL
 * @print_head: print what stands above the rows
 * @next_row: copy the next row into the state: 1; 0: there is none; or an errno.
 *	After the last one it may be asked again. NULL: there is only the head
 * @print_row: print the row that is in the state, maybe again
 *
 * With each of them the heap is pinned, and the caller may sleep.
 */
struct debugfs_rows {
	size_t	state_bytes;
	int	(*begin_rows)(struct debugfs_view *view);
	void	(*print_head)(struct seq_file *m, struct debugfs_view *view);
	int	(*next_row)(struct debugfs_view *view);
	void	(*print_row)(struct seq_file *m, struct debugfs_view *view);
};

/**
 * struct debugfs_view - somebody reads a file
 * @folder: [const] of which heap
 * @rows: [const] which file
 * @heap: the heap, pinned from start to stop, which is for a page of text at most
 * @at: number of the row in @state; 0: the head
 * @state: of the file
 *
 * All but [const] is for who holds the lock of the seq_file.
 */
struct debugfs_view {
	const struct debugfs_folder	*folder;
	const struct debugfs_rows	*rows;
	struct gomalloc_heap		*heap;
	loff_t				at;
	unsigned long			state[];
};

int debugfs_view_open(struct inode *inode, struct file *file,
		      const struct debugfs_rows *rows);

/* The folder of a file that is open by debugfs_view_open() */
static inline const struct debugfs_folder *debugfs_view_folder(struct file *file)
{
	struct seq_file *m = file->private_data;
	struct debugfs_view *view = m->private;

	return view->folder;
}

/* _name_fops of debugfs_name_rows, with a function to write or NULL */
#define DEBUGFS_VIEW(_name, _write)					\
static int _name##_open(struct inode *inode, struct file *file)	\
{									\
	return debugfs_view_open(inode, file, &debugfs_##_name##_rows);		\
}									\
									\
static const struct file_operations _name##_fops = {			\
	.owner		= THIS_MODULE,					\
	.open		= _name##_open,					\
	.read		= seq_read,					\
	.write		= (_write),					\
	.llseek		= seq_lseek,					\
	.release	= seq_release_private,				\
}

#endif /* _GOMALLOC_DEBUGFS_VIEW_H */
