// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays for a descriptor of /dev/gomalloc: the memory cgroup of the process
 * that opened it, until the last of it is closed.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "device.h"

#define MOUNT	"/tmp/cgroup"
#define GROUP	MOUNT "/gomalloc_test"
#define LIMIT (6 << 20) /* and 6M in words */

FIXTURE(cgroup) {
	int fd;
};

/* Make this process one of the group in a folder. Return: 0, or -1 */
#define join(_folder)	write_file(_folder "/cgroup.procs", "0")

/* Return: bytes of kernel memory that the group is charged for, or -1 */
static long kernel_bytes(void)
{
	FILE *stat = fopen(GROUP "/memory.stat", "r");
	char line[100];
	long bytes = -1;

	while (stat && bytes < 0 && fgets(line, sizeof(line), stat)) {
		if (sscanf(line, "kernel %ld", &bytes) != 1)
			bytes = -1;
	}
	if (stat)
		fclose(stat);
	return bytes;
}

FIXTURE_SETUP(cgroup)
{
	self->fd = -1;
	mkdir(MOUNT, 0700);
	umount2(MOUNT, MNT_DETACH);
	ASSERT_EQ(0, mount("none", MOUNT, "cgroup2", 0, NULL)) {
		TH_LOG("no cgroups of version 2");
	}
	ASSERT_EQ(0, write_file(MOUNT "/cgroup.subtree_control", "+memory"));
	rmdir(GROUP);
	ASSERT_EQ(0, mkdir(GROUP, 0700));
	ASSERT_EQ(0, write_file(GROUP "/memory.max", "6M"));
}

FIXTURE_TEARDOWN(cgroup)
{
	join(MOUNT);
	close(self->fd);
	rmdir(GROUP);
	umount2(MOUNT, MNT_DETACH);
}

/* Open the device as a process of the group, and be one no more */
static int open_in_group(void)
{
	int fd;

	if (join(GROUP))
		return -1;
	fd = gomalloc_open();
	if (join(MOUNT))
		return -1;
	return fd;
}

/* Fill it with objects of @length. Return: bytes of them, or -1 */
static long fill_with(int fd, __u32 length)
{
	__u32 handle;
	long bytes = 0;

	while (bytes <= 2 * LIMIT && !gomalloc_alloc(fd, length, 0, &handle))
		bytes += length;
	return errno == ENOMEM ? bytes : -1;
}

static long wait_for_kernel_bytes(long most)
{
	int i;

	/* The CPUs settle their accounts in the background */
	for (i = 0; i < 100 && kernel_bytes() > most; i++)
		usleep(100000);
	return kernel_bytes();
}

TEST_F(cgroup, the_group_of_the_opener_pays_and_its_limit_holds)
{
	static const __u32 lengths[] = { 1 << 20, 50000, 1000, 100 };
	long before = kernel_bytes(), bytes;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		self->fd = open_in_group();
		ASSERT_GE(self->fd, 0);
		bytes = fill_with(self->fd, lengths[i]);
		TH_LOG("%ld KiB in objects of %u, %ld KiB charged",
		       bytes >> 10, lengths[i], kernel_bytes() >> 10);
		/* They pay for their handles as well */
		EXPECT_GT(bytes, LIMIT / 2);
		EXPECT_LE(bytes, LIMIT);
		EXPECT_LE(kernel_bytes(), LIMIT);
		EXPECT_GT(kernel_bytes(), LIMIT / 10 * 8);
		close(self->fd);
		self->fd = -1;
		EXPECT_LE(wait_for_kernel_bytes(before + 300000),
			  before + 300000);
	}
}

/* An allocation that failed loses nothing: others can be freed and replaced */
TEST_F(cgroup, a_full_group_goes_on_when_something_is_freed)
{
	__u32 handle;
	int i;

	self->fd = open_in_group();
	ASSERT_GE(self->fd, 0);
	ASSERT_GT(fill_with(self->fd, 100000), 0);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, gomalloc_free(self->fd, 1 + i));
		ASSERT_EQ(0, gomalloc_alloc(self->fd, 100000, 0, &handle));
	}
}

TEST_HARNESS_MAIN
