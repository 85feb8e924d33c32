// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_writes - writes through a mapping while REALLOC moves the object
 *
 * What: one thread maps an object for a short time and writes to it, another one
 *	gives it other lengths. What was written is in the object, as a copy of it
 *	says, wherever it has been moved to meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define KEPT	(64 << 10)	/* bytes that no REALLOC takes away */
#define MOVES	24
#define LIMIT	(16 << 20)

/**
 * struct writes - an object that is moved and written to
 * @fd: a descriptor of each thread
 * @handle: the object
 * @ended: the one that moves has ended
 * @mover: it
 * @copy: what the first bytes of the object have to be
 */
struct writes {
	int fd[2];
	uint32_t handle;
	bool ended;
	struct fuzz_thread mover;
	uint8_t copy[KEPT];
};

/* Longer ones take longer to copy; the longest ones take too long */
static uint32_t some_length(struct fuzz *f)
{
	return KEPT + fuzz_below(f, fuzz_one_in(f, 16) ? 4 << 20 : 1 << 20) %
	       ((4 << 20) - KEPT);
}

/* What it had not before begins as zero */
static void check_growth(struct fuzz *f, struct writes *w, size_t from,
			 size_t to)
{
	uint8_t data[256];
	size_t n = to - from < sizeof(data) ? to - from : sizeof(data);

	if (fuzz_must(f, GOMALLOC_CMD_READ,
		      gomalloc_read(w->fd[1], w->handle, to - n, data, n), 0))
		fuzz_check_bytes(f, data, n, 0, "an object that grew");
}

static void *move(void *data)
{
	struct writes *w = data;
	struct fuzz *f = &w->mover.fuzz;
	uint32_t length = KEPT, wanted;
	int i, rc;

	for (i = 0; i < MOVES; i++) {
		wanted = some_length(f);
		rc = gomalloc_realloc(w->fd[1], w->handle, wanted);
		if (!fuzz_may(f, GOMALLOC_CMD_REALLOC, rc, EBUSY))
			continue;
		if (wanted > length)
			check_growth(f, w, length, wanted);
		length = wanted;
	}
	__atomic_store_n(&w->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

static void check_copy(struct fuzz *f, struct writes *w, size_t from, size_t n)
{
	uint8_t data[KEPT];
	size_t i;

	if (!fuzz_must(f, GOMALLOC_CMD_READ,
		       gomalloc_read(w->fd[0], w->handle, from, data, n), 0))
		return;
	for (i = 0; i < n; i++) {
		if (data[i] != w->copy[from + i])
			fuzz_found(f, "a write through a mapping is lost: byte %zu is %u, not %u",
				   from + i, data[i], w->copy[from + i]);
	}
}

static void write_once(struct fuzz *f, struct writes *w)
{
	size_t n = 1 + fuzz_below(f, 64), at = fuzz_below(f, KEPT - n);
	uint8_t value = fuzz_below(f, 256);
	bool first = fuzz_one_in(f, 2);
	uint8_t *p;

	/* Without a question before it, which would wait for REALLOC to end */
	p = fuzz_map(w->fd[0], w->handle, KEPT, PROT_READ | PROT_WRITE);
	if (!fuzz_must(f, FUZZ_MMAP, p == MAP_FAILED ? -1 : 0, 0))
		return;
	memset(p + at, value, n);
	memset(w->copy + at, value, n);
	if (first)
		check_copy(f, w, at, n);
	if (fuzz_one_in(f, 8) && memcmp(p, w->copy, KEPT))
		fuzz_found(f, "a mapping shows what was not written");
	munmap(p, KEPT);
	if (!first)
		check_copy(f, w, at, n);
}

static void write_all(struct fuzz *f, struct writes *w)
{
	if (!threads_start(f, &w->mover, move, w))
		return;
	while (!__atomic_load_n(&w->ended, __ATOMIC_ACQUIRE))
		write_once(f, w);
	threads_end(f, &w->mover);
	check_copy(f, w, 0, KEPT);
}

void writes_round(struct fuzz *f)
{
	struct writes *w = calloc(1, sizeof(*w));
	int fd = machine_open(f, O_RDWR);

	if (fd < 0)
		return free(w);
	w->fd[0] = fd;
	w->fd[1] = dup(fd);
	fuzz_must(f, GOMALLOC_CMD_SET_LIMIT, gomalloc_set_limit(fd, LIMIT, 0),
		  0);
	if (fuzz_must(f, GOMALLOC_CMD_ALLOC,
		      gomalloc_alloc(fd, KEPT, 0, &w->handle), 0))
		write_all(f, w);
	close(w->fd[0]);
	close(w->fd[1]);
	free(w);
}
