// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_user - how a program uses /dev/gomalloc
 *
 * Allocates tiny, small and large objects, writes and reads them back, and
 * shows what the descriptor's heap holds, by size class.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/gomalloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ROUNDS	2000
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static const size_t sizes[] = {
	3, 5, 8, 12, 16, 24, 100, 500, 1024, 1500, 4096, 9000, 32768, 100000,
};

static int fd;
static __u32 handles[ROUNDS];

static void fail(const char *what)
{
	fprintf(stderr, "gomalloc_user: %s: %s\n", what, strerror(errno));
	exit(1);
}

static __u32 alloc_object(size_t length)
{
	struct gomalloc_ioc_alloc arg = {
		.size = sizeof(arg),
		.flags = GOMALLOC_ALLOC_NOSCAN,
		.length = length,
	};

	if (ioctl(fd, GOMALLOC_IOC_ALLOC, &arg))
		fail("ALLOC");
	return arg.out_handle;
}

static void free_object(__u32 handle)
{
	struct gomalloc_ioc_free arg = {
		.size = sizeof(arg),
		.handle = handle,
	};

	if (ioctl(fd, GOMALLOC_IOC_FREE, &arg))
		fail("FREE");
}

static void copy_object(unsigned long cmd, __u32 handle, void *data,
			size_t length)
{
	struct gomalloc_ioc_copy arg = {
		.size = sizeof(arg),
		.handle = handle,
		.length = length,
		.data = (uintptr_t)data,
	};

	if (ioctl(fd, cmd, &arg))
		fail(cmd == GOMALLOC_IOC_READ ? "READ" : "WRITE");
}

static void use_object(__u32 handle, size_t length, unsigned char stamp)
{
	unsigned char *data = malloc(length), *back = malloc(length);

	if (!data || !back)
		fail("malloc");
	memset(data, stamp, length);
	copy_object(GOMALLOC_IOC_WRITE, handle, data, length);
	memset(back, 0, length);
	copy_object(GOMALLOC_IOC_READ, handle, back, length);
	if (memcmp(data, back, length)) {
		fprintf(stderr, "gomalloc_user: object %u came back changed\n",
			handle);
		exit(1);
	}
	free(data);
	free(back);
}

static void show_object(__u32 handle)
{
	static const char *const kinds[] = { "tiny", "small", "large" };
	struct gomalloc_ioc_info arg = {
		.size = sizeof(arg),
		.handle = handle,
	};

	if (ioctl(fd, GOMALLOC_IOC_INFO, &arg))
		fail("INFO");
	printf("  object %5u: %6llu bytes, %-5s, class %2u, uses %6llu bytes\n",
	       handle, (unsigned long long)arg.out_length, kinds[arg.out_kind],
	       arg.out_class, (unsigned long long)arg.out_usable);
}

static void show_classes(void)
{
	struct gomalloc_class_row rows[128];
	struct gomalloc_ioc_class_stats arg = {
		.size = sizeof(arg),
		.row_size = sizeof(rows[0]),
		.nr_rows = 128,
		.rows = (uintptr_t)rows,
	};
	unsigned int i;

	if (ioctl(fd, GOMALLOC_IOC_CLASS_STATS, &arg))
		fail("CLASS_STATS");
	printf("%5s %8s %10s %8s %12s\n", "class", "size", "objects", "spans",
	       "bytes");
	for (i = 0; i < arg.out_nr_rows && i < 128; i++) {
		if (rows[i].spans)
			printf("%5u %8llu %10llu %8llu %12llu\n", i,
			       (unsigned long long)rows[i].object_size,
			       (unsigned long long)rows[i].objects,
			       (unsigned long long)rows[i].spans,
			       (unsigned long long)rows[i].span_bytes);
	}
}

static void show_stats(void)
{
	struct gomalloc_ioc_stats arg = { .size = sizeof(arg) };

	if (ioctl(fd, GOMALLOC_IOC_STATS, &arg))
		fail("STATS");
	printf("objects %llu, asked for %llu bytes, in spans %llu bytes, held %llu bytes\n",
	       (unsigned long long)arg.out_objects,
	       (unsigned long long)arg.out_requested_bytes,
	       (unsigned long long)arg.out_span_bytes,
	       (unsigned long long)arg.out_held_bytes);
}

int main(void)
{
	const unsigned int nr = ARRAY_SIZE(sizes);
	unsigned int i;

	fd = open("/dev/gomalloc", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail("/dev/gomalloc (is the module loaded, are you root?)");
	for (i = 0; i < ROUNDS; i++) {
		handles[i] = alloc_object(sizes[i % nr]);
		use_object(handles[i], sizes[i % nr], i);
	}
	for (i = 0; i < nr; i++)
		show_object(handles[i]);
	show_classes();
	show_stats();
	for (i = 0; i < ROUNDS; i++)
		free_object(handles[i]);
	close(fd);
	return 0;
}
