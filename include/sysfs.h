/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of sysfs.c: what all heaps hold, for programs that look after a machine */
#ifndef _GOMALLOC_SYSFS_H
#define _GOMALLOC_SYSFS_H

struct gomalloc_sys;

int gomalloc_sysfs_init(struct gomalloc_sys *sys);
void gomalloc_sysfs_exit(struct gomalloc_sys *sys);

#endif /* _GOMALLOC_SYSFS_H */
