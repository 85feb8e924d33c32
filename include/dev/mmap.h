/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of dev/mmap.c: large objects of /dev/gomalloc in a program's address space */
#ifndef _GOMALLOC_DEV_MMAP_H
#define _GOMALLOC_DEV_MMAP_H

struct file;
struct vm_area_struct;

bool dev_is_only_mapped(struct file *file);
int dev_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* _GOMALLOC_DEV_MMAP_H */
