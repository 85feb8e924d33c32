// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_hog_test - heaps keep what they freed, and a process wants all memory
 *
 * A few users of /dev/gomalloc take turns: one takes its share, frees it and keeps the
 * file open. A hog touches most of the memory there is, again and again. What is live
 * has room at any time; what the heaps hold and do not use has not. Nobody may be
 * killed or refused. Prints KTAP, and at the first failure what the heaps hold and the
 * contents of FILEs.
 *
 * Usage: gomalloc_hog_test MIB SECONDS [FILE]...
 *                                  MIB: what all may have, of the group or machine
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libgomalloc.h"

#define USERS	4
#define BATCH	64

static time_t end;
static long seconds;

static int goes_on(void)
{
	return time(NULL) < end;
}

/*
 * Of a few bytes to eight pages, of which the page allocator refuses nobody a block for
 * want of order; by a generator that each user starts elsewhere
 */
static void draw_lengths(uint32_t *lengths, unsigned int *seed)
{
	int i;

	for (i = 0; i < BATCH; i++)
		lengths[i] = 16 + rand_r(seed) % (rand_r(seed) % 8 ? 2000 : 30000);
}

/* Take @most bytes and free them. Return: 0; -1: the device has not got so much */
static int take_and_free(int fd, size_t most, unsigned int *seed)
{
	uint32_t lengths[BATCH], handles[BATCH], handle, last = 0;
	size_t bytes = 0;
	int i, n;

	while (bytes < most) {
		draw_lengths(lengths, seed);
		n = gomalloc_alloc_batch(fd, BATCH, lengths, 0, handles);
		if (n <= 0)
			break;
		for (i = 0; i < n; i++) {
			bytes += lengths[i];
			last = handles[i] > last ? handles[i] : last;
		}
	}
	for (handle = 1; handle <= last; handle++)
		gomalloc_free(fd, handle);
	return bytes < most ? -1 : 0;
}

/* The pipe has one byte, which is the turn. Exit: 0; 1: something was refused */
static void be_user(int turn[2], size_t most, unsigned int seed)
{
	int fd = gomalloc_open(), failed = fd < 0;
	char byte;

	while (!failed && goes_on()) {
		if (read(turn[0], &byte, 1) != 1)
			_exit(1);
		failed = take_and_free(fd, most, &seed);
		if (write(turn[1], &byte, 1) != 1)
			_exit(1);
		usleep(10000);
	}
	_exit(failed);
}

static void be_hog(size_t bytes)
{
	size_t at;
	char *p;

	while (goes_on()) {
		p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		for (at = 0; at < bytes; at += 4096)
			p[at] = 1;
		usleep(50000);
		munmap(p, bytes);
	}
	_exit(0);
}

/* What the heaps hold, and do not use, when somebody was killed or refused */
static void show_heaps(int fd)
{
	struct gomalloc_heap_row rows[USERS + 2];
	struct gomalloc_ioc_stats stats;
	int i, n = gomalloc_heaps(fd, rows, USERS + 2);

	for (i = 0; i < n; i++) {
		if (gomalloc_stats(fd, rows[i].id, &stats))
			continue;
		printf("# heap %s: held %llu KiB, ", rows[i].name, stats.out_held_bytes >> 10);
		printf("spans %llu, objects %llu, cached at most %llu, shrunk %llu\n",
		       stats.out_span_bytes >> 10, stats.out_object_bytes >> 10,
		       stats.out_cached_bytes >> 10, stats.out_shrunk_bytes >> 10);
	}
}

/* As the kernel has it of the group or machine this is told to read: PATH of a file */
static void show_file(const char *path)
{
	char line[256];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		printf("# %s", line);
	if (file)
		fclose(file);
}

/* Wait for all, and look at once when the first of them has failed */
static void await(pid_t *pid, int *status, int argc, char **argv)
{
	int fd = gomalloc_open(), i, left = USERS + 1, shown = 0;

	while (left) {
		usleep(2000);
		for (i = 0; i <= USERS; i++) {
			if (!pid[i] || !waitpid(pid[i], &status[i], WNOHANG))
				continue;
			pid[i] = 0;
			left--;
			if (!status[i] || shown++)
				continue;
			printf("# status %d after %ld s\n", status[i],
			       seconds - (long)(end - time(NULL)));
			show_heaps(fd);
			while (--argc > 2)
				show_file(argv[argc]);
			fflush(stdout);
		}
	}
}

static int result(int nr, int ok, const char *name, int status)
{
	printf("%s %d %s%s%d\n", ok ? "ok" : "not ok", nr, name,
	       ok ? " # " : " # status ", status);
	return !ok;
}

int main(int argc, char **argv)
{
	size_t all = argc > 2 ? (size_t)atol(argv[1]) << 20 : 0;
	int turn[2], status[USERS + 1], i, failed = 0;
	pid_t pid[USERS + 1];

	if (!all || pipe(turn) || write(turn[1], "", 1) != 1)
		return 2;
	seconds = atol(argv[2]);
	end = time(NULL) + seconds;
	printf("KTAP version 1\n1..%d\n", USERS + 1);
	fflush(stdout);
	for (i = 0; i <= USERS; i++) {
		pid[i] = fork();
		if (!pid[i] && i < USERS)
			be_user(turn, all / 4, i + 1);
		if (!pid[i])
			be_hog(all * 9 / 16);
	}
	await(pid, status, argc, argv);
	for (i = 0; i <= USERS; i++)
		failed |= result(i + 1, !status[i],
				 i < USERS ? "a user lives and was served"
					   : "the hog lives", status[i]);
	return failed;
}
