/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of debugfs_cpus.c: what each CPU has cached */
#ifndef _GOMALLOC_DEBUGFS_CPUS_H
#define _GOMALLOC_DEBUGFS_CPUS_H

struct debugfs_rows;

/* Its file in the folder of a heap; see debugfs_view.h */
extern const struct debugfs_rows debugfs_cpus_rows;

#endif /* _GOMALLOC_DEBUGFS_CPUS_H */
