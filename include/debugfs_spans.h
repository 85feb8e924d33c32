/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of debugfs_spans.c: one line for each span */
#ifndef _GOMALLOC_DEBUGFS_SPANS_H
#define _GOMALLOC_DEBUGFS_SPANS_H

struct debugfs_rows;

/* Its file in the folder of a heap; see debugfs_view.h */
extern const struct debugfs_rows debugfs_spans_rows;

#endif /* _GOMALLOC_DEBUGFS_SPANS_H */
