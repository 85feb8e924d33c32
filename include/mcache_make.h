/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mcache_make.c: caches for CPUs, and stacks for their classes */
#ifndef _GOMALLOC_MCACHE_MAKE_H
#define _GOMALLOC_MCACHE_MAKE_H

#include <linux/gfp.h>

#include "heap.h"

int mcache_create_slots(struct gomalloc_heap *heap, gfp_t gfp);
void mcache_destroy_slots(struct gomalloc_heap *heap);
struct mcache *mcache_create(struct gomalloc_heap *heap, int cpu, gfp_t gfp);
bool mcache_make_here(struct gomalloc_heap *heap, gfp_t gfp);
void mcache_set_node(struct mcache *cache, int cpu);
void mcache_init_stacks(struct gomalloc_heap *heap);
void mcache_make_stack(struct gomalloc_heap *heap, unsigned int spc);
void mcache_provide_stack(struct mcentral *central, unsigned int room);

#endif /* _GOMALLOC_MCACHE_MAKE_H */
