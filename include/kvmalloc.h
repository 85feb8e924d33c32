/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of kvmalloc.c: memory that need not be contiguous */
#ifndef _GOMALLOC_KVMALLOC_H
#define _GOMALLOC_KVMALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>

struct gomalloc_heap;

void *kvmalloc_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
		     unsigned int flags, int node, unsigned long caller);

#endif /* _GOMALLOC_KVMALLOC_H */
