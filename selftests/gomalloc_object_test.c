// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of an object of /dev/gomalloc: REALLOC, FILL; and what can be
 * known of the device: VERSION, HEAPS, statistics of another heap.
 */
#include <sys/prctl.h>

#include "device.h"

TEST_F(dev, realloc_keeps_what_was_there_and_zeroes_the_rest)
{
	static const __u32 lengths[] = {
		1, 7, 15, 16, 112, 101, 112, 113, 5000, 32768, 32769, 36864, 36865,
		1 << 20, 40000, 500, 501, 9, 3, 4 << 20, 1,
	};
	unsigned char *back = malloc(4 << 20);
	struct gomalloc_ioc_stats stats;
	struct gomalloc_ioc_info info;
	__u32 handle, had = 0, i;

	ASSERT_NE(NULL, back);
	ASSERT_EQ(0, gomalloc_alloc(self->fd, 1, GOMALLOC_ALLOC_NOSCAN, &handle));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		__u32 kept = had < lengths[i] ? had : lengths[i];

		ASSERT_EQ(0, gomalloc_realloc(self->fd, handle, lengths[i]));
		info = info_of(self->fd, handle);
		EXPECT_EQ(lengths[i], info.out_length);
		EXPECT_LE(lengths[i], info.out_usable);
		ASSERT_EQ(0, gomalloc_read(self->fd, handle, 0, back, lengths[i]));
		EXPECT_TRUE(all_bytes(back, kept, 0x5a));
		EXPECT_TRUE(all_bytes(back + kept, lengths[i] - kept, 0));
		ASSERT_EQ(0, gomalloc_fill(self->fd, handle, 0, lengths[i], 0x5a));
		had = lengths[i];
	}
	stats = stats_of(self->fd);
	EXPECT_EQ(1, stats.out_objects);
	EXPECT_EQ(1, stats.out_requested_bytes);
	free(back);
}

TEST_F(dev, a_shorter_object_takes_less)
{
	__u32 handle = new_object(self->fd, 1 << 20);
	struct gomalloc_ioc_info info;

	ASSERT_EQ(0, gomalloc_realloc(self->fd, handle, 100));
	info = info_of(self->fd, handle);
	EXPECT_EQ(112, info.out_usable);
	EXPECT_EQ(GOMALLOC_KIND_SMALL, info.out_kind);
	EXPECT_EQ(0, info.out_mmap_offset);
}

TEST_F(dev, realloc_that_cannot_be_changes_nothing)
{
	char c = 'x', back = 0;
	__u32 handle;

	ASSERT_EQ(0, gomalloc_set_limit(self->fd, 1 << 20, 0));
	handle = new_object(self->fd, 600000);
	ASSERT_EQ(0, gomalloc_write(self->fd, handle, 599999, &c, 1));
	EXPECT_ERRNO(ENOSPC, gomalloc_realloc(self->fd, handle, 900000));
	EXPECT_ERRNO(EINVAL, gomalloc_realloc(self->fd, handle, 0));
	EXPECT_ERRNO(EINVAL, gomalloc_realloc(self->fd, handle, (4 << 20) + 1));
	EXPECT_ERRNO(ENOENT, gomalloc_realloc(self->fd, handle + 1, 10));
	EXPECT_EQ(600000, info_of(self->fd, handle).out_length);
	ASSERT_EQ(0, gomalloc_read(self->fd, handle, 599999, &back, 1));
	EXPECT_EQ('x', back);
	/* Where there is no place for less, less has its place */
	new_object(self->fd, 200000);
	EXPECT_EQ(0, gomalloc_realloc(self->fd, handle, 500000));
	EXPECT_EQ(500000, info_of(self->fd, handle).out_length);
}

TEST_F(dev, fill_sets_the_range_and_no_more)
{
	__u32 handle = new_object(self->fd, 1000);
	unsigned char back[1000];

	ASSERT_EQ(0, gomalloc_fill(self->fd, handle, 0, 1000, 1));
	ASSERT_EQ(0, gomalloc_fill(self->fd, handle, 100, 50, 255));
	ASSERT_EQ(0, gomalloc_read(self->fd, handle, 0, back, 1000));
	EXPECT_TRUE(all_bytes(back, 100, 1));
	EXPECT_TRUE(all_bytes(back + 100, 50, 255));
	EXPECT_TRUE(all_bytes(back + 150, 850, 1));
	EXPECT_EQ(0, gomalloc_fill(self->fd, handle, 1000, 0, 1));
	EXPECT_ERRNO(EINVAL, gomalloc_fill(self->fd, handle, 1000, 1, 1));
	EXPECT_ERRNO(EINVAL, COMMAND(self->fd, FILL, fill, .handle = handle, .offset = 1,
				     .length = UINT64_MAX));
	EXPECT_ERRNO(EINVAL,
		     COMMAND(self->fd, FILL, fill, .handle = handle, .length = 1, .value = 256));
	EXPECT_ERRNO(ENOENT, gomalloc_fill(self->fd, handle + 1, 0, 1, 1));
}

struct resizer {
	int fd, errors;
	__u32 handle;
};

static void *resize_often(void *data)
{
	struct resizer *r = data;
	int i;

	/* So long that they are being copied most of the time */
	for (i = 0; i < 300; i++)
		r->errors += !!gomalloc_realloc(r->fd, r->handle, 500000 + i * 40099 % 1000000);
	return NULL;
}

/* The first bytes are always there, whoever writes them or moves them */
TEST_F(dev, writes_are_not_lost_to_a_realloc)
{
	struct resizer r = { .fd = self->fd, .handle = new_object(self->fd, 64) };
	pthread_t thread;
	__u64 i, back;

	ASSERT_EQ(0, pthread_create(&thread, NULL, resize_often, &r));
	for (i = 1; i < 2000; i++) {
		ASSERT_EQ(0, gomalloc_write(self->fd, r.handle, 8, &i, 8));
		ASSERT_EQ(0, gomalloc_read(self->fd, r.handle, 8, &back, 8));
		ASSERT_EQ(i, back);
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, r.errors);
}

TEST_F(dev, version_tells_what_there_is)
{
	struct gomalloc_ioc_version arg;
	__u32 handle;

	ASSERT_EQ(0, gomalloc_version(self->fd, &arg));
	EXPECT_EQ(GOMALLOC_VERSION, arg.out_version);
	EXPECT_EQ(0x1f, arg.out_features);
	EXPECT_EQ(68, arg.out_nr_classes);
	EXPECT_EQ(sysconf(_SC_PAGESIZE), arg.out_page_size);
	EXPECT_EQ(32768, arg.out_max_small);
	EXPECT_EQ(0, gomalloc_alloc(self->fd, arg.out_max_length, 0, &handle));
	EXPECT_ERRNO(EINVAL, gomalloc_alloc(self->fd, arg.out_max_length + 1, 0, &handle));
}

TEST_F(dev, heaps_has_the_default_one_and_ours)
{
	struct gomalloc_ioc_stats stats;
	struct gomalloc_heap_row rows[20];
	char tail[20];
	int n;

	new_object(self->fd, 1 << 20);
	n = gomalloc_heaps(self->fd, rows, 20);
	ASSERT_GE(n, 2);
	ASSERT_LE(n, 20);
	EXPECT_STREQ("default", rows[0].name);
	EXPECT_STREQ("gomalloc", rows[0].owner);
	EXPECT_EQ(0, rows[0].flags);
	/* The youngest is ours */
	snprintf(tail, sizeof(tail), ":%d", getpid());
	EXPECT_NE(NULL, strstr(rows[n - 1].name, tail));
	EXPECT_EQ(GOMALLOC_HEAP_ROW_DEVICE, rows[n - 1].flags);
	EXPECT_GE(rows[n - 1].held_bytes, 1 << 20);
	/* The same by its number and as our own */
	ASSERT_EQ(0, gomalloc_stats(self->fd, rows[n - 1].id, &stats));
	EXPECT_EQ(1, stats.out_objects);
	EXPECT_EQ(rows[n - 1].held_bytes, stats.out_held_bytes);
	EXPECT_ERRNO(ENOENT, gomalloc_stats(self->fd, rows[n - 1].id + 1, &stats));
	EXPECT_EQ(n, gomalloc_heaps(self->fd, rows, 0));
	EXPECT_EQ(n, gomalloc_heaps(self->fd, rows, 1));
}

TEST_F(dev, the_name_of_a_process_cannot_confuse)
{
	struct gomalloc_heap_row rows[20];
	int fd, n;

	ASSERT_EQ(0, prctl(PR_SET_NAME, "a/b\n\xff c-1"));
	fd = open_device();
	n = gomalloc_heaps(fd, rows, 20);
	ASSERT_GE(n, 3);
	ASSERT_LE(n, 20);
	EXPECT_EQ(0, strncmp("a_b___c-1:", rows[n - 1].name, 10)) {
		TH_LOG("it is %s", rows[n - 1].name);
	}
	close(fd);
}

/* In a child, so that only that loses the capability */
TEST_F(dev, heaps_of_others_take_a_capability)
{
	struct gomalloc_ioc_stats stats;
	struct gomalloc_heap_row row;
	pid_t pid;

	EXPECT_EQ(68, gomalloc_class_stats(self->fd, 1, NULL, 0));
	EXPECT_EQ(0, gomalloc_stats(self->fd, 1, &stats));
	pid = fork();
	if (!pid) {
		if (setuid(65534))
			_exit(2);
		if (!gomalloc_stats(self->fd, 1, &stats) || errno != EPERM)
			_exit(3);
		if (gomalloc_class_stats(self->fd, 1, NULL, 0) >= 0 || errno != EPERM)
			_exit(4);
		if (gomalloc_heaps(self->fd, &row, 1) >= 0 || errno != EPERM)
			_exit(5);
		_exit(!!gomalloc_stats(self->fd, 0, &stats));
	}
	EXPECT_EQ(0, status_of(pid));
}

TEST_HARNESS_MAIN
