/* SPDX-License-Identifier: GPL-2.0 */
/*
 * harden - what a heap does to be harder to exploit
 *
 * Private interface of harden.c.
 */
#ifndef _GOMALLOC_HARDEN_H
#define _GOMALLOC_HARDEN_H

#include "heap.h"
#include "mspan.h"

/* Objects do not share a slot, and requests do not take the shortest way */
#define HEAP_HARDENED	(GOMALLOC_HEAP_RANDOM | GOMALLOC_HEAP_ZERO_FREE | \
			 HEAP_QUARANTINE)

/* Of &gomalloc_heap.flags, and nobody's to ask for: it has a quarantine */
#define HEAP_QUARANTINE	BIT(31)

/* Frees do not take the shortest way either */
#define HEAP_HARDENS_FREES	(GOMALLOC_HEAP_ZERO_FREE | HEAP_QUARANTINE)

int harden_init(struct gomalloc_heap *heap,
		const struct gomalloc_heap_params *params);
int harden_init_cpu(struct gomalloc_heap *heap, int cpu, gfp_t gfp);
void harden_exit_cpu(struct gomalloc_heap *heap, int cpu);

unsigned int harden_take(struct mspan *span);
void harden_free(struct mspan *span, unsigned int index);
void harden_flush(struct mcache *cache);
unsigned int harden_count(const struct mcache *cache);

#endif /* _GOMALLOC_HARDEN_H */
