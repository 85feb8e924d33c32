/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of shrink.c: when the machine is short of memory */
#ifndef _GOMALLOC_SHRINK_H
#define _GOMALLOC_SHRINK_H

struct gomalloc_heap;

int shrink_init(struct gomalloc_heap *heap);
void shrink_exit(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_SHRINK_H */
