// SPDX-License-Identifier: GPL-2.0
/*
 * What /dev/gomalloc promises: each command's success, the errno contract, the
 * extensible structs, and that descriptors are apart.
 */
#include "device.h"

TEST_F(dev, each_size_is_what_info_says)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const struct {
		__u64 length, usable;
		__u32 flags, kind, class;
	} cases[] = {
		{ 1, 1, GOMALLOC_ALLOC_NOSCAN, GOMALLOC_KIND_TINY, 2 },
		{ 15, 15, GOMALLOC_ALLOC_NOSCAN, GOMALLOC_KIND_TINY, 2 },
		{ 16, 16, GOMALLOC_ALLOC_NOSCAN, GOMALLOC_KIND_SMALL, 2 },
		{ 1, 8, 0, GOMALLOC_KIND_SMALL, 1 },
		{ 100, 112, 0, GOMALLOC_KIND_SMALL, 9 },
		{ 1024, 1024, 0, GOMALLOC_KIND_SMALL, 32 },
		{ 1025, 1152, 0, GOMALLOC_KIND_SMALL, 33 },
		{ 32768, 32768, 0, GOMALLOC_KIND_SMALL, 67 },
		{ 32769, (32768 / page + 1) * page, 0, GOMALLOC_KIND_LARGE, 0 },
		{ 4 << 20, 4 << 20, 0, GOMALLOC_KIND_LARGE, 0 },
	};
	struct gomalloc_ioc_info info;
	__u32 handle;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, gomalloc_alloc(self->fd, cases[i].length, cases[i].flags, &handle));
		ASSERT_NE(0, handle);
		info = info_of(self->fd, handle);
		EXPECT_EQ(cases[i].length, info.out_length);
		EXPECT_EQ(cases[i].usable, info.out_usable);
		EXPECT_EQ(cases[i].kind, info.out_kind);
		EXPECT_EQ(cases[i].class, info.out_class);
		EXPECT_EQ(cases[i].flags, info.out_flags);
		EXPECT_EQ(0, gomalloc_free(self->fd, handle));
	}
}

TEST_F(dev, what_is_written_is_read)
{
	static const size_t sizes[] = { 1, 7, 16, 1000, 40000, 1 << 20 };
	static unsigned char out[1 << 20], back[1 << 20];
	__u32 handle;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < sizes[i]; j++)
			out[j] = j * 7 + i;
		handle = new_object(self->fd, sizes[i]);
		ASSERT_EQ(0, gomalloc_write(self->fd, handle, 0, out, sizes[i]));
		ASSERT_EQ(0, gomalloc_read(self->fd, handle, 0, back, sizes[i]));
		EXPECT_EQ(0, memcmp(out, back, sizes[i]));
		/* A part of it, at an offset */
		ASSERT_EQ(0, gomalloc_read(self->fd, handle, sizes[i] / 2, back,
					   sizes[i] - sizes[i] / 2));
		EXPECT_EQ(0, memcmp(out + sizes[i] / 2, back, sizes[i] - sizes[i] / 2));
	}
}

TEST_F(dev, new_objects_are_zero_even_where_others_were)
{
	static const size_t sizes[] = { 3, 64, 5000, 100000 };
	static unsigned char data[100000];
	__u32 handle;
	size_t i, round;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (round = 0; round < 20; round++) {
			ASSERT_EQ(0, gomalloc_alloc(self->fd, sizes[i], GOMALLOC_ALLOC_NOSCAN,
						    &handle));
			ASSERT_EQ(0, gomalloc_read(self->fd, handle, 0, data, sizes[i]));
			ASSERT_TRUE(all_bytes(data, sizes[i], 0));
			memset(data, 0xff, sizes[i]);
			ASSERT_EQ(0, gomalloc_write(self->fd, handle, 0, data, sizes[i]));
			ASSERT_EQ(0, gomalloc_free(self->fd, handle));
		}
	}
}

TEST_F(dev, a_range_outside_the_object_is_refused)
{
	__u32 handle = new_object(self->fd, 100);
	char data[200] = {};

	EXPECT_EQ(0, gomalloc_read(self->fd, handle, 100, data, 0));
	EXPECT_ERRNO(EINVAL, gomalloc_read(self->fd, handle, 0, data, 101));
	EXPECT_ERRNO(EINVAL, gomalloc_write(self->fd, handle, 101, data, 0));
	EXPECT_ERRNO(EINVAL, gomalloc_write(self->fd, handle, 99, data, 2));
	EXPECT_ERRNO(EINVAL, COMMAND(self->fd, WRITE, copy, .handle = handle, .offset = 1,
				     .data = (uintptr_t)data, .length = UINT64_MAX));
	EXPECT_ERRNO(EINVAL, COMMAND(self->fd, READ, copy, .handle = handle, .offset = UINT64_MAX,
				     .data = (uintptr_t)data, .length = 1));
}

TEST_F(dev, unknown_commands_are_not_ours)
{
	struct gomalloc_ioc_free arg = { .size = sizeof(arg) };

	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO(GOMALLOC_TYPE, 0xff), &arg));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO(GOMALLOC_TYPE, 0x0f), &arg));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO('j', 0x00), &arg));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IOW(GOMALLOC_TYPE, 0x01, int), &arg));
}

TEST_F(dev, unknown_handles_do_not_exist)
{
	struct gomalloc_ioc_info info;
	__u32 handle;
	char c = 0;

	EXPECT_ERRNO(ENOENT, gomalloc_free(self->fd, 0));
	EXPECT_ERRNO(ENOENT, gomalloc_free(self->fd, 12345));
	EXPECT_ERRNO(ENOENT, gomalloc_free(self->fd, UINT32_MAX));
	EXPECT_ERRNO(ENOENT, gomalloc_info(self->fd, 1, &info));
	EXPECT_ERRNO(ENOENT, gomalloc_read(self->fd, 1, 0, &c, 1));
	/* A second free */
	handle = new_object(self->fd, 8);
	EXPECT_EQ(0, gomalloc_free(self->fd, handle));
	EXPECT_ERRNO(ENOENT, gomalloc_free(self->fd, handle));
}

TEST_F(dev, bad_fields_and_flags_are_refused)
{
	__u32 handle;

	EXPECT_ERRNO(EINVAL, gomalloc_alloc(self->fd, 0, 0, &handle));
	EXPECT_ERRNO(EINVAL, gomalloc_alloc(self->fd, (4 << 20) + 1, 0, &handle));
	EXPECT_ERRNO(EINVAL, COMMAND(self->fd, ALLOC, alloc, .length = UINT64_MAX));
	EXPECT_ERRNO(EOPNOTSUPP, gomalloc_alloc(self->fd, 8, 2, &handle));
	EXPECT_ERRNO(EOPNOTSUPP, gomalloc_alloc(self->fd, 8, 1U << 31, &handle));
	EXPECT_ERRNO(EINVAL, COMMAND(self->fd, ALLOC, alloc, .length = 8, .__reserved = 1));
}

TEST_F(dev, bad_addresses_fault)
{
	__u32 handle = new_object(self->fd, 100);
	unsigned int nr;

	for (nr = GOMALLOC_CMD_ALLOC; nr <= GOMALLOC_CMD_HEAPS; nr++) {
		EXPECT_ERRNO(EFAULT, ioctl(self->fd, _IO(GOMALLOC_TYPE, nr), NULL));
		EXPECT_ERRNO(EFAULT, ioctl(self->fd, _IO(GOMALLOC_TYPE, nr), new_page(PROT_NONE)));
	}
	EXPECT_ERRNO(EFAULT, gomalloc_read(self->fd, handle, 0, new_page(PROT_NONE), 100));
	EXPECT_ERRNO(EFAULT, gomalloc_write(self->fd, handle, 0, (void *)-4096L, 100));
	EXPECT_EQ(1, count_objects(self->fd));
}

/* A handle that the program could not be told is not left behind */
TEST_F(dev, an_allocation_that_cannot_be_told_is_undone)
{
	struct gomalloc_ioc_alloc *arg = new_page(PROT_READ | PROT_WRITE);

	ASSERT_NE(MAP_FAILED, arg);
	arg->size = sizeof(*arg);
	arg->length = 64;
	ASSERT_EQ(0, mprotect(arg, sysconf(_SC_PAGESIZE), PROT_READ));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, GOMALLOC_IOC_ALLOC, arg));
	EXPECT_EQ(0, count_objects(self->fd));
}

/* Too short; longer with zeroes; longer with something there */
TEST_F(dev, structs_may_grow)
{
#define CMD(_cmd, _struct, _last)					\
	{ GOMALLOC_IOC_##_cmd, sizeof(struct gomalloc_ioc_##_struct),	\
	  offsetof(struct gomalloc_ioc_##_struct, _last) +		\
	  sizeof(((struct gomalloc_ioc_##_struct *)0)->_last) }
	static const struct {
		unsigned long cmd;
		unsigned int size, first;	/* now, and in the first version */
	} cmds[] = {
		CMD(ALLOC, alloc, __reserved),
		CMD(FREE, free, handle),
		CMD(READ, copy, data),
		CMD(WRITE, copy, data),
		CMD(INFO, info, __reserved),
		CMD(STATS, stats, out_limit_bytes),
		CMD(CLASS_STATS, class_stats, rows),
		CMD(SET_LIMIT, set_limit, soft_limit_bytes),
		CMD(TRIM, trim, out_bytes),
		CMD(ALLOC_BATCH, alloc_batch, handles),
		CMD(FREE_BATCH, free_batch, handles),
		CMD(REALLOC, realloc, out_mmap_offset),
		CMD(FILL, fill, __reserved),
		CMD(VERSION, version, out_page_size),
		CMD(HEAPS, heaps, rows),
	};
	union {
		__u32 size;
		char bytes[1 << 17];
	} u;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		memset(&u, 0, sizeof(u));
		u.size = cmds[i].first - 1;
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, cmds[i].cmd, &u));
		u.size = 3;
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, cmds[i].cmd, &u));
		u.size = 0;
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, cmds[i].cmd, &u));
		u.size = cmds[i].size + 1;
		u.bytes[cmds[i].size] = 1;
		EXPECT_ERRNO(E2BIG, ioctl(self->fd, cmds[i].cmd, &u));
		u.bytes[cmds[i].size] = 0;
		/* All zeroes, and more than a page of them */
		u.size = sysconf(_SC_PAGESIZE) + 1;
		EXPECT_ERRNO(E2BIG, ioctl(self->fd, cmds[i].cmd, &u));
		/* As before the command itself has its say */
		u.size = cmds[i].size + 1;
		if (ioctl(self->fd, cmds[i].cmd, &u))
			EXPECT_TRUE(errno == EINVAL || errno == ENOENT);
	}
}

TEST_F(dev, statistics_add_up)
{
	struct gomalloc_class_row rows[68];
	struct gomalloc_ioc_stats stats;
	__u64 objects = 0, spans = 0;
	__u32 handle[30];
	int i;

	for (i = 0; i < 30; i++)
		handle[i] = new_object(self->fd, 100 + i * 1000);
	stats = stats_of(self->fd);
	EXPECT_EQ(30, stats.out_objects);
	EXPECT_EQ(30 * 100 + 435 * 1000, stats.out_requested_bytes);
	EXPECT_LE(stats.out_requested_bytes, stats.out_object_bytes);
	EXPECT_LE(stats.out_object_bytes, stats.out_span_bytes);
	EXPECT_LE(stats.out_span_bytes, stats.out_held_bytes);
	EXPECT_LE(stats.out_held_bytes, stats.out_limit_bytes);

	ASSERT_EQ(68, gomalloc_class_stats(self->fd, 0, rows, 68));
	for (i = 0; i < 68; i++) {
		objects += rows[i].objects;
		spans += rows[i].spans;
	}
	EXPECT_EQ(30, objects);
	EXPECT_EQ(stats.out_spans, spans);
	EXPECT_EQ(112, rows[9].object_size);
	EXPECT_EQ(1, rows[9].objects);

	for (i = 0; i < 30; i++)
		ASSERT_EQ(0, gomalloc_free(self->fd, handle[i]));
	stats = stats_of(self->fd);
	EXPECT_EQ(0, stats.out_objects);
	EXPECT_EQ(0, stats.out_requested_bytes);
	EXPECT_EQ(0, stats.out_object_bytes);
}

TEST_F(dev, rows_may_be_longer_or_shorter)
{
	struct { struct gomalloc_class_row row; __u64 more; } rows[2];
	__u64 sizes[3] = {};
	struct gomalloc_ioc_class_stats arg = {
		.size = sizeof(arg),
		.row_size = sizeof(rows[0]),
		.nr_rows = 2,
		.rows = (uintptr_t)rows,
	};

	memset(rows, 0xff, sizeof(rows));
	ASSERT_EQ(0, ioctl(self->fd, GOMALLOC_IOC_CLASS_STATS, &arg));
	EXPECT_EQ(8, rows[1].row.object_size);
	EXPECT_EQ(0, rows[1].more);
	arg.row_size = 8;
	arg.nr_rows = 3;
	arg.rows = (uintptr_t)sizes;
	ASSERT_EQ(0, ioctl(self->fd, GOMALLOC_IOC_CLASS_STATS, &arg));
	EXPECT_EQ(16, sizes[2]);
	arg.row_size = 7;
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, GOMALLOC_IOC_CLASS_STATS, &arg));
}

TEST_F(dev, descriptors_do_not_know_each_other)
{
	__u32 handle = new_object(self->fd, 64);
	struct gomalloc_ioc_info info;
	int other = open_device();

	EXPECT_ERRNO(ENOENT, gomalloc_info(other, handle, &info));
	EXPECT_ERRNO(ENOENT, gomalloc_free(other, handle));
	EXPECT_EQ(0, count_objects(other));
	close(other);
	EXPECT_EQ(0, gomalloc_free(self->fd, handle));
}

struct worker {
	int fd;
	unsigned int seed;
	int errors;
};

static void *hammer(void *data)
{
	struct worker *w = data;
	__u32 handle[16] = {}, length;
	char stamp, back;
	int i, at;

	for (i = 0; i < 3000; i++) {
		at = rand_r(&w->seed) % 16;
		stamp = at;
		if (!handle[at]) {
			length = 1 + rand_r(&w->seed) % (i % 10 ? 300 : 50000);
			w->errors += !!gomalloc_alloc(w->fd, length, i & 1, &handle[at]);
			w->errors += !!gomalloc_write(w->fd, handle[at], 0, &stamp, 1);
			continue;
		}
		w->errors += !!gomalloc_read(w->fd, handle[at], 0, &back, 1);
		w->errors += back != stamp;
		w->errors += !!gomalloc_free(w->fd, handle[at]);
		handle[at] = 0;
	}
	for (i = 0; i < 16; i++) {
		if (handle[i])
			w->errors += !!gomalloc_free(w->fd, handle[i]);
	}
	return NULL;
}

TEST_F_TIMEOUT(dev, threads_share_a_descriptor, 300)
{
	struct worker w[4];
	pthread_t thread[4];
	int i;

	for (i = 0; i < 4; i++) {
		w[i] = (struct worker){ .fd = self->fd, .seed = i };
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, hammer, &w[i]));
	}
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		EXPECT_EQ(0, w[i].errors);
	}
	EXPECT_EQ(0, count_objects(self->fd));
}

/* What a killed process leaves is freed; the harness looks for leaks */
TEST_F(dev, a_killed_process_leaves_nothing)
{
	__u32 handle;
	int fd, i;
	pid_t pid;

	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		fd = gomalloc_open();
		for (i = 0; i < 500; i++)
			gomalloc_alloc(fd, 1 + i * 50, i & 1, &handle);
		raise(SIGKILL);
	}
	EXPECT_TRUE(WIFSIGNALED(status_of(pid)));
}

TEST_HARNESS_MAIN
