/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of mlarge.c: objects of whole pages */
#ifndef _GOMALLOC_MLARGE_H
#define _GOMALLOC_MLARGE_H

#include <linux/gfp.h>
#include <linux/types.h>

struct gomalloc_heap;
struct mspan;

void *mlarge_alloc(struct gomalloc_heap *heap, size_t size, bool noscan,
		   gfp_t gfp, int nid);
void mlarge_free(struct mspan *span);
void mlarge_clear(void *p, size_t size, gfp_t gfp);
void mlarge_clear_freed(const struct mspan *span);

#endif /* _GOMALLOC_MLARGE_H */
