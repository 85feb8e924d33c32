/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of redzone.c: red zones and poison */
#ifndef _GOMALLOC_REDZONE_H
#define _GOMALLOC_REDZONE_H

#include <linux/gfp.h>

#include "heap.h"
#include "sizeclasses.h"

struct mspan;

size_t redzone_room(const struct gomalloc_heap *heap, size_t size);
size_t redzone_size(const struct mspan *span, const void *p);
void *redzone_begin(const struct gomalloc_heap *heap, void *p, size_t size,
		    gfp_t gfp);
void redzone_check(const struct mspan *span, unsigned int index,
		   unsigned long caller);
bool redzone_end(struct mspan *span, unsigned int index, unsigned long caller);
void redzone_make_span(const struct mspan *span);

/* Is a request of the heap redzone.c's? Of what is large it makes nothing. */
static inline bool redzone_wants(const struct gomalloc_heap *heap, size_t size)
{
	/* It comes and goes; a request earlier or later does not matter */
	return data_race(heap->flags) & HEAP_DEBUG_SLOTS &&
	       size - 1 < MAX_SMALL_SIZE &&
	       redzone_room(heap, size) <= MAX_SMALL_SIZE;
}

#endif /* _GOMALLOC_REDZONE_H */
