// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_model - a descriptor whose contents are known
 *
 * What: valid and nearly valid calls in random order. Each object is filled with
 *	one byte, so every later look at it, by READ or through a mapping, says
 *	whether it is still what it was; what was freed while it was mapped too.
 *	Where others are at the same open file, its objects are still its own, and
 *	what they do to them is to look and to map.
 * Locks: market.lock for the objects that are exchanged.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define NR_OBJECTS	64
#define NR_OF_MANY	16	/* for one of several */
#define NR_GHOSTS	8
#define NR_MARKET	8
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

/**
 * struct market - objects of no thread
 * @lock: for them
 * @item: they
 */
struct market {
	pthread_mutex_t lock;
	struct item item[NR_MARKET];
};

/**
 * struct model - a descriptor and what it has to hold
 * @fuzz: the process, or the thread
 * @fd: the descriptor
 * @market: for one of several at the open file, or NULL
 * @nr_items: how many of @item are used
 * @objects: those that there are
 * @bytes: of them
 * @item: they
 * @ghost: mappings of those that were freed
 */
struct model {
	struct fuzz *fuzz;
	int fd;
	struct market *market;
	unsigned int nr_items;
	unsigned int objects;
	uint64_t bytes;
	struct item item[NR_OBJECTS];
	struct item ghost[NR_GHOSTS];
};

static bool done(struct model *m, unsigned int command, int rc, int error)
{
	return fuzz_must(m->fuzz, command, rc, error);
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
		fuzz_check_bytes(m->fuzz, data, n, value, "an object");
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

static void drop_map(struct fuzz *f, struct item *it)
{
	fuzz_check_bytes(f, it->map,
			 it->map_length < it->length ? it->map_length :
						       it->length,
			 it->value,
			 it->handle ? "a mapping" :
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
		drop_map(m->fuzz, ghost);
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
	/* By now another one may have that number */
	if (!m->market)
		done(m, GOMALLOC_CMD_FREE, gomalloc_free(m->fd, handle), ENOENT);
}

static bool resize(struct model *m, struct item *it, uint32_t length)
{
	int rc = gomalloc_realloc(m->fd, it->handle, length);

	if (rc < 0 && fuzz_no_memory(errno) && length <= it->length)
		fuzz_found(m->fuzz, "no memory to make an object shorter");
	if (it->map || !m->market)
		return done(m, GOMALLOC_CMD_REALLOC, rc, it->map ? EBUSY : 0);
	return fuzz_may(m->fuzz, GOMALLOC_CMD_REALLOC, rc, EBUSY);
}

static void step_realloc(struct model *m, struct item *it)
{
	uint32_t length = fuzz_length(m->fuzz), old = it->length;

	if (!resize(m, it, length))
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
		return drop_map(m->fuzz, it);
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

/* What is mapped, once more, and not to be written to */
static void step_mem(struct model *m, struct item *it)
{
	size_t length = 0, at = fuzz_below(m->fuzz, it->length);
	uint8_t *p;

	if (!fuzz_does(m->fuzz, FUZZ_MEM))
		return;
	p = gomalloc_map(m->fd, it->handle, 0, &length, PROT_READ);
	if (!done(m, FUZZ_MMAP, p ? 0 : -1, 0))
		return;
	access_mem(m->fuzz, p + at, it->map + at, it->value);
	it->map[at] = it->value;
	fuzz_check_bytes(m->fuzz, p + at, 1, it->value, "a second mapping");
	munmap(p, length);
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

	for (i = 0; i < m->nr_items; i++) {
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
	/* Of others there may be more */
	if (m->market ? stats.out_objects < m->objects :
			stats.out_objects != m->objects ||
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
				drop_map(m->fuzz, &m->item[i]);
		}
		_exit(EXIT_SUCCESS);
	}
	/* Too many processes are no fault of the device */
	if (pid > 0 && (waitpid(pid, &status, 0) != pid || status))
		fuzz_found(m->fuzz, "a child ended with %d", status);
}

/* All objects are gone, and their mappings are not */
static void lose_all(struct model *m)
{
	int i;

	for (i = 0; i < m->nr_items; i++) {
		if (!m->item[i].handle)
			continue;
		lose(m, &m->item[i]);
		keep_ghost(m, &m->item[i]);
	}
}

static void use_device(struct model *m, int fd)
{
	m->fd = fd;
	done(m, GOMALLOC_CMD_SET_LIMIT, gomalloc_set_limit(m->fd, LIMIT, 0), 0);
}

static void step_reopen(struct model *m)
{
	int fd = machine_open(m->fuzz, O_RDWR);

	if (fd < 0)
		return;
	close(m->fd);
	lose_all(m);
	use_device(m, fd);
}

/*
 * === one of several ===
 */

static void step_exchange(struct model *m, struct item *it)
{
	struct item *at = &m->market->item[fuzz_below(m->fuzz, NR_MARKET)], own = *it;

	pthread_mutex_lock(&m->market->lock);
	*it = *at;
	*at = own;
	pthread_mutex_unlock(&m->market->lock);
	m->objects += !!it->handle - !!own.handle;
	m->bytes += (it->handle ? it->length : 0) -
		    (uint64_t)(own.handle ? own.length : 0);
}

/* An object of whomever, if there is one; while it is mapped it cannot be moved */
static void map_any(struct model *m, uint32_t handle)
{
	size_t length = sysconf(_SC_PAGESIZE);
	uint8_t *p = fuzz_map(m->fd, handle, length, PROT_READ);

	if (!fuzz_may(m->fuzz, FUZZ_MMAP, p == MAP_FAILED ? -1 : 0, ENOENT))
		return;
	__atomic_load_n(p, __ATOMIC_RELAXED);
	munmap(p, length);
}

/* The same open file by another descriptor */
static void exchange_descriptor(struct model *m)
{
	int fd = dup(m->fd);

	if (fd < 0)
		err(EXIT_FAILURE, "dup");
	close(m->fd);
	m->fd = fd;
}

/* What the others have to bear */
static void step_disturb(struct model *m)
{
	uint32_t handle = 1 + fuzz_below(m->fuzz, 100);
	struct gomalloc_class_row rows[68];
	struct gomalloc_ioc_info info;
	uint8_t byte;

	switch (fuzz_below(m->fuzz, 6)) {
	case 0:
		fuzz_may(m->fuzz, GOMALLOC_CMD_SET_LIMIT,
			 gomalloc_set_limit(m->fd, (1 + fuzz_below(m->fuzz, 16)) << 20, 0),
			 EBUSY);
		return;
	case 1:
		fuzz_may(m->fuzz, GOMALLOC_CMD_INFO,
			 gomalloc_info(m->fd, handle, &info), ENOENT);
		return;
	case 2:
		fuzz_may(m->fuzz, GOMALLOC_CMD_READ,
			 gomalloc_read(m->fd, handle, 0, &byte, 1), ENOENT);
		return;
	case 3:
		return map_any(m, handle);
	case 4:
		fuzz_may(m->fuzz, GOMALLOC_CMD_CLASS_STATS,
			 gomalloc_class_stats(m->fd, 0, rows, 68), ENOMEM);
		return;
	default:
		return exchange_descriptor(m);
	}
}

/*
 * === steps ===
 */

static void step_item(struct model *m, struct item *it)
{
	if (m->market && fuzz_one_in(m->fuzz, 8))
		return step_exchange(m, it);
	if (!it->handle)
		return step_alloc(m, it);
	if (it->map && fuzz_one_in(m->fuzz, 4))
		return step_mem(m, it);
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

static void step_sole(struct model *m)
{
	switch (fuzz_below(m->fuzz, 8192)) {
	case 0:
	case 1:
		return step_reopen(m);
	case 2:
		if (fuzz_does(m->fuzz, FUZZ_READ_ONLY))
			access_read_only(m->fuzz);
		return;
	default:
		return step_item(m, &m->item[fuzz_below(m->fuzz, m->nr_items)]);
	}
}

static void step_of_many(struct model *m)
{
	if (fuzz_one_in(m->fuzz, 8))
		return step_disturb(m);
	step_item(m, &m->item[fuzz_below(m->fuzz, m->nr_items)]);
}

void model_step(struct model *m)
{
	switch (fuzz_below(m->fuzz, 4096)) {
	case 0:
		return step_fork(m);
	case 1 ... 20:
		return step_stats(m);
	case 21 ... 40:
		return step_batch(m);
	default:
		return m->market ? step_of_many(m) : step_sole(m);
	}
}

static struct model *make_model(struct fuzz *f)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		err(EXIT_FAILURE, "model");
	m->fuzz = f;
	return m;
}

struct model *model_create(struct fuzz *f)
{
	struct model *m = make_model(f);

	m->nr_items = NR_OBJECTS;
	use_device(m, machine_must_open(f));
	return m;
}

struct model *model_join(struct fuzz *f, int fd, struct market *market)
{
	struct model *m = make_model(f);

	m->nr_items = NR_OF_MANY;
	m->fd = fd;
	m->market = market;
	return m;
}

void model_count(const struct model *m, uint64_t *objects, uint64_t *bytes)
{
	*objects += m->objects;
	*bytes += m->bytes;
}

void model_destroy(struct model *m)
{
	int i;

	close(m->fd);
	lose_all(m);
	for (i = 0; i < NR_GHOSTS; i++) {
		if (m->ghost[i].map)
			drop_map(m->fuzz, &m->ghost[i]);
	}
	free(m);
}

struct market *market_create(void)
{
	struct market *market = calloc(1, sizeof(*market));

	if (!market)
		err(EXIT_FAILURE, "market");
	pthread_mutex_init(&market->lock, NULL);
	return market;
}

void market_count(const struct market *market, uint64_t *objects,
		  uint64_t *bytes)
{
	int i;

	for (i = 0; i < NR_MARKET; i++) {
		if (!market->item[i].handle)
			continue;
		*objects += 1;
		*bytes += market->item[i].length;
	}
}

/* Their file is closed */
void market_destroy(struct fuzz *f, struct market *market)
{
	int i;

	for (i = 0; i < NR_MARKET; i++) {
		if (market->item[i].map)
			drop_map(f, &market->item[i]);
	}
	free(market);
}
