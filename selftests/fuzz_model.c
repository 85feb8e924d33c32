// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_model - a descriptor whose contents are known
 *
 * What: valid and nearly valid calls in random order. Each object is filled with
 *	one byte, so every later look at it, by READ or through a mapping, says
 *	whether it is still what it was; what was freed while it was mapped too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define NR_OBJECTS	64
#define NR_GHOSTS	8
#define LOOK		256	/* bytes that are looked at in a step */
#define LIMIT		(16 << 20)

/**
 * struct item - an object, or what is left of it: its mapping
 * @handle: 0 if there is none
 * @length: bytes asked for
 * @value: of all of them
 * @map: where it is mapped, or NULL
 * @map_length: bytes that are mapped
 */
struct item {
	uint32_t handle;
	uint32_t length;
	uint8_t value;
	uint8_t *map;
	size_t map_length;
};

struct model {
	struct fuzz *fuzz;
	int fd;
	unsigned int objects;
	uint64_t bytes;
	struct item item[NR_OBJECTS];
	struct item ghost[NR_GHOSTS];
};

/* Ends the process unless the call did what it had to, or failed for memory */
static bool done(struct model *m, unsigned int command, int rc, int expected)
{
	fuzz_note(m->fuzz, command, rc >= 0);
	if (rc >= 0 ? !expected : expected == errno)
		return rc >= 0;
	if (rc < 0 && (errno == ENOMEM || errno == ENOSPC) &&
	    (command == GOMALLOC_CMD_ALLOC || command == GOMALLOC_CMD_REALLOC ||
	     command == GOMALLOC_CMD_ALLOC_BATCH || command == FUZZ_MMAP))
		return false;
	fuzz_found(m->fuzz, "%s: %s, where %s was due", fuzz_commands[command].name,
		   rc < 0 ? strerror(errno) : "success",
		   expected ? strerror(expected) : "success");
}

static void check_bytes(struct model *m, const uint8_t *p, size_t n,
			uint8_t value, const char *what)
{
	while (n--) {
		if (*p++ != value)
			fuzz_found(m->fuzz, "%s holds %u, not %u", what, p[-1],
				   value);
	}
}

static void fill(struct model *m, struct item *it)
{
	it->value = 1 + fuzz_below(m->fuzz, 255);
	done(m, GOMALLOC_CMD_FILL,
	     gomalloc_fill(m->fd, it->handle, 0, it->length, it->value), 0);
}

/* Some bytes from @from on have to be @value */
static void look(struct model *m, struct item *it, size_t from, size_t to,
		 uint8_t value)
{
	uint8_t data[LOOK];
	size_t n = to - from < LOOK ? to - from : LOOK;
	size_t at = from + fuzz_below(m->fuzz, to - from - n + 1);

	if (done(m, GOMALLOC_CMD_READ,
		 gomalloc_read(m->fd, it->handle, at, data, n), 0))
		check_bytes(m, data, n, value, "an object");
}

static void adopt(struct model *m, struct item *it, uint32_t handle,
		  uint32_t length)
{
	*it = (struct item){ .handle = handle, .length = length };
	m->objects++;
	m->bytes += length;
	look(m, it, 0, length, 0);
	fill(m, it);
}

static void lose(struct model *m, struct item *it)
{
	m->objects--;
	m->bytes -= it->length;
	it->handle = 0;
}

static void drop_map(struct model *m, struct item *it)
{
	check_bytes(m, it->map, it->map_length < it->length ? it->map_length :
							      it->length,
		    it->value, it->handle ? "a mapping" :
					    "a mapping of what was freed");
	munmap(it->map, it->map_length);
	it->map = NULL;
}

/* What is mapped and was freed is looked at again later */
static void keep_ghost(struct model *m, struct item *it)
{
	struct item *ghost = &m->ghost[fuzz_below(m->fuzz, NR_GHOSTS)];

	if (!it->map)
		return;
	if (ghost->map)
		drop_map(m, ghost);
	*ghost = *it;
	it->map = NULL;
}

static void step_alloc(struct model *m, struct item *it)
{
	uint32_t length = fuzz_length(m->fuzz), handle;
	uint32_t flags = fuzz_below(m->fuzz, 2);

	if (done(m, GOMALLOC_CMD_ALLOC,
		 gomalloc_alloc(m->fd, length, flags, &handle), 0))
		adopt(m, it, handle, length);
}

static void step_free(struct model *m, struct item *it)
{
	uint32_t handle = it->handle;

	done(m, GOMALLOC_CMD_FREE, gomalloc_free(m->fd, handle), 0);
	lose(m, it);
	keep_ghost(m, it);
	done(m, GOMALLOC_CMD_FREE, gomalloc_free(m->fd, handle), ENOENT);
}

static void step_realloc(struct model *m, struct item *it)
{
	uint32_t length = fuzz_length(m->fuzz), old = it->length;

	if (!done(m, GOMALLOC_CMD_REALLOC,
		  gomalloc_realloc(m->fd, it->handle, length),
		  it->map ? EBUSY : 0))
		return;
	it->length = length;
	m->bytes += (uint64_t)length - old;
	look(m, it, 0, length < old ? length : old, it->value);
	if (length > old)
		look(m, it, old, length, 0);
	fill(m, it);
}

static void step_map(struct model *m, struct item *it)
{
	struct gomalloc_ioc_info info;

	if (it->map)
		return drop_map(m, it);
	done(m, GOMALLOC_CMD_INFO, gomalloc_info(m->fd, it->handle, &info), 0);
	if (info.out_length != it->length)
		fuzz_found(m->fuzz, "a length of %llu, not %u",
			   (unsigned long long)info.out_length, it->length);
	if (!info.out_mmap_offset)
		return;
	it->map_length = 0;
	it->map = gomalloc_map(m->fd, it->handle, 0, &it->map_length,
			       PROT_READ | PROT_WRITE);
	done(m, FUZZ_MMAP, it->map ? 0 : -1, 0);
	if (it->map && fuzz_one_in(m->fuzz, 2)) {
		it->value = 1 + fuzz_below(m->fuzz, 255);
		memset(it->map, it->value, it->length);
	}
}

static void step_write(struct model *m, struct item *it)
{
	uint8_t data[LOOK];
	size_t n = it->length < LOOK ? it->length : LOOK;

	memset(data, it->value, n);
	done(m, GOMALLOC_CMD_WRITE,
	     gomalloc_write(m->fd, it->handle, it->length - n, data, n), 0);
	done(m, GOMALLOC_CMD_WRITE,
	     gomalloc_write(m->fd, it->handle, it->length - n + 1, data, n),
	     EINVAL);
}

/* Several of the empty places at once, and some of the others */
static void step_batch(struct model *m)
{
	uint32_t lengths[NR_OBJECTS], handles[NR_OBJECTS];
	struct item *it[NR_OBJECTS];
	int i, n = 0, made;

	for (i = 0; i < NR_OBJECTS; i++) {
		if (m->item[i].handle)
			continue;
		it[n] = &m->item[i];
		lengths[n++] = fuzz_length(m->fuzz);
	}
	if (!n)
		return;
	made = gomalloc_alloc_batch(m->fd, n, lengths, 0, handles);
	if (!done(m, GOMALLOC_CMD_ALLOC_BATCH, made, 0))
		return;
	for (i = 0; i < made; i++)
		adopt(m, it[i], handles[i], lengths[i]);
	made -= fuzz_below(m->fuzz, made);
	i = gomalloc_free_batch(m->fd, made, handles);
	done(m, GOMALLOC_CMD_FREE_BATCH, i, 0);
	if (i != made)
		fuzz_found(m->fuzz, "%d of %d were freed", i, made);
	while (i--)
		lose(m, it[i]);
}

static void step_stats(struct model *m)
{
	struct gomalloc_ioc_stats stats;

	done(m, GOMALLOC_CMD_STATS, gomalloc_stats(m->fd, 0, &stats), 0);
	if (stats.out_objects != m->objects ||
	    stats.out_requested_bytes != m->bytes)
		fuzz_found(m->fuzz, "%llu objects of %llu bytes, not %u of %llu",
			   (unsigned long long)stats.out_objects,
			   (unsigned long long)stats.out_requested_bytes,
			   m->objects, (unsigned long long)m->bytes);
	done(m, GOMALLOC_CMD_TRIM, gomalloc_trim(m->fd, NULL), 0);
}

/* A process more that looks at all that is mapped, and ends */
static void step_fork(struct model *m)
{
	int i, status;
	pid_t pid = fork();

	if (!pid) {
		for (i = 0; i < NR_OBJECTS; i++) {
			if (m->item[i].map)
				drop_map(m, &m->item[i]);
		}
		_exit(EXIT_SUCCESS);
	}
	/* Too many processes are no fault of the device */
	if (pid > 0 && (waitpid(pid, &status, 0) != pid || status))
		fuzz_found(m->fuzz, "a child ended with %d", status);
}

static void open_device(struct model *m)
{
	m->fd = fuzz_open();
	m->objects = 0;
	m->bytes = 0;
	done(m, GOMALLOC_CMD_SET_LIMIT, gomalloc_set_limit(m->fd, LIMIT, 0), 0);
}

/* All objects are gone, and their mappings are not */
static void step_reopen(struct model *m)
{
	int i;

	close(m->fd);
	for (i = 0; i < NR_OBJECTS; i++) {
		if (!m->item[i].handle)
			continue;
		lose(m, &m->item[i]);
		keep_ghost(m, &m->item[i]);
	}
	open_device(m);
}

static void step_item(struct model *m, struct item *it)
{
	if (!it->handle)
		return step_alloc(m, it);
	switch (fuzz_below(m->fuzz, 8)) {
	case 0:
		return step_realloc(m, it);
	case 1:
		return step_map(m, it);
	case 2:
		return step_write(m, it);
	case 3:
		return fill(m, it);
	case 4:
		return look(m, it, 0, it->length, it->value);
	default:
		return step_free(m, it);
	}
}

void model_step(struct model *m)
{
	switch (fuzz_below(m->fuzz, 4096)) {
	case 0:
		return step_reopen(m);
	case 1:
		return step_fork(m);
	case 2 ... 20:
		return step_stats(m);
	case 21 ... 40:
		return step_batch(m);
	default:
		return step_item(m, &m->item[fuzz_below(m->fuzz, NR_OBJECTS)]);
	}
}

struct model *model_create(struct fuzz *f)
{
	static struct model model;
	struct model *m = &model;

	m->fuzz = f;
	open_device(m);
	return m;
}

void model_destroy(struct model *m)
{
	int i;

	step_reopen(m);
	for (i = 0; i < NR_GHOSTS; i++) {
		if (m->ghost[i].map)
			drop_map(m, &m->ghost[i]);
	}
	close(m->fd);
}
