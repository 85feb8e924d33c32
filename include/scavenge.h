/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of scavenge.c: release what a heap holds and does not use */
#ifndef _GOMALLOC_SCAVENGE_H
#define _GOMALLOC_SCAVENGE_H

#include <linux/gfp.h>

#include "heap.h"

void scavenge_init(struct gomalloc_heap *heap);
void scavenge_exit(struct gomalloc_heap *heap);
void scavenge_pause(struct gomalloc_heap *heap);
void scavenge_flush_shared(struct gomalloc_heap *heap);
void scavenge_release_transfer(struct gomalloc_heap *heap);
bool scavenge_make_room(struct gomalloc_heap *heap, size_t npages, gfp_t gfp);
bool scavenge_trim_for(struct gomalloc_heap *heap, size_t npages, gfp_t gfp,
		       bool *trimmed);
size_t scavenge_trim_locked(struct gomalloc_heap *heap);
size_t scavenge_trim(struct gomalloc_heap *heap);
int scavenge_set_limits(struct gomalloc_heap *heap, size_t limit, size_t soft);

#endif /* _GOMALLOC_SCAVENGE_H */
