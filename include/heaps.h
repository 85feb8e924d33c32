/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of heaps.c: all heaps of the module: made, listed, destroyed */
#ifndef _GOMALLOC_HEAPS_H
#define _GOMALLOC_HEAPS_H

#include <linux/gomalloc.h>

#include "heap.h"

int heaps_init(struct gomalloc_sys *sys);
void heaps_exit(struct gomalloc_sys *sys);
struct gomalloc_heap *heaps_create(struct gomalloc_sys *sys,
				   const struct gomalloc_heap_params *params);
struct gomalloc_heap *
heaps_create_in(struct gomalloc_sys *sys,
		const struct gomalloc_heap_params *params,
		struct heap_group *group);
struct gomalloc_heap *
heaps_create_for(struct gomalloc_sys *sys,
		 const struct gomalloc_heap_params *params,
		 struct module *owner);
void heaps_destroy(struct gomalloc_heap *heap);
unsigned int heaps_owner_gone(struct gomalloc_sys *sys,
			      struct module *owner);
int heaps_destroy_orphan(struct gomalloc_sys *sys, u32 id);

#endif /* _GOMALLOC_HEAPS_H */
