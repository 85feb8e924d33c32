/* SPDX-License-Identifier: GPL-2.0 */
/* sample_state - what is sampled, see sample.c: types only */
#ifndef _GOMALLOC_SAMPLE_STATE_H
#define _GOMALLOC_SAMPLE_STATE_H

#include <linux/mutex.h>

struct gomalloc_heap;

/* Characters of a list of names of heaps, with the terminating zero */
#define SAMPLE_NAMES_LEN	256

/**
 * struct sample_wish - what is asked for
 * @rate: [sample.mutex] of so many requests one; 0 for none
 * @objects: [const] room for them
 * @names: [sample.mutex] of which heaps, by commas; "*" for all
 */
struct sample_wish {
	unsigned int	rate;
	unsigned int	objects;
	char		names[SAMPLE_NAMES_LEN];
};

/**
 * struct sample_state - what is sampled, see sample.c
 * @mutex: for those who change it
 * @guard: [mutex] whose objects are guarded
 * @track: [mutex] and whose are tracked
 * @debug: [mutex] and whose are debugged how, in the words of slub_debug
 * @front: [mutex] stands in for the heap of gomalloc() while that is sampled
 */
struct sample_state {
	struct mutex		mutex;	/* see above */
	struct sample_wish	guard;
	struct sample_wish	track;
	char			debug[SAMPLE_NAMES_LEN];
	struct gomalloc_heap	*front;
};

#endif /* _GOMALLOC_SAMPLE_STATE_H */
