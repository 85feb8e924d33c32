/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bench - what the parts of gomalloc_bench share
 */
#ifndef _GOMALLOC_BENCH_H
#define _GOMALLOC_BENCH_H

#include <linux/cache.h>
#include <linux/gomalloc.h>
#include <linux/sizes.h>
#include <linux/types.h>

enum bench_allocator {
	BENCH_EMPTY,		/* calls that do nothing: the cost of the loop */
	BENCH_GOMALLOC,
	BENCH_KMALLOC,
	BENCH_NR_ALLOCATORS
};

/* Live objects of a case that keeps some; a power of two more random numbers */
#define BENCH_OBJECTS		10000
#define BENCH_RANDOM		16384
/* At most so many bytes of live objects */
#define BENCH_LIVE_BYTES	SZ_64M

/**
 * struct bench_ctx - what one run of a case works on
 * @size: bytes of an object, or what else the case varies
 * @loops: operations to do, where the case does not say itself
 * @nr: length of @objects
 * @objects: room for the live objects
 * @order: the order to free them in
 * @victim: BENCH_RANDOM random indices below @nr
 * @sizes: BENCH_RANDOM sizes of kernel structs
 * @mixed: the live objects are of these
 */
struct bench_ctx {
	size_t		size;
	unsigned int	loops;
	unsigned int	nr;
	void		**objects;
	const u16	*order;
	const u16	*victim;
	const u16	*sizes;
	bool		mixed;
};

/* One writer and one reader */
#define BENCH_RING		256
struct bench_ring {
	unsigned int	head ____cacheline_aligned_in_smp;
	unsigned int	tail ____cacheline_aligned_in_smp;
	void		*slot[BENCH_RING] ____cacheline_aligned_in_smp;
};

/* Does a case, and returns how many operations it was */
typedef unsigned long (*bench_fn)(const struct bench_ctx *c);

/* The cases for one allocator; what they do is in cases.h */
struct bench_ops {
	bench_fn	constant;
	bench_fn	pair;
	bench_fn	batch;
	bench_fn	live;
	bench_fn	mixed;
	bench_fn	tiny;
	bench_fn	zeroed;
	bench_fn	accounted;
	bench_fn	bulk;
	bench_fn	realloc;
	bench_fn	fill;
	bench_fn	drain;
	void		(*produce)(struct bench_ring *ring, unsigned int nr,
				   size_t size);
	void		(*consume)(struct bench_ring *ring, unsigned int nr);
};

extern const struct bench_ops ops_empty, ops_gomalloc, ops_kmalloc, ops_exact;
extern const struct bench_ops *const bench_ops_of[BENCH_NR_ALLOCATORS];

/* empty.c */
void *empty_alloc(size_t size, gfp_t gfp);
void *empty_realloc(void *p, size_t size, gfp_t gfp);
void empty_bulk(size_t size, size_t nr, void **p);
void empty_free(const void *p);

/* main.c */
bool bench_wanted(const char *name);
void bench_objects(struct bench_ctx *c, unsigned int nr);
u64 bench_locks(void);

/**
 * struct bench_row - figures of one case, in thousandths of a unit
 * @v: by round
 */
struct bench_row {
	u64	v[BENCH_NR_ALLOCATORS][32];
};

unsigned int bench_rounds(void);
unsigned int bench_loops(void);
void bench_print(const char *name, size_t size, unsigned int cpus,
		 struct bench_row *row, u64 locks);

/* clock.c, cross.c, hardened.c, large.c, latency.c, workloads.c */
void bench_clock(void);
int bench_cross(struct bench_ctx *c);
int bench_hardened(struct bench_ctx *c);
int bench_large(struct bench_ctx *c);
int bench_latency(struct bench_ctx *c);
int bench_workloads(void);

#endif /* _GOMALLOC_BENCH_H */
