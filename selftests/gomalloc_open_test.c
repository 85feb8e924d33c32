// SPDX-License-Identifier: GPL-2.0
/*
 * How many files of /dev/gomalloc may be open, in all and of one user.
 */
#include <sys/stat.h>

#include "device.h"

#define USER	1000
#define OTHER	1001
#define MOST	64

FIXTURE(bounds) {
	char all[PARAM_LEN], user[PARAM_LEN];
	struct stat stat;
};

FIXTURE_SETUP(bounds)
{
	ASSERT_EQ(0, stat(GOMALLOC_DEVICE, &self->stat));
	ASSERT_EQ(0, chmod(GOMALLOC_DEVICE, 0666));
	ASSERT_EQ(0, set_param("dev_max_open", "0", self->all));
	ASSERT_EQ(0, set_param("dev_max_open_user", "0", self->user));
}

FIXTURE_TEARDOWN(bounds)
{
	set_param("dev_max_open", self->all, NULL);
	set_param("dev_max_open_user", self->user, NULL);
	chmod(GOMALLOC_DEVICE, self->stat.st_mode & 0777);
}

static void bounds(const char *all, const char *user)
{
	if (set_param("dev_max_open", all, NULL) ||
	    set_param("dev_max_open_user", user, NULL))
		err(EXIT_FAILURE, "no such parameter");
}

/* Open it until it fails, or MOST times. Return: how often, with fds; errno in @why */
static int open_all(int *fds, int *why)
{
	int n;

	*why = 0;
	for (n = 0; n < MOST; n++) {
		fds[n] = gomalloc_open();
		if (fds[n] < 0) {
			*why = errno;
			break;
		}
	}
	return n;
}

static void close_all(const int *fds, int n)
{
	while (n--)
		close(fds[n]);
}

/* Does open() fail with @error after @n files? All are closed again. */
static int opens(int n, int error)
{
	int fds[MOST], why, got = open_all(fds, &why);

	close_all(fds, got);
	if (got == n && why == error)
		return 1;
	fprintf(stderr, "# %d files, errno %d\n", got, why);
	return 0;
}

/* The same as a user without capabilities. Does not return where it is the child. */
static int user_opens(uid_t uid, int n, int error)
{
	pid_t pid = fork();

	if (!pid)
		_exit(setuid(uid) || !opens(n, error));
	return !status_of(pid);
}

TEST_F(bounds, all_users_together_have_so_many_files)
{
	int fds[MOST], why;

	bounds("5", "0");
	ASSERT_EQ(5, open_all(fds, &why));
	EXPECT_EQ(ENFILE, why);
	EXPECT_TRUE(user_opens(USER, 0, ENFILE));
	close(fds[4]);
	EXPECT_TRUE(user_opens(USER, 1, ENFILE));
	close_all(fds, 4);
	EXPECT_TRUE(user_opens(USER, 5, ENFILE));
}

TEST_F(bounds, each_user_has_so_many_files)
{
	int ready[2], done[2];
	char byte = 0;
	pid_t pid;

	bounds("0", "3");
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(done));
	pid = fork();
	if (!pid) {
		int fds[MOST], why, bad = setuid(USER);

		bad |= open_all(fds, &why) != 3 || why != EMFILE;
		bad |= write(ready[1], &byte, 1) != 1;
		close(done[1]);
		bad |= read(done[0], &byte, 1) != 0;
		_exit(bad);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_TRUE(user_opens(USER, 0, EMFILE));
	EXPECT_TRUE(user_opens(OTHER, 3, EMFILE));
	close(done[1]);
	EXPECT_EQ(0, status_of(pid));
	EXPECT_TRUE(user_opens(USER, 3, EMFILE));
}

/* And not the effective one, which a program may change to and fro */
TEST_F(bounds, the_real_user_counts)
{
	pid_t pid;

	bounds("0", "3");
	pid = fork();
	if (!pid) {
		int fds[MOST], why, bad = setresuid(USER, OTHER, OTHER);

		bad |= open_all(fds, &why) != 3 || why != EMFILE;
		/* A file stays its opener's */
		bad |= setresuid(OTHER, OTHER, OTHER) || !opens(3, EMFILE);
		close_all(fds, 3);
		_exit(bad);
	}
	EXPECT_EQ(0, status_of(pid));
	EXPECT_TRUE(user_opens(USER, 3, EMFILE));
}

TEST_F(bounds, the_bound_of_a_user_is_none_with_a_capability)
{
	bounds("0", "3");
	EXPECT_TRUE(opens(MOST, 0));
	bounds("7", "3");
	EXPECT_TRUE(opens(7, ENFILE));
}

TEST_F(bounds, zero_is_no_bound)
{
	EXPECT_TRUE(user_opens(USER, MOST, 0));
}

TEST_F(bounds, a_new_bound_holds_for_what_is_opened_from_then_on)
{
	int fds[MOST], why;

	ASSERT_EQ(MOST, open_all(fds, &why));
	bounds("10", "0");
	/* Those that are open stay */
	EXPECT_EQ(0, stats_of(fds[MOST - 1]).out_objects);
	EXPECT_TRUE(opens(0, ENFILE));
	close_all(fds, MOST - 9);
	EXPECT_TRUE(opens(1, ENFILE));
	close_all(fds + MOST - 9, 9);
	EXPECT_TRUE(opens(10, ENFILE));
}

TEST_F(bounds, what_dup_makes_is_the_same_file)
{
	int fd, other;

	bounds("1", "0");
	fd = gomalloc_open();
	other = dup(fd);
	ASSERT_GE(other, 0);
	close(fd);
	EXPECT_TRUE(opens(0, ENFILE));
	close(other);
	EXPECT_TRUE(opens(1, ENFILE));
}

static void *open_and_close(void *unused)
{
	int i, fd;

	for (i = 0; i < 200; i++) {
		fd = gomalloc_open();
		if (fd < 0 && errno != EMFILE && errno != ENFILE)
			return "another errno";
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

/* As one that is often refused */
TEST_F_TIMEOUT(bounds, the_counts_are_exact_when_many_open_and_close, 300)
{
	pid_t pid[2];
	int i;

	bounds("5", "3");
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			pthread_t thread[4];
			void *wrong;
			int j, bad = setuid(USER + i);

			for (j = 0; j < 4; j++)
				bad |= pthread_create(&thread[j], NULL, open_and_close, NULL);
			for (j = 0; j < 4; j++)
				bad |= pthread_join(thread[j], &wrong) || wrong;
			_exit(bad);
		}
	}
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, status_of(pid[i]));
	EXPECT_TRUE(opens(5, ENFILE));
	EXPECT_TRUE(user_opens(USER, 3, EMFILE));
	EXPECT_TRUE(user_opens(OTHER, 3, EMFILE));
}

TEST_HARNESS_MAIN
