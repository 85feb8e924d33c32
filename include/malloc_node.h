/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of malloc_node.c: objects of a NUMA node */
#ifndef _GOMALLOC_MALLOC_NODE_H
#define _GOMALLOC_MALLOC_NODE_H

#include <linux/gfp.h>

#include "heap.h"

void *malloc_alloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			unsigned int flags, int nid, unsigned long caller);

#endif /* _GOMALLOC_MALLOC_NODE_H */
