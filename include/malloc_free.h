/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of malloc_free.c: frees that the hot path does not settle */
#ifndef _GOMALLOC_MALLOC_FREE_H
#define _GOMALLOC_MALLOC_FREE_H

#include "heap.h"

extern struct gomalloc_sys gomalloc_sys;

void malloc_free_claimed(struct mspan *span, unsigned int index);
void malloc_free(const void *p, unsigned long caller);

#endif /* _GOMALLOC_MALLOC_FREE_H */
