// SPDX-License-Identifier: GPL-2.0
/*
 * Many objects of /dev/gomalloc in one call: what is done, and what is said to
 * be done.
 */
#include <signal.h>

#include "device.h"

#define MANY	1000

/* Lengths of all kinds of objects */
static void make_lengths(__u32 *lengths, unsigned int n)
{
	while (n--)
		lengths[n] = 1 + n * n * 7 % (n % 50 ? 2000 : 100000);
}

TEST_F(dev, a_batch_allocates_all_and_frees_all)
{
	__u32 lengths[MANY], handles[MANY], sorted = 1;
	int i;

	make_lengths(lengths, MANY);
	ASSERT_EQ(MANY, gomalloc_alloc_batch(self->fd, MANY, lengths, 0, handles));
	EXPECT_EQ(MANY, count_objects(self->fd));
	for (i = 0; i < MANY; i++) {
		EXPECT_EQ(lengths[i], info_of(self->fd, handles[i]).out_length);
		sorted &= !i || handles[i] != handles[i - 1];
	}
	EXPECT_EQ(1, sorted);
	EXPECT_EQ(MANY, gomalloc_free_batch(self->fd, MANY, handles));
	EXPECT_EQ(0, count_objects(self->fd));
	EXPECT_ERRNO(ENOENT, gomalloc_free_batch(self->fd, MANY, handles));
}

TEST_F(dev, a_batch_at_the_limit_says_how_many_it_allocated)
{
	__u32 lengths[100] = { [0 ... 99] = 100000 }, handles[100] = {};
	int i, done;

	ASSERT_EQ(0, gomalloc_set_limit(self->fd, 2 << 20, 0));
	done = gomalloc_alloc_batch(self->fd, 100, lengths, 0, handles);
	EXPECT_GT(done, 10);
	EXPECT_LT(done, 21);
	EXPECT_EQ(done, count_objects(self->fd));
	for (i = 0; i < 100; i++)
		EXPECT_EQ(i < done, handles[i] != 0);
	/* Asked for the rest, it says why */
	EXPECT_ERRNO(ENOSPC,
		     gomalloc_alloc_batch(self->fd, 100 - done, lengths + done, 0, handles + done));
	EXPECT_EQ(done, gomalloc_free_batch(self->fd, done, handles));
}

TEST_F(dev, a_batch_stops_at_a_length_that_cannot_be)
{
	__u32 lengths[70] = { [0 ... 69] = 10 }, handles[70];

	lengths[67] = 0;
	EXPECT_EQ(67, gomalloc_alloc_batch(self->fd, 70, lengths, 0, handles));
	EXPECT_ERRNO(EINVAL, gomalloc_alloc_batch(self->fd, 3, lengths + 67, 0, handles + 67));
	lengths[67] = (4 << 20) + 1;
	EXPECT_ERRNO(EINVAL, gomalloc_alloc_batch(self->fd, 3, lengths + 67, 0, handles + 67));
	EXPECT_EQ(67, count_objects(self->fd));
}

TEST_F(dev, a_batch_of_frees_stops_at_an_unknown_handle)
{
	__u32 lengths[100] = { [0 ... 99] = 64 }, handles[100], known;

	ASSERT_EQ(100, gomalloc_alloc_batch(self->fd, 100, lengths, 0, handles));
	known = handles[70];
	/* The one before it a second time */
	handles[70] = handles[69];
	EXPECT_EQ(70, gomalloc_free_batch(self->fd, 100, handles));
	EXPECT_EQ(30, count_objects(self->fd));
	EXPECT_ERRNO(ENOENT, gomalloc_free_batch(self->fd, 30, handles + 70));
	EXPECT_EQ(30, count_objects(self->fd));
	handles[70] = known;
	EXPECT_EQ(30, gomalloc_free_batch(self->fd, 30, handles + 70));
}

TEST_F(dev, bad_fields_of_a_batch_are_refused)
{
	__u32 length = 8, handle = 0;

	EXPECT_ERRNO(EOPNOTSUPP, gomalloc_alloc_batch(self->fd, 1, &length, 2, &handle));
	EXPECT_ERRNO(EINVAL, gomalloc_alloc_batch(self->fd, 0, &length, 0, &handle));
	EXPECT_ERRNO(EINVAL, gomalloc_free_batch(self->fd, 0, &handle));
	EXPECT_ERRNO(EINVAL, COMMAND(self->fd, FREE_BATCH, free_batch, .nr = 1,
				     .handles = (uintptr_t)&handle, .__reserved = 1));
	EXPECT_EQ(1, gomalloc_alloc_batch(self->fd, 1, &length, GOMALLOC_ALLOC_NOSCAN, &handle));
	EXPECT_EQ(1, gomalloc_free_batch(self->fd, 1, &handle));
}

/* The arrays end before the batch does: so does what is done */
TEST_F(dev, an_array_that_ends_early_ends_the_batch)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	__u32 good[400], *lengths, *handles, i;
	char *pages;

	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, mprotect(pages + page, page, PROT_NONE));
	lengths = (__u32 *)(pages + page) - 200;
	for (i = 0; i < 200; i++)
		lengths[i] = 32;
	/* In whole chunks, whose size is not ours to know */
	i = gomalloc_alloc_batch(self->fd, 400, lengths, 0, good);
	EXPECT_GE(i, 100);
	EXPECT_LE(i, 200);
	EXPECT_EQ(i, count_objects(self->fd));
	EXPECT_ERRNO(EFAULT, gomalloc_alloc_batch(self->fd, 100, lengths + 200, 0, good));
	EXPECT_EQ(i, gomalloc_free_batch(self->fd, i, good));

	/* What cannot be told is not left behind */
	for (i = 0; i < 400; i++)
		good[i] = 32;
	handles = lengths;
	i = gomalloc_alloc_batch(self->fd, 400, good, 0, handles);
	EXPECT_LE(i, 200);
	EXPECT_EQ(i, count_objects(self->fd));
	EXPECT_EQ(i, gomalloc_free_batch(self->fd, i, handles));
	EXPECT_ERRNO(EFAULT, gomalloc_alloc_batch(self->fd, 10, good, 0, handles + 200));
	EXPECT_EQ(0, count_objects(self->fd));
}

/* A struct that cannot be written is noticed before anything is freed */
TEST_F(dev, a_batch_that_cannot_answer_does_nothing)
{
	__u32 length = 8, handle = new_object(self->fd, 8);
	struct {
		struct gomalloc_ioc_free_batch free;
		struct gomalloc_ioc_alloc_batch alloc;
	} *page = new_page(PROT_READ | PROT_WRITE);

	ASSERT_NE(MAP_FAILED, page);
	page->free.size = sizeof(page->free);
	page->free.nr = 1;
	page->free.handles = (uintptr_t)&handle;
	page->alloc.size = sizeof(page->alloc);
	page->alloc.nr = 1;
	page->alloc.lengths = (uintptr_t)&length;
	page->alloc.handles = (uintptr_t)&handle;
	ASSERT_EQ(0, mprotect(page, sysconf(_SC_PAGESIZE), PROT_READ));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, GOMALLOC_IOC_FREE_BATCH, &page->free));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, GOMALLOC_IOC_ALLOC_BATCH, &page->alloc));
	EXPECT_EQ(1, count_objects(self->fd));
	EXPECT_EQ(0, gomalloc_free(self->fd, handle));
}

static void ignore(int signal)
{
}

/* A batch that takes long ends when its process gets a signal */
TEST_F(dev, a_signal_ends_a_batch)
{
	const __u32 nr = 400000;
	struct sigaction action = { .sa_handler = ignore };
	__u32 *lengths = calloc(nr, 4), *handles = calloc(nr, 4);
	pid_t child, parent = getpid();
	int done;
	__u32 i;

	ASSERT_TRUE(lengths && handles);
	for (i = 0; i < nr; i++)
		lengths[i] = 8;
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	child = fork();
	if (!child) {
		while (!kill(parent, SIGUSR1))
			usleep(1000);
		_exit(0);
	}
	done = gomalloc_alloc_batch(self->fd, nr, lengths, 0, handles);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	if (done < 0) {
		EXPECT_EQ(EINTR, errno);
		done = 0;
	}
	EXPECT_LT(done, nr);
	EXPECT_EQ(done, count_objects(self->fd));
	for (i = 0; i < (__u32)done;)
		i += gomalloc_free_batch(self->fd, done - i, handles + i);
	EXPECT_EQ(0, count_objects(self->fd));
	free(lengths);
	free(handles);
}

TEST_HARNESS_MAIN
