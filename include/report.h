/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of report.c: words for misuse */
#ifndef _GOMALLOC_REPORT_H
#define _GOMALLOC_REPORT_H

#include <linux/types.h>

#include "heap.h"

struct guard_view;

void report_init(struct report_state *state);
void report_exit(struct report_state *state);
void report_misuse(struct gomalloc_sys *sys, enum gomalloc_misuse kind,
		   const void *p, const struct mspan *span,
		   unsigned long caller);
void report_guarded(struct gomalloc_sys *sys, enum gomalloc_misuse kind,
		    const struct guard_view *view, unsigned long caller,
		    const char *how);
void report_vfree(struct gomalloc_heap *heap, const void *p,
		  unsigned long caller);
void report_written(const struct mspan *span, const void *p, unsigned int off);
void report_beside(const struct mspan *span, const void *p, size_t size,
		   const void *at, unsigned long caller);
void report_late_double_frees(struct gomalloc_heap *heap);
void report_lost_refs(struct gomalloc_heap *heap, const struct lost_refs *lost);
size_t report_last(struct gomalloc_sys *sys, char *text, size_t size);

#endif /* _GOMALLOC_REPORT_H */
