/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of heaplist.c: all heaps of the module, by number */
#ifndef _GOMALLOC_HEAPLIST_H
#define _GOMALLOC_HEAPLIST_H

#include <linux/types.h>

struct gomalloc_heap;
struct gomalloc_sys;

void heaplist_init(struct gomalloc_sys *sys);
void heaplist_exit(struct gomalloc_sys *sys);
int heaplist_add(struct gomalloc_sys *sys, struct gomalloc_heap *heap, gfp_t gfp);
void heaplist_remove(struct gomalloc_heap *heap);
struct gomalloc_heap *heaplist_pin(struct gomalloc_sys *sys, u32 id);
struct gomalloc_heap *heaplist_pin_next(struct gomalloc_sys *sys,
					unsigned long *id);
void heaplist_unpin(struct gomalloc_heap *heap);

/* Each heap in turn, pinned; who leaves the loop early unpins it */
#define heaplist_for_each(_heap, _sys, _id)				\
	for ((_id) = 0; ((_heap) = heaplist_pin_next(_sys, &(_id)));	\
	     heaplist_unpin(_heap), (_id)++)

#endif /* _GOMALLOC_HEAPLIST_H */
