// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_machine - what is around the device
 *
 * What: opens it, in a memory cgroup if there is one; parameters of the module that
 *	change as it is used; what it holds in all.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define PARAMETERS	"/sys/module/gomalloc/parameters/"
#define PATIENCE	3000	/* tries to open, of 10 ms each */

/**
 * struct parameter - a parameter of the module
 * @name: its name
 * @little: a value that calls will meet
 * @saved: the value that it had
 */
struct parameter {
	const char *name;
	const char *little;
	char saved[24];
};

static struct parameter parameters[] = {
	{ "dev_limit_mb", "1" },
	{ "dev_limit_objects", "20" },
	{ "dev_total_mb", "3" },
	{ "dev_total_objects", "100" },
	{ "dev_max_open", "6" },
	{ "dev_max_open_user", "2" },
};

/* Files that say who is in the cgroup, and above it; where it is full none can be opened */
static int enter = -1, leave = -1;

/* Return: bytes that were read or written, with 0 behind those that were read; or -1 */
static ssize_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = 0;
	close(fd);
	return n;
}

static ssize_t write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n;
}

static int open_procs(const char *cgroup, const char *above)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s%s/cgroup.procs", cgroup, above);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		err(EXIT_FAILURE, "%s", path);
	return fd;
}

void machine_join(const char *cgroup)
{
	/* Who is there when it is full, and does not hold what fills it, is not killed */
	if (write_file("/proc/self/oom_score_adj", "-1000") < 0)
		err(EXIT_FAILURE, "oom_score_adj");
	enter = open_procs(cgroup, "");
	leave = open_procs(cgroup, "/..");
}

/* Make this process one of a cgroup */
static void move(int procs)
{
	int i = 0;

	while (procs >= 0 && write(procs, "0", 1) < 0) {
		if (errno != ENOMEM || i++ == PATIENCE)
			err(EXIT_FAILURE, "cgroup.procs");
		usleep(10000);
	}
}

static int open_device(int flags)
{
	int fd, error;

	move(enter);
	fd = open(GOMALLOC_DEVICE, flags | O_CLOEXEC);
	error = errno;
	move(leave);
	errno = error;
	return fd;
}

int machine_open(const struct fuzz *f, int flags)
{
	int fd = open_device(flags);

	if (fd < 0 && errno != ENOMEM && errno != ENFILE)
		fuzz_found(f, "open: %s", gomalloc_explain(errno));
	return fd;
}

int machine_must_open(const struct fuzz *f)
{
	int i, fd = machine_open(f, O_RDWR);

	for (i = 0; fd < 0 && i < PATIENCE; i++) {
		usleep(10000);
		fd = machine_open(f, O_RDWR);
	}
	if (fd < 0)
		fuzz_found(f, "open: %s, for a long time", strerror(errno));
	return fd;
}

/* Return: bytes that all heaps hold on all nodes */
uint64_t machine_held(void)
{
	uint64_t sum = 0;
	char text[24];
	glob_t nodes;
	size_t i;

	if (glob("/sys/kernel/gomalloc/node*_held_bytes", 0, NULL, &nodes))
		return 0;
	for (i = 0; i < nodes.gl_pathc; i++) {
		if (read_file(nodes.gl_pathv[i], text, sizeof(text)) > 0)
			sum += strtoull(text, NULL, 10);
	}
	globfree(&nodes);
	return sum;
}

static ssize_t set_parameter(const struct parameter *p, const char *value)
{
	char path[100];

	snprintf(path, sizeof(path), PARAMETERS "%s", p->name);
	return write_file(path, value);
}

void machine_save_parameters(void)
{
	char path[100];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		snprintf(path, sizeof(path), PARAMETERS "%s",
			 parameters[i].name);
		if (read_file(path, parameters[i].saved,
			      sizeof(parameters[i].saved)) <= 0)
			err(EXIT_FAILURE, "%s", path);
	}
}

void machine_restore_parameters(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		if (set_parameter(&parameters[i], parameters[i].saved) <= 0)
			warn("%s", parameters[i].name);
	}
}

void machine_step(struct fuzz *f)
{
	static struct parameter *changed;

	if (!fuzz_does(f, FUZZ_PARAMETERS))
		return;
	if (changed) {
		if (!fuzz_one_in(f, 64))
			return;
		if (set_parameter(changed, changed->saved) <= 0)
			fuzz_found(f, "%s: %s", changed->name, strerror(errno));
		changed = NULL;
	} else if (fuzz_one_in(f, 4096)) {
		changed = &parameters[fuzz_below(f, ARRAY_SIZE(parameters))];
		if (set_parameter(changed, changed->little) <= 0)
			fuzz_found(f, "%s: %s", changed->name, strerror(errno));
	}
}
