/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debugfs - what somebody who looks for a fault may want to know
 *
 * Private interface of debugfs.c, which is built where the kernel has that file
 * system.
 */
#ifndef _GOMALLOC_DEBUGFS_H
#define _GOMALLOC_DEBUGFS_H

struct gomalloc_sys;

#ifdef CONFIG_DEBUG_FS
void gomalloc_debugfs_init(struct gomalloc_sys *sys);
void gomalloc_debugfs_exit(struct gomalloc_sys *sys);
#else
static inline void gomalloc_debugfs_init(struct gomalloc_sys *sys)
{
}

static inline void gomalloc_debugfs_exit(struct gomalloc_sys *sys)
{
}
#endif

#endif /* _GOMALLOC_DEBUGFS_H */
