/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz - what the parts of gomalloc_fuzz share
 */
#ifndef _GOMALLOC_FUZZ_H
#define _GOMALLOC_FUZZ_H

#include <libgomalloc.h>
#include <stdbool.h>
#include <stdint.h>

/* What is counted: commands by their number, mmap(), what is no command */
#define FUZZ_NR_COMMANDS	(GOMALLOC_CMD_HEAPS + 1)
#define FUZZ_MMAP		FUZZ_NR_COMMANDS
#define FUZZ_UNKNOWN		(FUZZ_NR_COMMANDS + 1)
#define FUZZ_NR_COUNTS		(FUZZ_NR_COMMANDS + 2)

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
 * struct fuzz - a process that fuzzes
 * @process: its number
 * @random: state of its random numbers
 * @calls: calls it has made
 * @count: the same by command; of this process alone, but seen by its parent
 * @shared: a descriptor that all of them have
 */
struct fuzz {
	unsigned int process;
	uint64_t random;
	uint64_t calls;
	struct fuzz_count *count;
	int shared;
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

/* Return: a descriptor of the device; or the program ends */
int fuzz_open(void);

/* Something was found: say what, and end the process */
void __attribute__((noreturn, format(printf, 2, 3)))
fuzz_found(const struct fuzz *f, const char *format, ...);

/* A random number below @n */
uint64_t fuzz_below(struct fuzz *f, uint64_t n);
static inline bool fuzz_one_in(struct fuzz *f, uint64_t n)
{
	return !fuzz_below(f, n);
}

/* Bytes of an object, mostly small */
uint32_t fuzz_length(struct fuzz *f);

/* Note a call and whether it succeeded */
void fuzz_note(struct fuzz *f, unsigned int command, bool good);

/* fuzz_model.c: a descriptor whose contents are known */
struct model;
struct model *model_create(struct fuzz *f);
void model_step(struct model *m);
void model_destroy(struct model *m);

/* fuzz_garbage.c: descriptors that get anything, until the process ends */
struct garbage;
struct garbage *garbage_create(struct fuzz *f);
void garbage_step(struct garbage *g);

#endif /* _GOMALLOC_FUZZ_H */
