/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of debugfs_arenas.c: a map of the pages */
#ifndef _GOMALLOC_DEBUGFS_ARENAS_H
#define _GOMALLOC_DEBUGFS_ARENAS_H

struct debugfs_rows;

/* Its file in the folder of a heap; see debugfs_view.h */
extern const struct debugfs_rows debugfs_arenas_rows;

#endif /* _GOMALLOC_DEBUGFS_ARENAS_H */
