/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of survey.c: what is where in a heap in use, part by part */
#ifndef _GOMALLOC_SURVEY_H
#define _GOMALLOC_SURVEY_H

#include <linux/types.h>

#include "heap.h"
#include "mwalk.h"

/**
 * struct survey_walk - how far a walk over a heap has come; all 0 at first
 * @node: the mheap
 * @walk: how far in that
 */
struct survey_walk {
	unsigned int	node;
	struct mwalk	walk;
};

/**
 * struct survey_span - a span as it was
 * @base: address of its first page
 * @npages: its pages
 * @elemsize: bytes of an object
 * @nelems: slots
 * @objects: live objects; tiny ones share slots
 * @live: slots that have one
 * @free: slots in free[] or remote[], those of the window of a CPU among them
 * @cached: all others: on stacks, in transfer caches, in quarantine
 * @nid: the node
 * @spanclass: size class << 1 | noscan
 * @state: &enum mspan_state
 */
struct survey_span {
	unsigned long	base;
	unsigned int	npages;
	unsigned int	elemsize;
	unsigned int	nelems;
	unsigned int	objects;
	unsigned int	live;
	unsigned int	free;
	unsigned int	cached;
	int		nid;
	u8		spanclass;
	u8		state;
};

/* What a run of pages is */
enum survey_kind {
	SURVEY_FREE,		/* here, and of no span */
	SURVEY_GONE,		/* back with the page allocator, or about to be a span's */
	SURVEY_SPAN,
};

/**
 * struct survey_run - a run of pages as it was
 * @base: address of its arena
 * @arena_pages: pages of that
 * @arena_free: of these, free
 * @arena_gone: and gone
 * @nid: the node
 * @page: first page of the run in the arena
 * @npages: pages of it
 * @kind: what it is
 * @span: of SURVEY_SPAN, which
 */
struct survey_run {
	unsigned long		base;
	unsigned int		arena_pages;
	unsigned int		arena_free;
	unsigned int		arena_gone;
	int			nid;
	unsigned int		page;
	unsigned int		npages;
	enum survey_kind	kind;
	struct survey_span	span;
};

/**
 * struct survey_class - what a CPU has cached of a span class
 * @objects: on the recycle stack
 * @cap: that may be there now
 * @room: that the memory of the stack has room for
 * @window: free objects of the span it allocates from
 * @spares: spans it has not begun
 * @used: spans it has used up
 * @charge: bytes that this may be at most, of what the CPU may cache
 * @busy: the CPU was in the class, and nothing but @charge is known
 */
struct survey_class {
	unsigned int	objects;
	unsigned int	cap;
	unsigned int	room;
	unsigned int	window;
	unsigned int	spares;
	unsigned int	used;
	unsigned int	charge;
	bool		busy;
};

bool survey_next_span(struct gomalloc_heap *heap, struct survey_walk *walk,
		      struct survey_span *span);
bool survey_next_run(struct gomalloc_heap *heap, struct survey_walk *walk,
		     struct survey_run *run);
char survey_run_char(const struct survey_run *run);
int survey_cpu(struct mcache *cache, struct survey_class *rows);

#endif /* _GOMALLOC_SURVEY_H */
