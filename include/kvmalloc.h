/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvmalloc - objects of scattered pages, mapped in one piece
 *
 * Private interface of kvmalloc.c.
 */
#ifndef _GOMALLOC_KVMALLOC_H
#define _GOMALLOC_KVMALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>

struct gomalloc_heap;
struct gomalloc_sys;

void kvmalloc_init(struct gomalloc_sys *sys);
void kvmalloc_exit(struct gomalloc_sys *sys);
void *kvmalloc_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp);
bool kvmalloc_free(struct gomalloc_sys *sys, const void *p);
size_t kvmalloc_size(struct gomalloc_sys *sys, const void *p,
		     struct gomalloc_heap **heap);
void kvmalloc_release_heap(struct gomalloc_heap *heap);
unsigned long kvmalloc_count_pages(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_KVMALLOC_H */
