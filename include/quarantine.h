/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of quarantine.c: freed objects that wait before they are used again */
#ifndef _GOMALLOC_QUARANTINE_H
#define _GOMALLOC_QUARANTINE_H

#include <linux/gfp.h>

#include "heap.h"
#include "mspan.h"

int quarantine_init(struct gomalloc_heap *heap,
		    const struct gomalloc_heap_params *params);
int quarantine_init_cpu(struct mcache *cache, gfp_t gfp);
void quarantine_exit_cpu(struct mcache *cache);

void quarantine_free(struct mspan *span, unsigned int index);
void quarantine_flush(struct mcache *cache);
unsigned int quarantine_count(const struct mcache *cache);

#endif /* _GOMALLOC_QUARANTINE_H */
