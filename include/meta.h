/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of meta.c: the memory of the module's own structs */
#ifndef _GOMALLOC_META_H
#define _GOMALLOC_META_H

#include <linux/gfp.h>

#include "heap.h"

void *meta_alloc(struct gomalloc_heap *heap, enum meta_kind kind, gfp_t gfp);
void meta_free(struct gomalloc_heap *heap, enum meta_kind kind, void *p);
int meta_create_caches(struct gomalloc_sys *sys);
void meta_destroy_caches(struct gomalloc_sys *sys);

#endif /* _GOMALLOC_META_H */
