// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc top on a terminal, with somebody at its keys.
 */
#include <poll.h>
#include <pty.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "device.h"

FIXTURE(top) {
	int terminal;
	pid_t pid;
	size_t at;
	char text[65536];
};

typedef FIXTURE_DATA(top) top_t;

FIXTURE_SETUP(top)
{
	struct winsize size = { .ws_row = 30, .ws_col = 100 };

	mkdir("/dev/pts", 0755);
	mount("devpts", "/dev/pts", "devpts", 0, NULL);
	self->pid = forkpty(&self->terminal, NULL, NULL, &size);
	ASSERT_GE(self->pid, 0);
	if (!self->pid) {
		execl("/gomalloc/gomalloc", "gomalloc", "top", "-d", "1", NULL);
		_exit(127);
	}
}

FIXTURE_TEARDOWN(top)
{
	kill(self->pid, SIGKILL);
	waitpid(self->pid, NULL, 0);
	close(self->terminal);
	umount("/dev/pts");
}

/* What it has drawn last, or draws now */
static const char *last_drawing(const char *text)
{
	const char *from = text, *next;

	while ((next = strstr(from, "\033[H")))
		from = next + 1;
	return from;
}

/* Of a drawing that is whole: the keys are its last line */
static int says(const char *drawing, const char *words, const char *but_not)
{
	return strstr(drawing, "sort heaps") && strstr(drawing, words) &&
	       !(but_not && strstr(drawing, but_not));
}

/* Less than what the harness has for a test; a machine may stand still */
#define PATIENCE_S	20

/*
 * Read on until a drawing says the words, and not the others: one of before the
 * key was pressed may come first.
 * Return: 0, or -1: none does.
 */
static int wait_for_drawing(top_t *self, const char *words, const char *but_not)
{
	struct pollfd in = { .fd = self->terminal, .events = POLLIN };
	time_t end = time(NULL) + PATIENCE_S;
	ssize_t n;

	self->at = 0;
	while (time(NULL) < end && self->at < sizeof(self->text) - 1) {
		if (poll(&in, 1, 100) <= 0)
			continue;
		n = read(self->terminal, self->text + self->at,
			 sizeof(self->text) - 1 - self->at);
		if (n <= 0)
			return -1;
		self->at += n;
		self->text[self->at] = 0;
		if (says(last_drawing(self->text), words, but_not))
			return 0;
	}
	return -1;
}

static int wait_for(top_t *self, const char *words)
{
	return wait_for_drawing(self, words, NULL);
}

static int press(top_t *self, char key)
{
	return write(self->terminal, &key, 1) == 1 ? 0 : -1;
}

/* Of the two heaps that there are the one that is drawn whole */
static int default_is_chosen(const top_t *self)
{
	return !!strstr(last_drawing(self->text), "heap 1, default");
}

/* In one piece, as by who types fast; the second shows that the first was read, too */
static int press_both(top_t *self, const char *keys, const char *words)
{
	return write(self->terminal, keys, 2) == 2 ? wait_for(self, words) : -1;
}

TEST_F(top, keys_sort_and_choose_and_quit)
{
	int after_next;

	ASSERT_EQ(0, wait_for(self, "CPUs; by bytes"));
	EXPECT_NE(NULL, strstr(self->text, "\033[H"));
	ASSERT_EQ(0, press(self, 's'));
	EXPECT_EQ(0, wait_for(self, "CPUs; by objects"));
	ASSERT_EQ(0, press(self, 's'));
	EXPECT_EQ(0, wait_for(self, "CPUs; by waste"));
	ASSERT_EQ(0, press_both(self, "ns", "CPUs; by change"));
	after_next = default_is_chosen(self);
	ASSERT_EQ(0, press_both(self, "ps", "CPUs; by bytes"));
	EXPECT_NE(after_next, default_is_chosen(self));
	ASSERT_EQ(0, press(self, 'q'));
	EXPECT_EQ(0, status_of(self->pid));
}

/* A heap alone, all of them again, in another order; its CPUs */
TEST_F(top, keys_descend_and_ascend)
{
	ASSERT_EQ(0, wait_for(self, "by bytes held"));
	ASSERT_EQ(0, press(self, 'h'));
	EXPECT_EQ(0, wait_for(self, "; by change"));
	EXPECT_NE(NULL, strstr(self->text, "heaps hold"));
	ASSERT_EQ(0, press(self, '\n'));
	EXPECT_EQ(0, wait_for_drawing(self, "all heaps", "heaps hold"));
	ASSERT_EQ(3, write(self->terminal, "\033[D", 3));
	EXPECT_EQ(0, wait_for(self, "heaps hold"));
	ASSERT_EQ(0, press(self, 'c'));
	EXPECT_EQ(0, wait_for(self, "by CPU"));
	ASSERT_EQ(0, press(self, 'c'));
	EXPECT_EQ(0, wait_for(self, "class  bytes"));
	ASSERT_EQ(0, press(self, 'q'));
	EXPECT_EQ(0, status_of(self->pid));
}

/* It draws again of itself, and a signal leaves the terminal as it was */
TEST_F(top, it_goes_on_until_it_is_told)
{
	struct termios settings;
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, wait_for(self, "heaps hold"));
	ASSERT_EQ(0, tcgetattr(self->terminal, &settings));
	EXPECT_EQ(0, settings.c_lflag & ECHO);
	ASSERT_EQ(0, kill(self->pid, SIGTERM));
	ASSERT_NE(-1, status_of(self->pid));
	ASSERT_EQ(0, tcgetattr(self->terminal, &settings));
	EXPECT_NE(0, settings.c_lflag & ECHO);
}

TEST_HARNESS_MAIN
