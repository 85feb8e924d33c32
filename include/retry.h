/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of retry.c: what is done for a request that a first try did not serve */
#ifndef _GOMALLOC_RETRY_H
#define _GOMALLOC_RETRY_H

#include <linux/gfp.h>
#include <linux/types.h>

struct gomalloc_heap;

/* Grace periods that a request waits for, while others go on to fill the heap */
#define RETRY_RCU_WAITS	8

bool retry_again(gfp_t gfp);
bool retry_wait_rcu(struct gomalloc_heap *heap, gfp_t gfp, unsigned int *waits);
void retry_rcu_barrier(struct gomalloc_heap *heap);
void *retry_failed(struct gomalloc_heap *heap, size_t size, gfp_t gfp);
void *retry_small(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp,
		  int nid);
void *retry_large(struct gomalloc_heap *heap, size_t size, bool noscan,
		  gfp_t gfp, int nid);

#endif /* _GOMALLOC_RETRY_H */
