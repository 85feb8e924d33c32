/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of meta.c: the memory of the module's own structs */
#ifndef _GOMALLOC_META_H
#define _GOMALLOC_META_H

#include <linux/gfp.h>
#include <linux/numa.h>

#include "heap.h"

enum meta_kind meta_arena_kind(unsigned int npages);
enum meta_kind meta_stack_kind(unsigned int room);
void *meta_alloc_node(struct gomalloc_heap *heap, enum meta_kind kind, gfp_t gfp,
		      int nid);
void meta_free(struct gomalloc_heap *heap, enum meta_kind kind, void *p);

/* The same near the CPU */
static inline void *meta_alloc(struct gomalloc_heap *heap, enum meta_kind kind,
			       gfp_t gfp)
{
	return meta_alloc_node(heap, kind, gfp, NUMA_NO_NODE);
}

int meta_create_caches(struct gomalloc_sys *sys);
void meta_destroy_caches(struct gomalloc_sys *sys);

#endif /* _GOMALLOC_META_H */
