/* SPDX-License-Identifier: GPL-2.0 */
/*
 * work - what the workloads share
 *
 * Each is a file, work_NAME.h, with one function that BENCH() names. It does
 * about @loops operations, one being an allocation and a free, and leaves what
 * lives in the arrays of pointers. An allocator that does nothing has to make
 * as many calls there as others: a slot of NULL is freed like any other, and
 * nothing but the writes to an object depends on what it is.
 */
#ifndef _GOMALLOC_BENCH_WORK_H
#define _GOMALLOC_BENCH_WORK_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

/* Objects of a worker, at most; those in a batch; batches on their way */
#define WORK_SLOTS	4096
#define WORK_BATCH	120
#define WORK_BOXES	16

/**
 * struct work_share - what the workers of a workload have in common
 * @spare: WORK_SLOTS objects that no one works on [atomic]
 * @box: WORK_BATCH objects each, likewise [atomic]
 * @object: WORK_SLOTS objects that anyone may take for others [atomic]
 */
struct work_share {
	void	**spare;
	void	**box[WORK_BOXES];
	void	**object;
};

/**
 * struct work - a worker
 * @share: what all have
 * @slot: WORK_SLOTS objects of its own
 * @batch: WORK_BATCH objects, likewise
 * @id: which it is, from 0
 * @loops: operations to do
 * @done: operations done
 * @random: state of its random numbers
 * @least: the fewest free pages seen; NULL: do not look
 */
struct work {
	struct work_share	*share;
	void			**slot;
	void			**batch;
	unsigned int		id;
	unsigned int		loops;
	unsigned long		done;
	u32			random;
	long			*least;
};

enum work_kind {
	WORK_LARSON,
	WORK_MSTRESS,
	WORK_FILL_FREE,
	WORK_XMALLOC,
	WORK_CACHE_THRASH,
	WORK_CACHE_SCRATCH,
	WORK_SH6BENCH,
	WORK_SKB,
	WORK_DENTRY,
	WORK_NR
};

/**
 * struct work_ops - the workloads for one allocator
 * @run: by kind
 * @fill: allocates objects of 8 bytes
 * @drain: frees what there is
 */
struct work_ops {
	void	(*run[WORK_NR])(struct work *w);
	void	(*fill)(void **object, unsigned int nr);
	void	(*drain)(void **object, unsigned int nr);
};

extern const struct work_ops work_ops_empty, work_ops_gomalloc, work_ops_kmalloc;

/* workloads.c */
void work_look(struct work *w);

/* A random number below @n, of Marsaglia's xorshift */
static inline u32 work_below(struct work *w, u32 n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return (u64)w->random * n >> 32;
}

/* As whoever asked for an object would: it is not there if nothing allocates */
static inline void work_touch(void *p)
{
	if (p)
		WRITE_ONCE(*(unsigned long *)p, 1);
}

/* Write to an object again and again, as if it was a counter */
static inline void work_count(void *p, unsigned int times)
{
	unsigned long *count = p;

	while (p && times--)
		WRITE_ONCE(*count, READ_ONCE(*count) + 1);
}

/* Here most is live: if that is asked for, see how much memory that takes */
static inline void work_mark(struct work *w)
{
	if (unlikely(w->least))
		work_look(w);
}

#endif /* _GOMALLOC_BENCH_WORK_H */
