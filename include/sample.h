/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of sample.c: whose requests are sampled, and how often */
#ifndef _GOMALLOC_SAMPLE_H
#define _GOMALLOC_SAMPLE_H

struct gomalloc_heap;
struct gomalloc_sys;
struct sample_wish;

void sample_init(struct gomalloc_sys *sys, unsigned int guarded,
		 unsigned int tracked);
void sample_exit(struct gomalloc_sys *sys);
void sample_new_heap(struct gomalloc_heap *heap);
int sample_set_rate(struct gomalloc_sys *sys, struct sample_wish *wish,
		    unsigned int rate);
int sample_set_names(struct gomalloc_sys *sys, struct sample_wish *wish,
		     const char *names);
int sample_set_debug(struct gomalloc_sys *sys, const char *text);
int sample_set_heap_debug(struct gomalloc_heap *heap, const char *letters);

#endif /* _GOMALLOC_SAMPLE_H */
