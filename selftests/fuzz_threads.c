// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_threads - several threads at one open file
 *
 * What: rounds of some threads, each with a descriptor that dup() made, with objects
 *	whose contents it knows, and that it exchanges with the others; with them
 *	two that throw anything from the same memory, each of which changes what
 *	the other's command is reading.
 *	In the end the file has the objects that they have, or it is closed before.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#define MATES	3
#define THROWERS	2
#define ALL	(MATES + THROWERS)
#define LIMIT	(16 << 20)

bool threads_start(struct fuzz *f, struct fuzz_thread *t,
		   void *(*run)(void *data), void *data)
{
	t->fuzz = *f;
	t->fuzz.random = fuzz_below(f, UINT64_MAX) | 1;
	t->fuzz.calls = 0;
	t->fuzz.count = t->count;
	return !pthread_create(&t->id, NULL, run, data);
}

void threads_end(struct fuzz *f, struct fuzz_thread *t)
{
	unsigned int i;

	pthread_join(t->id, NULL);
	f->calls += t->fuzz.calls;
	for (i = 0; i < FUZZ_NR_COUNTS; i++) {
		f->count[i].calls += t->count[i].calls;
		f->count[i].good += t->count[i].good;
	}
}

/**
 * struct mate - one of the threads
 * @thread: it
 * @fd: a descriptor of the file, which is its own
 * @market: where they exchange objects
 * @garbage: what the process throws from the memory that is to be used
 * @ready: how many of them can begin
 * @steps: how many it makes
 * @running: it was started
 * @objects: that it has in the end
 * @bytes: of them
 */
struct mate {
	struct fuzz_thread thread;
	int fd;
	struct market *market;
	const struct garbage *garbage;
	int *ready;
	unsigned int steps;
	bool running;
	uint64_t objects;
	uint64_t bytes;
};

/* None has ended before the last one begins */
static void wait_for_all(struct mate *mate)
{
	__atomic_fetch_add(mate->ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(mate->ready, __ATOMIC_ACQUIRE) < ALL)
		sched_yield();
}

static void *throw(void *data)
{
	struct mate *mate = data;
	struct garbage *g = garbage_join(&mate->thread.fuzz, mate->garbage);

	wait_for_all(mate);
	while (mate->steps--)
		garbage_step(g);
	garbage_leave(g);
	return NULL;
}

static void *use(void *data)
{
	struct mate *mate = data;
	struct model *m = model_join(&mate->thread.fuzz, mate->fd,
				     mate->market);

	wait_for_all(mate);
	while (mate->steps--)
		model_step(m);
	model_count(m, &mate->objects, &mate->bytes);
	model_destroy(m);
	return NULL;
}

static void start(struct fuzz *f, struct mate *mate, void *(*run)(void *data))
{
	mate->steps = 200 + fuzz_below(f, 600);
	mate->running = threads_start(f, &mate->thread, run, mate);
	if (mate->running)
		return;
	__atomic_fetch_add(mate->ready, 1, __ATOMIC_ACQ_REL);
	if (mate->fd >= 0)
		close(mate->fd);
}

/* Return: the objects of all and their bytes are those of the file */
static bool all_there(int fd, const struct mate *mates,
		      const struct market *market)
{
	struct gomalloc_ioc_stats stats;
	uint64_t objects = 0, bytes = 0;
	unsigned int i;

	for (i = 0; i < MATES; i++) {
		objects += mates[i].objects;
		bytes += mates[i].bytes;
	}
	market_count(market, &objects, &bytes);
	return !gomalloc_stats(fd, 0, &stats) && stats.out_objects == objects &&
	       stats.out_requested_bytes == bytes;
}

static void start_all(struct fuzz *f, struct mate *mates, int fd,
		      const struct garbage *g, struct market *market,
		      int *ready)
{
	unsigned int i;

	for (i = 0; i < ALL; i++) {
		mates[i].ready = ready;
		mates[i].market = market;
		mates[i].garbage = g;
		mates[i].fd = i < MATES ? dup(fd) : -1;
		if (i < MATES && mates[i].fd < 0)
			err(EXIT_FAILURE, "dup");
		start(f, &mates[i], i < MATES ? use : throw);
	}
}

void threads_round(struct fuzz *f, const struct garbage *g)
{
	struct mate *mates = calloc(ALL, sizeof(*mates));
	int i, fd = machine_open(f, O_RDWR), ready = 0;
	bool stays = fuzz_one_in(f, 2);
	struct market *market;

	if (fd < 0)
		return free(mates);
	gomalloc_set_limit(fd, LIMIT, 0);
	market = market_create();
	start_all(f, mates, fd, g, market, &ready);
	/* The last one of the threads closes the file, or we do */
	if (!stays)
		close(fd);
	for (i = 0; i < ALL; i++) {
		if (mates[i].running)
			threads_end(f, &mates[i].thread);
	}
	if (stays && !all_there(fd, mates, market))
		fuzz_found(f, "the threads have other objects than their file");
	if (stays)
		close(fd);
	market_destroy(f, market);
	free(mates);
}
