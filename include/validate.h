/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of validate.c: does what a heap's layers believe add up? */
#ifndef _GOMALLOC_VALIDATE_H
#define _GOMALLOC_VALIDATE_H

struct gomalloc_heap;

int validate_heap(struct gomalloc_heap *heap);
int validate_heap_live(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_VALIDATE_H */
