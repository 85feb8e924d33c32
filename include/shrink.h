/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of shrink.c: when the machine, or a memory cgroup, is short of memory */
#ifndef _GOMALLOC_SHRINK_H
#define _GOMALLOC_SHRINK_H

struct gomalloc_heap;
struct gomalloc_sys;

int shrink_init(struct gomalloc_sys *sys);
void shrink_exit(struct gomalloc_sys *sys);
void shrink_init_heap(struct gomalloc_heap *heap);
void shrink_exit_heap(struct gomalloc_heap *heap);
void shrink_cancel_work(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_SHRINK_H */
