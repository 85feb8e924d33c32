/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bench - workloads for any allocator of a program
 *
 * What: a workload is run by one thread or several, each pinned to a processor, and
 *	told how many objects it has allocated and freed. Nothing here knows which
 *	allocator that is, nor of the kernel's headers.
 */
#ifndef _HOST_BENCH_H
#define _HOST_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST_THREADS	2

/**
 * struct allocator - what is measured
 * @name: its name
 * @alloc: as malloc()
 * @free: as free()
 * @init: before all, or NULL
 * @enter: of each thread, with its number, before it allocates; or NULL
 * @leave: of each thread but the first, when it is done; or NULL
 * @held: bytes it has from the system, or NULL: as the system sees it
 * @peak: the most of them
 */
struct allocator {
	const char	*name;
	void		*(*alloc)(size_t size);
	void		(*free)(void *p);
	void		(*init)(void);
	void		(*enter)(int thread);
	void		(*leave)(void);
	size_t		(*held)(void);
	size_t		(*peak)(void);
};

extern const struct allocator bench_gomalloc;

struct shared;

/**
 * struct worker - a thread that runs a workload
 * @a: the allocator
 * @nr: its number
 * @threads: how many there are
 * @size: of an object, for workloads of one size
 * @seed: of the numbers it draws
 * @ops: objects that it has allocated and that were freed
 * @shared: what all of them have
 */
struct worker {
	const struct allocator	*a;
	unsigned int		nr;
	unsigned int		threads;
	size_t			size;
	uint64_t		seed;
	unsigned long		ops;
	struct shared		*shared;
};

/**
 * struct workload - what is run
 * @name: its name
 * @run: what each thread does
 * @by_size: for each of some sizes
 * @threads: the fewest that it is run with, and with all
 * @setup: what the first thread does before, or NULL
 * @cleanup: and when all are done
 */
struct workload {
	const char	*name;
	void		(*run)(struct worker *w);
	bool		by_size;
	unsigned int	threads;
	void		(*setup)(struct worker *w);
	void		(*cleanup)(struct worker *w);
};

extern const struct workload bench_workloads[];

/* The numbers of one worker */
static inline uint32_t draw(struct worker *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed * 0x2545f4914f6cdd1dULL >> 32;
}

/* From @least to @most */
static inline size_t draw_size(struct worker *w, size_t least, size_t most)
{
	return least + draw(w) % (most - least + 1);
}

/* Small ones most: each doubling from 8 to @most is as likely as the next */
static inline size_t draw_skewed(struct worker *w, unsigned int doublings)
{
	size_t base = 8UL << draw(w) % doublings;

	return base + draw(w) % base;
}

/* An object that is written to, as one that is used */
static inline void *take(struct worker *w, size_t size)
{
	char *p = w->a->alloc(size);

	if (!p)
		__builtin_trap();
	*p = (char)size;
	return p;
}

static inline void drop(struct worker *w, void *p)
{
	w->a->free(p);
}

/* All threads of a workload come here before any goes on */
void meet(struct worker *w);

/*
 * Run a workload with so many threads, pinned, @size for all. Return: nanoseconds that
 * a thread takes for each object.
 */
double bench_run(const struct workload *work, const struct allocator *a,
		 unsigned int threads, size_t size);

/* What a workload takes of memory, as a line of text; see memory.c */
int bench_memory(const struct allocator *a, const char *name);

#endif /* _HOST_BENCH_H */
