/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memory - what the parts of gomalloc_memory share
 */
#ifndef _GOMALLOC_BENCH_MEMORY_H
#define _GOMALLOC_BENCH_MEMORY_H

#include <linux/prandom.h>
#include <linux/types.h>

/**
 * struct histogram - sizes, and how often each is met
 * @nr: number of them
 * @total: sum of @upto's counts
 * @size: bytes
 * @upto: objects of this size or of one before it
 */
struct histogram {
	unsigned int	nr;
	u32		total;
	u32		*size;
	u32		*upto;
};

/* An event of a recorded trace: an object begins or, with size 0, ends */
struct event {
	u32	id;
	u32	size;
};

struct recording {
	struct event	*event;
	unsigned int	nr;
	unsigned int	nr_ids;
};

/* memory_files.c */
int histogram_read(struct histogram *h, const char *path);
void histogram_free(struct histogram *h);
size_t histogram_pick(const struct histogram *h, struct rnd_state *rnd);
int recording_read(struct recording *r, const char *path);
void recording_free(struct recording *r);

/* memory_pages.c */
long count_blocks(void);

#endif /* _GOMALLOC_BENCH_MEMORY_H */
