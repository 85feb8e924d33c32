// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_access - ways to an object that must not be open to all
 *
 * What: a debugger's writes at mappings, where they must do no more than the program
 *	could; descriptors that are open for reading only, which change nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

/*
 * === debuggers ===
 */

/* Return: 1: it could be read, or with @write written; or -1 with errno */
static ssize_t use_mem(const uint8_t *at, uint8_t *byte, bool write)
{
	/* That of the process, and not of one that has forked it */
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC), error;
	ssize_t n = write ? pwrite64(fd, byte, 1, (uintptr_t)at) :
			    pread64(fd, byte, 1, (uintptr_t)at);

	error = errno;
	close(fd);
	errno = error;
	return n;
}

static ssize_t write_process(const uint8_t *at, uint8_t byte)
{
	struct iovec from = { &byte, 1 }, to = { (void *)at, 1 };

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0);
}

static void must_refuse(struct fuzz *f, ssize_t n, const uint8_t *at,
			uint8_t value, const char *way)
{
	if (n >= 0)
		fuzz_found(f, "%s wrote to a mapping for reading", way);
	if (__atomic_load_n(at, __ATOMIC_RELAXED) != value)
		fuzz_found(f, "%s failed and has written to a mapping for reading",
			   way);
}

void access_mem(struct fuzz *f, const uint8_t *for_reading, uint8_t *map,
		uint8_t value)
{
	uint8_t other = value ^ (1 + fuzz_below(f, 255)), seen;

	must_refuse(f, use_mem(for_reading, &other, true), for_reading, value,
		    "/proc/self/mem");
	if (errno != EIO && errno != EFAULT)
		fuzz_found(f, "/proc/self/mem: %s", strerror(errno));
	/* A kernel without it says so, and is as good as one that refuses */
	must_refuse(f, write_process(for_reading, other), for_reading, value,
		    "process_vm_writev()");
	/* Not all machines show a debugger what is mapped by a device */
	if (use_mem(for_reading, &seen, false) == 1 && seen != value)
		fuzz_found(f, "/proc/self/mem shows %u, not %u", seen, value);
	if (use_mem(map, &other, true) == 1)
		value = other;
	fuzz_check_bytes(f, for_reading, 1, value, "what /proc/self/mem wrote");
}

/*
 * === descriptors for reading ===
 */

static void ask(struct fuzz *f, int fd)
{
	struct gomalloc_ioc_version version;
	struct gomalloc_ioc_stats stats;
	struct gomalloc_ioc_info info;
	struct gomalloc_class_row row;
	struct gomalloc_heap_row heap;
	uint8_t byte;

	fuzz_must(f, GOMALLOC_CMD_VERSION, gomalloc_version(fd, &version), 0);
	fuzz_must(f, GOMALLOC_CMD_STATS, gomalloc_stats(fd, 0, &stats), 0);
	if (stats.out_objects)
		fuzz_found(f, "a descriptor for reading has objects");
	fuzz_may(f, GOMALLOC_CMD_CLASS_STATS,
		 gomalloc_class_stats(fd, 0, &row, 1), ENOMEM);
	fuzz_may(f, GOMALLOC_CMD_HEAPS, gomalloc_heaps(fd, &heap, 1), ENOMEM);
	fuzz_must(f, GOMALLOC_CMD_INFO, gomalloc_info(fd, 1, &info), ENOENT);
	fuzz_must(f, GOMALLOC_CMD_READ, gomalloc_read(fd, 1, 0, &byte, 1),
		  ENOENT);
}

static void change(struct fuzz *f, int fd)
{
	uint32_t handle = 1, length = fuzz_length(f);

	fuzz_must(f, GOMALLOC_CMD_ALLOC, gomalloc_alloc(fd, length, 0, &handle),
		  EBADF);
	fuzz_must(f, GOMALLOC_CMD_ALLOC_BATCH,
		  gomalloc_alloc_batch(fd, 1, &length, 0, &handle), EBADF);
	fuzz_must(f, GOMALLOC_CMD_WRITE,
		  gomalloc_write(fd, handle, 0, &length, 1), EBADF);
	fuzz_must(f, GOMALLOC_CMD_FILL, gomalloc_fill(fd, handle, 0, 1, 1),
		  EBADF);
	fuzz_must(f, GOMALLOC_CMD_FREE, gomalloc_free(fd, handle), EBADF);
	fuzz_must(f, GOMALLOC_CMD_FREE_BATCH,
		  gomalloc_free_batch(fd, 1, &handle), EBADF);
	fuzz_must(f, GOMALLOC_CMD_REALLOC, gomalloc_realloc(fd, handle, length),
		  EBADF);
	fuzz_must(f, GOMALLOC_CMD_TRIM, gomalloc_trim(fd, NULL), EBADF);
	fuzz_must(f, GOMALLOC_CMD_SET_LIMIT,
		  gomalloc_set_limit(fd, 1 << 20, 0), EBADF);
}

static void map(struct fuzz *f, int fd, int prot, int error)
{
	void *p = fuzz_map(fd, 1, sysconf(_SC_PAGESIZE), prot);

	fuzz_must(f, FUZZ_MMAP, p == MAP_FAILED ? -1 : 0, error);
}

void access_read_only(struct fuzz *f)
{
	int fd = machine_open(f, O_RDONLY);

	if (fd < 0)
		return;
	ask(f, fd);
	change(f, fd);
	ask(f, fd);
	map(f, fd, PROT_READ, ENOENT);
	map(f, fd, PROT_READ | PROT_WRITE, EACCES);
	close(fd);
}
