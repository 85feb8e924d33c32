/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of debugfs_classes.c: what each size class holds and wastes */
#ifndef _GOMALLOC_DEBUGFS_CLASSES_H
#define _GOMALLOC_DEBUGFS_CLASSES_H

struct debugfs_rows;

/* Its file in the folder of a heap; see debugfs_view.h */
extern const struct debugfs_rows debugfs_classes_rows;

#endif /* _GOMALLOC_DEBUGFS_CLASSES_H */
