/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz - what the parts of gomalloc_fuzz share
 */
#ifndef _GOMALLOC_FUZZ_H
#define _GOMALLOC_FUZZ_H

#include <libgomalloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* What is counted: commands by their number, mmap(), what is no command */
#define FUZZ_NR_COMMANDS	(GOMALLOC_CMD_HEAPS + 1)
#define FUZZ_MMAP		FUZZ_NR_COMMANDS
#define FUZZ_UNKNOWN		(FUZZ_NR_COMMANDS + 1)
#define FUZZ_NR_COUNTS		(FUZZ_NR_COMMANDS + 2)

/* Kinds of steps that can be left out; their names are in gomalloc_fuzz.c */
enum fuzz_kind {
	FUZZ_THREADS,
	FUZZ_WRITES,
	FUZZ_READ_ONLY,
	FUZZ_MEM,
	FUZZ_PARAMETERS,
	FUZZ_NR_KINDS
};

/**
 * struct fuzz_count - calls of a command
 * @calls: how many
 * @good: how many succeeded
 */
struct fuzz_count {
	uint64_t calls;
	uint64_t good;
};

/**
 * struct fuzz - a process that fuzzes, or a thread of it
 * @process: its number
 * @random: state of its random numbers
 * @calls: calls it has made
 * @count: the same by command; of this process alone, but seen by its parent
 * @shared: a descriptor that all of them have
 * @without: kinds of steps that it leaves out, a bit for each
 */
struct fuzz {
	unsigned int process;
	uint64_t random;
	uint64_t calls;
	struct fuzz_count *count;
	int shared;
	unsigned int without;
};

/**
 * struct fuzz_command - what is known of a command, or of mmap()
 * @name: as the interface calls it
 * @size: of its struct
 * @errnos: that it may give, a bit for each
 */
struct fuzz_command {
	const char *name;
	uint8_t size;
	uint64_t errnos;
};

extern const struct fuzz_command fuzz_commands[FUZZ_NR_COUNTS];

/* Something was found: say what, and end the process */
void __attribute__((noreturn, format(printf, 2, 3)))
fuzz_found(const struct fuzz *f, const char *format, ...);

/* A random number below @n */
uint64_t fuzz_below(struct fuzz *f, uint64_t n);
static inline bool fuzz_one_in(struct fuzz *f, uint64_t n)
{
	return !fuzz_below(f, n);
}

static inline bool fuzz_does(const struct fuzz *f, enum fuzz_kind kind)
{
	return !(f->without & 1 << kind);
}

/* Bytes of an object, mostly small */
uint32_t fuzz_length(struct fuzz *f);

/* Note a call and whether it succeeded */
void fuzz_note(struct fuzz *f, unsigned int command, bool good);

/*
 * Note a call that has to fail with @error, or to succeed if that is 0; or found.
 * What takes memory may always fail for want of it. Return: did it succeed?
 */
bool fuzz_must(struct fuzz *f, unsigned int command, int rc, int error);

/* The same of one that may fail with @error, since others are at work */
bool fuzz_may(struct fuzz *f, unsigned int command, int rc, int error);

/* Was it for want of memory, or of room below a limit? */
bool fuzz_no_memory(int error);

/* All of @n bytes have to be @value */
void fuzz_check_bytes(const struct fuzz *f, const uint8_t *p, size_t n,
		      uint8_t value, const char *what);

/* Map the first bytes of an object, large or not. Return: as mmap() */
void *fuzz_map(int fd, uint32_t handle, size_t length, int prot);

/* fuzz_machine.c: what is around the device, and what it holds in all */

/* All later calls of open() are of a process of this memory cgroup */
void machine_join(const char *cgroup);

/* Return: a descriptor of the device; or -1: no memory, or too many are open */
int machine_open(const struct fuzz *f, int flags);

/* The same, but it waits until there is one */
int machine_must_open(const struct fuzz *f);
uint64_t machine_held(void);
void machine_save_parameters(void);
void machine_restore_parameters(void);

/* Let one of the module's parameters be too little for some time */
void machine_step(struct fuzz *f);

/* fuzz_model.c: a descriptor whose contents are known */
struct model;
struct market;
struct model *model_create(struct fuzz *f);
void model_step(struct model *m);
void model_destroy(struct model *m);

/*
 * One of several threads at an open file, each with a descriptor, and with objects
 * of its own, which they exchange at the market. model_destroy() closes @fd.
 */
struct model *model_join(struct fuzz *f, int fd, struct market *market);

/* Add the objects that it has, and their bytes */
void model_count(const struct model *m, uint64_t *objects, uint64_t *bytes);
struct market *market_create(void);
void market_count(const struct market *market, uint64_t *objects,
		  uint64_t *bytes);
void market_destroy(struct fuzz *f, struct market *market);

/* fuzz_garbage.c: descriptors that get anything, until the process ends */
struct garbage;
struct garbage *garbage_create(struct fuzz *f);
void garbage_step(struct garbage *g);

/* One more thread, whose structs are in the same memory */
struct garbage *garbage_join(struct fuzz *f, const struct garbage *g);
void garbage_leave(struct garbage *g);

/* fuzz_access.c: ways to an object that must not be open to all */

/* The object of which all bytes are @value is mapped twice, one for reading only */
void access_mem(struct fuzz *f, const uint8_t *for_reading, uint8_t *map,
		uint8_t value);
void access_read_only(struct fuzz *f);

/* fuzz_threads.c: several threads at one open file, until they have ended */
struct fuzz_thread {
	struct fuzz fuzz;
	struct fuzz_count count[FUZZ_NR_COUNTS];
	pthread_t id;
};

/* Return: whether it could be started; threads_end() waits for it */
bool threads_start(struct fuzz *f, struct fuzz_thread *t,
		   void *(*run)(void *data), void *data);
void threads_end(struct fuzz *f, struct fuzz_thread *t);
void threads_round(struct fuzz *f, const struct garbage *g);

/* fuzz_writes.c: writes through a mapping while REALLOC moves the object */
void writes_round(struct fuzz *f);

#endif /* _GOMALLOC_FUZZ_H */
