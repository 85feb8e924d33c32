/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mvmap.c: objects of scattered pages, mapped in one piece */
#ifndef _GOMALLOC_MVMAP_H
#define _GOMALLOC_MVMAP_H

#include <linux/gfp.h>
#include <linux/types.h>

struct gomalloc_heap;
struct gomalloc_sys;

void mvmap_init(struct gomalloc_sys *sys);
void mvmap_exit(struct gomalloc_sys *sys);
void *mvmap_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
		  int node);
bool mvmap_is_object(struct gomalloc_sys *sys, const void *p);
const void *mvmap_object(struct gomalloc_sys *sys, const void *addr);
void mvmap_drain(struct gomalloc_sys *sys);
enum gomalloc_misuse mvmap_free(struct gomalloc_sys *sys, const void *p,
				bool pending);
enum gomalloc_misuse mvmap_set_pending(struct gomalloc_sys *sys, const void *p,
				       struct gomalloc_heap **heap);
enum gomalloc_misuse mvmap_find(struct gomalloc_sys *sys, const void *p,
				size_t *size, struct gomalloc_heap **heap);
void mvmap_release_heap(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_MVMAP_H */
