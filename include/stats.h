/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of stats.c: what a heap holds, by class and in all */
#ifndef _GOMALLOC_STATS_H
#define _GOMALLOC_STATS_H

#include <linux/gomalloc.h>

void stats_sum(struct gomalloc_heap *heap, struct gomalloc_stats *stats);
int stats_sum_killable(struct gomalloc_heap *heap, struct gomalloc_stats *stats);
int stats_by_class_killable(struct gomalloc_heap *heap,
			    struct gomalloc_class_stats *rows);
void stats_by_class(struct gomalloc_heap *heap,
		    struct gomalloc_class_stats *rows);

#endif /* _GOMALLOC_STATS_H */
