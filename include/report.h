/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report - words for misuse
 *
 * Private interface of report.c.
 */
#ifndef _GOMALLOC_REPORT_H
#define _GOMALLOC_REPORT_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct gomalloc_heap;
struct gomalloc_sys;
struct mspan;

enum gomalloc_misuse {
	GOMALLOC_OK,
	GOMALLOC_DOUBLE_FREE,	/* the object was freed before */
	GOMALLOC_NEVER_ALLOCATED, /* the slot was never handed out */
	GOMALLOC_INTERIOR,	/* points into an object, not at its start */
	GOMALLOC_TINY,		/* no live object starts there in a tiny block */
	GOMALLOC_BEYOND,	/* points behind the last object of a span */
	GOMALLOC_FREE_PAGE,	/* the page is the heap's, no span uses it */
	GOMALLOC_FOREIGN,	/* not from gomalloc */
	GOMALLOC_WRITTEN,	/* written to after it was freed */
	NR_GOMALLOC_MISUSES
};

#define REPORT_CALL_SITES	256
#define REPORT_TEXT_LEN		256

/**
 * struct report_state - what was reported
 * @lock: protects @last
 * @last: text of the newest report, printed or not
 * @call_sites: those that were reported; entries go from 0 to an address once
 * @foreign: misuses that belong to no heap
 * @panic: stop the machine at the next one
 */
struct report_state {
	raw_spinlock_t	lock;
	char		last[REPORT_TEXT_LEN];
	unsigned long	call_sites[REPORT_CALL_SITES];
	atomic_long_t	foreign;
	bool		panic;
};

void report_init(struct report_state *state);
void report_misuse(struct gomalloc_sys *sys, enum gomalloc_misuse kind,
		   const void *p, const struct mspan *span,
		   unsigned long caller);
void report_written(const struct mspan *span, const void *p);
void report_late_double_frees(struct gomalloc_heap *heap);
void report_leak(struct gomalloc_heap *heap);
size_t report_last(struct gomalloc_sys *sys, char *text, size_t size);

#endif /* _GOMALLOC_REPORT_H */
