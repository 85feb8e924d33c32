// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_garbage - descriptors that get anything
 *
 * What: calls with random commands, structs, addresses and offsets, at a
 *	descriptor that all processes share and one of its own. Whatever comes of
 *	it must be an errno that the interface has for it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define PAGE		4096
#define AREA_PAGES	16
#define AREA		(AREA_PAGES * PAGE)
#define NR_MAPS		8
/*
 * Where the area is: alone in its 4 GiB. What replaces half of an address would else
 * name what the program lives on, as the stacks of its threads.
 */
#define PLACE		((void *)0x20f0000000)
#define WORDS		24	/* of a struct */
#define LIMIT		(2 << 20)

/**
 * struct garbage - what is thrown
 * @fuzz: the process
 * @own: a descriptor of its own
 * @narrow: one for reading or for writing only, which may refuse any command
 * @alone: no other thread has its memory, and its open file
 * @area: bytes that commands may read and write; behind them is nothing
 * @fixed: a page behind that, which cannot be written
 * @handles: some that were given out
 * @map: mappings
 * @map_length: bytes of each
 */
struct garbage {
	struct fuzz *fuzz;
	int own;
	int narrow;
	bool alone;
	uint8_t *area;
	uint8_t *fixed;
	uint32_t handles[16];
	uint8_t *map[NR_MAPS];
	size_t map_length[NR_MAPS];
};

#define BIT(n)	(1ULL << (n))

/* Errnos that any command may give */
#define ANY	(BIT(EINVAL) | BIT(E2BIG) | BIT(EFAULT))
/* Those that take memory */
#define MEMORY	(BIT(ENOMEM) | BIT(ENOSPC))

/* EOPNOTSUPP is above 63, and goes by that of a smaller errno */
#define OPNOTSUPP	BIT(0)

#define COMMAND(_cmd, _struct, _errnos)				\
	[GOMALLOC_CMD_##_cmd] = {				\
		#_cmd, sizeof(struct gomalloc_ioc_##_struct),	\
		_errnos						\
	}

const struct fuzz_command fuzz_commands[FUZZ_NR_COUNTS] = {
	COMMAND(ALLOC, alloc, ANY | MEMORY | OPNOTSUPP),
	COMMAND(FREE, free, ANY | BIT(ENOENT)),
	COMMAND(READ, copy, ANY | BIT(ENOENT)),
	COMMAND(WRITE, copy, ANY | BIT(ENOENT)),
	COMMAND(INFO, info, ANY | BIT(ENOENT)),
	COMMAND(STATS, stats, ANY | BIT(ENOENT) | BIT(EPERM)),
	COMMAND(CLASS_STATS, class_stats,
		ANY | BIT(ENOENT) | BIT(EPERM) | BIT(ENOMEM)),
	COMMAND(SET_LIMIT, set_limit, ANY | BIT(EPERM) | BIT(EBUSY)),
	COMMAND(TRIM, trim, ANY),
	COMMAND(ALLOC_BATCH, alloc_batch,
		ANY | MEMORY | OPNOTSUPP | BIT(EINTR)),
	COMMAND(FREE_BATCH, free_batch, ANY | BIT(ENOENT) | BIT(EINTR)),
	COMMAND(REALLOC, realloc, ANY | MEMORY | BIT(ENOENT) | BIT(EBUSY)),
	COMMAND(FILL, fill, ANY | BIT(ENOENT)),
	COMMAND(VERSION, version, ANY),
	COMMAND(HEAPS, heaps, ANY | BIT(EPERM) | BIT(ENOMEM)),
	[FUZZ_MMAP] = { "mmap", 0, BIT(EINVAL) | BIT(ENOENT) | BIT(EPERM) |
			BIT(EACCES) | BIT(ENOMEM) | BIT(EAGAIN) },
	[FUZZ_UNKNOWN] = { .name = "no command" },
};

static void check_errno(struct garbage *g, int fd, unsigned int command)
{
	uint64_t bit = errno == EOPNOTSUPP ? OPNOTSUPP :
		       errno < 64 ? BIT(errno) : 0;

	if (errno == EBADF && fd == g->narrow)
		return;
	if (!(fuzz_commands[command].errnos & bit))
		fuzz_found(g->fuzz, "%s gave %s", fuzz_commands[command].name,
			   strerror(errno));
}

static int some_fd(struct garbage *g)
{
	switch (fuzz_below(g->fuzz, 16)) {
	case 0:
		return g->narrow;
	case 1 ... 5:
		return g->fuzz->shared;
	default:
		return g->own;
	}
}

static uint32_t some_handle(struct garbage *g)
{
	switch (fuzz_below(g->fuzz, 8)) {
	case 0:
		return fuzz_below(g->fuzz, 1ULL << 32);
	case 1:
		return fuzz_below(g->fuzz, 64);
	default:
		return g->handles[fuzz_below(g->fuzz, 16)];
	}
}

/* An address that may be anything but what this program lives on */
static uint64_t some_address(struct garbage *g)
{
	uint64_t at = fuzz_below(g->fuzz, AREA), n = fuzz_below(g->fuzz, 12);
	const uint64_t odd[] = {
		0,
		UINT64_MAX - at,
		0xffff888000000000ULL + at,
		(uintptr_t)g->fixed + at % PAGE,
		(uintptr_t)g->area + AREA - at % 64,
	};

	return n < ARRAY_SIZE(odd) ? odd[n] : (uintptr_t)g->area + at;
}

static uint32_t some_word(struct garbage *g)
{
	switch (fuzz_below(g->fuzz, 8)) {
	case 0:
		return fuzz_below(g->fuzz, 1ULL << 32);
	case 1:
	case 2:
		return fuzz_below(g->fuzz, 5000);
	case 3:
		return some_handle(g);
	default:
		return 0;
	}
}

/* A struct of the command's size, or nearly, or not at all */
static size_t some_size(struct garbage *g, unsigned int command)
{
	switch (fuzz_below(g->fuzz, 16)) {
	case 0:
		return fuzz_below(g->fuzz, 1ULL << 32);
	case 1:
		return fuzz_below(g->fuzz, 2 * WORDS);
	default:
		return fuzz_commands[command].size;
	}
}

union any {
	uint32_t word[2 * WORDS];
	struct gomalloc_ioc_alloc alloc;
	struct gomalloc_ioc_copy copy;
	struct gomalloc_ioc_set_limit set_limit;
	struct gomalloc_ioc_alloc_batch alloc_batch;
	struct gomalloc_ioc_free_batch free_batch;
	struct gomalloc_ioc_realloc realloc;
	struct gomalloc_ioc_fill fill;
	struct gomalloc_ioc_heaps heaps;
};

/* Fields that make it come further than to the first check, more often */
static void make_sense(struct garbage *g, unsigned int command, union any *arg)
{
	struct fuzz *f = g->fuzz;

	switch (command) {
	case GOMALLOC_CMD_ALLOC:
		arg->alloc.length = fuzz_length(f);
		break;
	case GOMALLOC_CMD_READ:
	case GOMALLOC_CMD_WRITE:
		arg->copy.handle = some_handle(g);
		arg->copy.offset = some_word(g);
		arg->copy.length = fuzz_below(f, AREA);
		arg->copy.data = some_address(g);
		break;
	case GOMALLOC_CMD_CLASS_STATS:
	case GOMALLOC_CMD_HEAPS:
		arg->heaps.row_size = fuzz_below(f, 200);
		arg->heaps.nr_rows = fuzz_below(f, 80);
		arg->heaps.rows = some_address(g);
		break;
	case GOMALLOC_CMD_ALLOC_BATCH:
		arg->alloc_batch.nr = fuzz_below(f, 200);
		arg->alloc_batch.lengths = some_address(g);
		arg->alloc_batch.handles = some_address(g);
		break;
	case GOMALLOC_CMD_FREE_BATCH:
		arg->free_batch.nr = fuzz_below(f, 200);
		arg->free_batch.handles = some_address(g);
		break;
	case GOMALLOC_CMD_REALLOC:
		arg->realloc.handle = some_handle(g);
		arg->realloc.length = fuzz_length(f);
		break;
	case GOMALLOC_CMD_SET_LIMIT:
		arg->set_limit.limit_bytes = fuzz_below(f, 2 * LIMIT);
		arg->set_limit.soft_limit_bytes = fuzz_below(f, 2 * LIMIT);
		break;
	case GOMALLOC_CMD_FILL:
		arg->fill.length = fuzz_length(f);
		break;
	}
}

static void make_struct(struct garbage *g, unsigned int command,
			union any *arg)
{
	unsigned int i;

	memset(arg, 0, sizeof(*arg));
	arg->word[0] = some_size(g, command);
	arg->word[1] = fuzz_one_in(g->fuzz, 4) ? some_word(g) : some_handle(g);
	if (command == GOMALLOC_CMD_ALLOC || command == GOMALLOC_CMD_SET_LIMIT ||
	    command == GOMALLOC_CMD_ALLOC_BATCH || command == GOMALLOC_CMD_TRIM)
		arg->word[1] = fuzz_one_in(g->fuzz, 16) ? some_word(g) : 0;
	make_sense(g, command, arg);
	if (fuzz_one_in(g->fuzz, 6)) {
		i = 1 + fuzz_below(g->fuzz, 2 * WORDS - 1);
		arg->word[i] = some_word(g);
	}
}

/* Where the struct is: mostly where it should be */
static void *place(struct garbage *g, const union any *arg)
{
	uint8_t *at = g->area + AREA - sizeof(*arg);

	switch (fuzz_below(g->fuzz, 64)) {
	case 0:
		return (void *)(uintptr_t)some_address(g);
	case 1:
		/* It ends where nothing is */
		at += fuzz_below(g->fuzz, sizeof(*arg));
		memcpy(at, arg, g->area + AREA - at);
		return at;
	default:
		at -= fuzz_below(g->fuzz, AREA - sizeof(*arg));
		memcpy(at, arg, sizeof(*arg));
		return at;
	}
}

static void throw_command(struct garbage *g)
{
	unsigned int command = fuzz_below(g->fuzz, FUZZ_NR_COMMANDS);
	int fd = some_fd(g), rc;
	union any arg, *p;

	make_struct(g, command, &arg);
	p = place(g, &arg);
	rc = ioctl(fd, _IO(GOMALLOC_TYPE, command), p);
	fuzz_note(g->fuzz, command, rc >= 0);
	if (rc < 0)
		check_errno(g, fd, command);
	else if (command == GOMALLOC_CMD_ALLOC && (void *)p > (void *)g->area &&
		 (void *)p < (void *)(g->area + AREA))
		g->handles[fuzz_below(g->fuzz, 16)] = p->alloc.out_handle;
}

/* A number that is no command */
static void throw_number(struct garbage *g)
{
	uint32_t number = _IO(GOMALLOC_TYPE, FUZZ_NR_COMMANDS +
			      fuzz_below(g->fuzz, 256 - FUZZ_NR_COMMANDS));

	/* Or one of ours, in the form of another */
	if (fuzz_one_in(g->fuzz, 2))
		number = _IOC(1 + fuzz_below(g->fuzz, 3), GOMALLOC_TYPE,
			      fuzz_below(g->fuzz, FUZZ_NR_COMMANDS),
			      fuzz_below(g->fuzz, 64));
	fuzz_note(g->fuzz, FUZZ_UNKNOWN, false);
	if (ioctl(some_fd(g), number, some_address(g)) >= 0 || errno != ENOTTY)
		fuzz_found(g->fuzz, "number %#x is a command", number);
}

static void forget_map(struct garbage *g, unsigned int i)
{
	munmap(g->map[i], g->map_length[i]);
	g->map[i] = NULL;
}

/* Something that may be done to a mapping; whether it can is not the question */
static void use_map(struct garbage *g, unsigned int i)
{
	uint8_t *p = g->map[i];
	size_t length = g->map_length[i];
	size_t at = fuzz_below(g->fuzz, length / PAGE) * PAGE;

	switch (fuzz_below(g->fuzz, 6)) {
	case 0:
		mprotect(p + at, PAGE, fuzz_below(g->fuzz, 4));
		break;
	case 1:
		/* Unmapped, but not for others to be mapped there */
		mmap(p + at, PAGE, PROT_NONE,
		     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		break;
	case 2:
		madvise(p, length, fuzz_below(g->fuzz, 26));
		break;
	case 3:
		p = mremap(p + at, length - at, PAGE, MREMAP_MAYMOVE);
		if (p == MAP_FAILED)
			break;
		munmap(g->map[i], at);
		g->map[i] = p;
		g->map_length[i] = PAGE;
		break;
	case 4:
		msync(p, length, MS_SYNC);
		break;
	default:
		forget_map(g, i);
	}
}

static void throw_mmap(struct garbage *g)
{
	unsigned int i = fuzz_below(g->fuzz, NR_MAPS);
	size_t length = (1 + fuzz_below(g->fuzz, 20)) * PAGE;
	int prot = fuzz_below(g->fuzz, 4) | (fuzz_one_in(g->fuzz, 16) << 2);
	uint64_t offset = (uint64_t)(some_handle(g) % (1 << 20)) << 22;
	int fd = some_fd(g);
	uint8_t *p;

	if (g->map[i])
		return use_map(g, i);
	if (fuzz_one_in(g->fuzz, 3))
		offset += fuzz_below(g->fuzz, 1024) * PAGE;
	p = mmap64(NULL, length, prot,
		   fuzz_one_in(g->fuzz, 8) ? MAP_PRIVATE : MAP_SHARED,
		   fd, offset);
	fuzz_note(g->fuzz, FUZZ_MMAP, p != MAP_FAILED);
	if (p == MAP_FAILED)
		return check_errno(g, fd, FUZZ_MMAP);
	if (prot & PROT_WRITE && prot & PROT_READ)
		p[fuzz_below(g->fuzz, length)]++;
	g->map[i] = p;
	g->map_length[i] = length;
}

/* A new one instead of @fd, or one of those that all have if none can be opened */
static int exchange(struct garbage *g, int fd, int flags)
{
	if (fd >= 0)
		close(fd);
	fd = g->alone ? machine_open(g->fuzz, flags) : dup(g->own);
	return fd >= 0 ? fd : dup(g->fuzz->shared);
}

static void reopen(struct garbage *g)
{
	g->narrow = exchange(g, g->narrow,
			     fuzz_one_in(g->fuzz, 2) ? O_RDONLY : O_WRONLY);
	if (!g->alone)
		return;
	g->own = exchange(g, g->own, O_RDWR);
	gomalloc_set_limit(g->own, LIMIT, 0);
}

void garbage_step(struct garbage *g)
{
	switch (fuzz_below(g->fuzz, 1024)) {
	case 0:
		return reopen(g);
	case 1 ... 100:
		return throw_mmap(g);
	case 101 ... 130:
		return throw_number(g);
	case 131 ... 140:
		g->area[fuzz_below(g->fuzz, AREA)] = fuzz_below(g->fuzz, 256);
		return;
	default:
		return throw_command(g);
	}
}

static struct garbage *make_garbage(struct fuzz *f)
{
	struct garbage *g = calloc(1, sizeof(*g));

	if (!g)
		err(EXIT_FAILURE, "garbage");
	g->fuzz = f;
	g->own = -1;
	g->narrow = -1;
	return g;
}

struct garbage *garbage_create(struct fuzz *f)
{
	struct garbage *g = make_garbage(f);

	g->alone = true;
	g->area = mmap(PLACE, AREA + 2 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	g->fixed = g->area + AREA + PAGE;
	if (g->area == MAP_FAILED || mprotect(g->area + AREA, PAGE, PROT_NONE) ||
	    mprotect(g->fixed, PAGE, PROT_READ))
		err(EXIT_FAILURE, "mmap");
	reopen(g);
	return g;
}

struct garbage *garbage_join(struct fuzz *f, const struct garbage *g)
{
	struct garbage *other = make_garbage(f);

	other->area = g->area;
	other->fixed = g->fixed;
	memcpy(other->handles, g->handles, sizeof(g->handles));
	other->own = dup(g->own);
	reopen(other);
	return other;
}

void garbage_leave(struct garbage *g)
{
	unsigned int i;

	for (i = 0; i < NR_MAPS; i++) {
		if (g->map[i])
			forget_map(g, i);
	}
	close(g->own);
	close(g->narrow);
	free(g);
}
