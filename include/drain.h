/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of drain.c: have the CPUs release what they have cached */
#ifndef _GOMALLOC_DRAIN_H
#define _GOMALLOC_DRAIN_H

#include "heap.h"

bool drain_ask_cpus(struct gomalloc_heap *heap, bool all);
void drain_wait(struct gomalloc_heap *heap);
void drain_cpus(struct gomalloc_heap *heap);
bool drain_has_cached(struct gomalloc_heap *heap);
void drain_flush_quarantine(struct gomalloc_heap *heap);
void drain_free_stacks(struct gomalloc_heap *heap);
void drain_exit(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_DRAIN_H */
