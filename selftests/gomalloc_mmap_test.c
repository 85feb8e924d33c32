// SPDX-License-Identifier: GPL-2.0
/*
 * Mapped objects of /dev/gomalloc: what is seen where, who may map what, and
 * how long the memory stays.
 */
#include <signal.h>

#include "device.h"

#define LENGTH	200000

static size_t page, pages, size;	/* of a page, and of an object of LENGTH bytes */

FIXTURE(map) {
	int fd;
	__u32 handle;
	struct gomalloc_ioc_info info;
	unsigned char *p;
};

static unsigned char *map_object(int fd, __u32 handle, size_t length, int prot)
{
	return gomalloc_map(fd, handle, 0, &length, prot);
}

FIXTURE_SETUP(map)
{
	page = sysconf(_SC_PAGESIZE);
	pages = (LENGTH + page - 1) / page;
	size = pages * page;
	self->fd = open_device();
	self->handle = new_object(self->fd, LENGTH);
	self->info = info_of(self->fd, self->handle);
	self->p = map_object(self->fd, self->handle, size, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, self->p);
}

FIXTURE_TEARDOWN(map)
{
	munmap(self->p, size);
	close(self->fd);
}

/* Return: what is at @offset, or -1 */
static int read_byte(int fd, __u32 handle, __u64 offset)
{
	unsigned char c;

	return gomalloc_read(fd, handle, offset, &c, 1) ? -1 : c;
}

TEST_F(map, all_pages_are_zero_at_first)
{
	unsigned char *p;
	__u32 handle;
	int round;

	/* Where others were, and behind the end of what was asked for too */
	for (round = 0; round < 20; round++) {
		handle = new_object(self->fd, LENGTH);
		p = map_object(self->fd, handle, size, PROT_READ | PROT_WRITE);
		ASSERT_NE(NULL, p);
		ASSERT_TRUE(all_bytes(p, size, 0));
		memset(p, 0xff, size);
		ASSERT_EQ(0, gomalloc_free(self->fd, handle));
		ASSERT_EQ(0, munmap(p, size));
	}
}

TEST_F(map, a_mapping_and_the_commands_see_the_same)
{
	self->p[0] = 1;
	self->p[LENGTH - 1] = 2;
	EXPECT_EQ(1, read_byte(self->fd, self->handle, 0));
	EXPECT_EQ(2, read_byte(self->fd, self->handle, LENGTH - 1));
	ASSERT_EQ(0, gomalloc_write(self->fd, self->handle, 12345, &(char){ 3 }, 1));
	EXPECT_EQ(3, self->p[12345]);
	ASSERT_EQ(0, gomalloc_fill(self->fd, self->handle, page, page, 4));
	EXPECT_EQ(0, self->p[page - 1]);
	EXPECT_EQ(4, self->p[page]);
	EXPECT_EQ(4, self->p[2 * page - 1]);
	EXPECT_EQ(0, self->p[2 * page]);
}

TEST_F(map, the_offset_is_what_alloc_says)
{
	struct gomalloc_ioc_alloc arg = {
		.size = sizeof(arg),
		.length = LENGTH,
	};

	ASSERT_EQ(0, ioctl(self->fd, GOMALLOC_IOC_ALLOC, &arg));
	EXPECT_NE(0, arg.out_mmap_offset);
	EXPECT_EQ(info_of(self->fd, arg.out_handle).out_mmap_offset, arg.out_mmap_offset);
	/* A program of before there was a mmap does not learn of it */
	arg.size = offsetof(struct gomalloc_ioc_alloc, out_mmap_offset);
	arg.out_mmap_offset = 77;
	ASSERT_EQ(0, ioctl(self->fd, GOMALLOC_IOC_ALLOC, &arg));
	EXPECT_EQ(77, arg.out_mmap_offset);
}

TEST_F(map, a_part_can_be_mapped)
{
	unsigned char *p;

	memset(self->p + 3 * page, 7, page);
	p = mmap64(NULL, 2 * page, PROT_READ, MAP_SHARED, self->fd,
		   self->info.out_mmap_offset + 2 * page);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, p[page - 1]);
	EXPECT_EQ(7, p[page]);
	EXPECT_EQ(7, p[2 * page - 1]);
	self->p[2 * page] = 8;
	EXPECT_EQ(8, p[0]);
	EXPECT_EQ(0, munmap(p, 2 * page));
	/* The last page, and no more than that */
	p = mmap64(NULL, page, PROT_READ, MAP_SHARED, self->fd,
		   self->info.out_mmap_offset + (pages - 1) * page);
	ASSERT_NE(MAP_FAILED, p);
	munmap(p, page);
}

#define EXPECT_NO_MAP(_errno, _length, _prot, _flags, _offset)		\
	EXPECT_ERRNO(_errno, (long)mmap64(NULL, _length, _prot, _flags,	\
					  self->fd, _offset))

TEST_F(map, what_cannot_be_mapped_is_refused)
{
	__u64 offset = self->info.out_mmap_offset;
	__u32 small = new_object(self->fd, 32768);

	EXPECT_NO_MAP(EINVAL, page, PROT_READ, MAP_PRIVATE, offset);
	EXPECT_NO_MAP(EPERM, page, PROT_READ | PROT_EXEC, MAP_SHARED, offset);
	EXPECT_NO_MAP(EINVAL, size + page, PROT_READ, MAP_SHARED, offset);
	EXPECT_NO_MAP(EINVAL, page, PROT_READ, MAP_SHARED, offset + size);
	EXPECT_NO_MAP(EINVAL, 2 * page, PROT_READ, MAP_SHARED, offset + size - page);
	EXPECT_NO_MAP(ENOENT, page, PROT_READ, MAP_SHARED, 0);
	EXPECT_NO_MAP(ENOENT, page, PROT_READ, MAP_SHARED, offset * 2);
	EXPECT_EQ(0, info_of(self->fd, small).out_mmap_offset);
	EXPECT_NO_MAP(ENOENT, page, PROT_READ, MAP_SHARED, offset / self->handle * small);
	/* After FREE there is nothing to map */
	ASSERT_EQ(0, gomalloc_free(self->fd, self->handle));
	EXPECT_NO_MAP(ENOENT, page, PROT_READ, MAP_SHARED, offset);
}

/* It cannot have an object, but is told that there is none, not that it may not look */
TEST_F(map, a_descriptor_for_reading_maps_for_reading)
{
	int fd = open("/dev/gomalloc", O_RDONLY);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(MAP_FAILED, mmap64(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				     self->info.out_mmap_offset));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mmap64(NULL, page, PROT_READ, MAP_SHARED, fd,
				     self->info.out_mmap_offset));
	EXPECT_EQ(ENOENT, errno);
	close(fd);
}

TEST_F(map, what_is_freed_stays_while_it_is_mapped)
{
	struct gomalloc_ioc_stats before, after;
	unsigned char *p;
	__u32 other;
	int i;

	memset(self->p, 0x33, size);
	before = stats_of(self->fd);
	ASSERT_EQ(0, gomalloc_free(self->fd, self->handle));
	EXPECT_EQ(0, count_objects(self->fd));
	gomalloc_trim(self->fd, NULL);
	/* No other object gets these pages */
	for (i = 0; i < 20; i++) {
		other = new_object(self->fd, LENGTH);
		ASSERT_EQ(0, gomalloc_fill(self->fd, other, 0, LENGTH, 0xff));
	}
	EXPECT_TRUE(all_bytes(self->p, size, 0x33));
	after = stats_of(self->fd);
	EXPECT_LE(before.out_span_bytes + 20 * LENGTH, after.out_span_bytes);
	/* And then it goes, though the descriptor is open */
	ASSERT_EQ(0, munmap(self->p, size));
	gomalloc_trim(self->fd, NULL);
	EXPECT_EQ(after.out_span_bytes - size, stats_of(self->fd).out_span_bytes);
	p = map_object(self->fd, other, page, PROT_READ);
	EXPECT_NE(NULL, p);
	munmap(p, page);
}

TEST_F(map, a_mapping_outlives_the_descriptor)
{
	memset(self->p, 0x44, size);
	close(self->fd);
	self->fd = open_device();
	self->handle = new_object(self->fd, LENGTH);
	ASSERT_EQ(0, gomalloc_fill(self->fd, self->handle, 0, LENGTH, 0xff));
	EXPECT_TRUE(all_bytes(self->p, size, 0x44));
}

TEST_F(map, a_part_can_be_unmapped_and_the_rest_stays)
{
	const size_t first = pages / 4 * page, last = pages / 2 * page;

	memset(self->p, 0x55, size);
	ASSERT_EQ(0, gomalloc_free(self->fd, self->handle));
	/* The middle, then the head, then the tail */
	ASSERT_EQ(0, munmap(self->p + first, last - first));
	EXPECT_EQ(0x55, self->p[first - 1]);
	EXPECT_EQ(0x55, self->p[last]);
	ASSERT_EQ(0, munmap(self->p, first));
	EXPECT_EQ(0x55, self->p[last]);
	EXPECT_EQ(size, stats_of(self->fd).out_object_bytes);
	ASSERT_EQ(0, munmap(self->p + last, size - last));
	EXPECT_EQ(0, stats_of(self->fd).out_object_bytes);
}

/* Return: how a child ends that writes there */
static int status_of_write(unsigned char *p)
{
	pid_t pid = fork();

	if (!pid) {
		__atomic_store_n(p, 1, __ATOMIC_RELAXED);
		_exit(0);
	}
	return status_of(pid);
}

TEST_F(map, mprotect_protects)
{
	self->p[0] = 9;
	ASSERT_EQ(0, mprotect(self->p, page, PROT_READ));
	EXPECT_EQ(9, self->p[0]);
	EXPECT_EQ(SIGSEGV, WTERMSIG(status_of_write(self->p)));
	self->p[page] = 9;
	ASSERT_EQ(0, mprotect(self->p, page, PROT_READ | PROT_WRITE));
	self->p[0] = 10;
	EXPECT_EQ(10, read_byte(self->fd, self->handle, 0));
	EXPECT_ERRNO(EACCES, mprotect(self->p, page, PROT_READ | PROT_EXEC));
}

TEST_F(map, mremap_moves_and_does_not_grow)
{
	unsigned char *p, *there;

	memset(self->p, 0x66, size);
	EXPECT_EQ(MAP_FAILED, mremap(self->p, size, size + page, MREMAP_MAYMOVE));
	there = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, there);
	p = mremap(self->p, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, there);
	ASSERT_EQ(there, p);
	self->p = p;
	EXPECT_TRUE(all_bytes(p, size, 0x66));
	p[5] = 1;
	EXPECT_EQ(1, read_byte(self->fd, self->handle, 5));
	/* Freed, it stays at the new place; made smaller, too */
	ASSERT_EQ(0, gomalloc_free(self->fd, self->handle));
	EXPECT_EQ(p, mremap(p, size, page, 0));
	EXPECT_EQ(0x66, p[page - 1]);
}

TEST_F(map, a_forked_process_shares_it)
{
	pid_t pid;
	int bad;

	self->p[0] = 1;
	pid = fork();
	if (!pid) {
		bad = self->p[0] != 1;
		self->p[1] = 2;
		/* What the parent has freed, the child keeps */
		while (self->p[2] != 3)
			usleep(1000);
		usleep(20000);
		bad |= self->p[0] != 1;
		self->p[3] = 4;
		_exit(bad);
	}
	while (self->p[1] != 2)
		usleep(1000);
	ASSERT_EQ(0, gomalloc_free(self->fd, self->handle));
	self->p[2] = 3;
	EXPECT_EQ(0, status_of(pid));
	EXPECT_EQ(4, self->p[3]);
}

TEST_F(map, a_killed_process_takes_its_mappings_along)
{
	pid_t pid;

	ASSERT_EQ(0, munmap(self->p, size));
	pid = fork();
	if (!pid) {
		self->p = map_object(self->fd, self->handle, size, PROT_READ);
		if (!self->p || gomalloc_free(self->fd, self->handle))
			_exit(1);
		raise(SIGKILL);
	}
	EXPECT_TRUE(WIFSIGNALED(status_of(pid)));
	EXPECT_EQ(0, stats_of(self->fd).out_object_bytes);
}

TEST_F(map, a_mapped_object_is_not_resized)
{
	EXPECT_ERRNO(EBUSY, gomalloc_realloc(self->fd, self->handle, 2 * LENGTH));
	EXPECT_ERRNO(EBUSY, gomalloc_realloc(self->fd, self->handle, LENGTH - 1));
	ASSERT_EQ(0, munmap(self->p, page));
	EXPECT_ERRNO(EBUSY, gomalloc_realloc(self->fd, self->handle, 10));
	ASSERT_EQ(0, munmap(self->p, size));
	EXPECT_EQ(0, gomalloc_realloc(self->fd, self->handle, 2 * LENGTH));
}

TEST_F(map, a_mapping_can_be_read_and_written_through_the_kernel)
{
	unsigned char back[16];
	int fd;

	/* As data of another command, of a pipe, and as a debugger sees it */
	memset(self->p, 0x77, page);
	ASSERT_EQ(0, gomalloc_write(self->fd, self->handle, page, self->p, page));
	EXPECT_EQ(0x77, self->p[2 * page - 1]);
	fd = open("/proc/self/mem", O_RDWR);
	ASSERT_GE(fd, 0);
	if (pread64(fd, back, 16, (uintptr_t)self->p) != 16)
		SKIP(return, "this kernel shows no mapped device memory");
	EXPECT_EQ(0x77, back[15]);
	ASSERT_EQ(16, pread64(fd, back, 16, (uintptr_t)self->p + 3 * page));
	EXPECT_EQ(0, back[0]);
	back[0] = 5;
	ASSERT_EQ(1, pwrite64(fd, back, 1, (uintptr_t)self->p + 3 * page));
	EXPECT_EQ(5, self->p[3 * page]);
	close(fd);
}

TEST_F(map, descriptors_share_no_page)
{
	int fd = open_device();
	__u32 handle = new_object(fd, LENGTH);
	unsigned char *other;

	other = map_object(fd, handle, size, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, other);
	memset(self->p, 1, size);
	memset(other, 2, size);
	EXPECT_TRUE(all_bytes(self->p, size, 1));
	EXPECT_TRUE(all_bytes(other, size, 2));
	/* Not even by the same offset */
	EXPECT_EQ(self->handle, handle);
	munmap(other, size);
	close(fd);
}

struct mapper {
	int fd, errors, stop;
	__u32 handle;
};

static void *map_often(void *data)
{
	struct mapper *m = data;
	unsigned char *p;

	while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED)) {
		p = map_object(m->fd, __atomic_load_n(&m->handle, __ATOMIC_RELAXED),
			       page, PROT_READ | PROT_WRITE);
		if (!p) {
			if (errno != ENOENT && errno != EINVAL)
				m->errors = 1;
			continue;
		}
		p[0] = 1;
		if (p[0] != 1)
			m->errors = 1;
		munmap(p, page);
	}
	return NULL;
}

/* Nothing is to be seen of it but that nothing breaks */
TEST_F(map, mapping_races_with_freeing_and_resizing)
{
	struct mapper m = { .fd = self->fd };
	pthread_t thread[2];
	__u32 handle;
	int i, busy = 0;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, map_often, &m));
	for (i = 0; i < 1000; i++) {
		handle = new_object(self->fd, LENGTH);
		__atomic_store_n(&m.handle, handle, __ATOMIC_RELAXED);
		if (gomalloc_realloc(self->fd, handle, LENGTH / 2 + i * 99)) {
			ASSERT_EQ(EBUSY, errno);
			busy++;
		}
		ASSERT_EQ(0, gomalloc_free(self->fd, handle));
	}
	__atomic_store_n(&m.stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	EXPECT_EQ(0, m.errors);
	TH_LOG("%d of 1000 were busy", busy);
}

TEST_HARNESS_MAIN
