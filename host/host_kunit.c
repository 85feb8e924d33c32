// SPDX-License-Identifier: GPL-2.0
/*
 * host: the sanitizers know of objects, and who locks is asked. What must end the
 * program does so in a child.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kunit/test.h>

#include <linux/gomalloc.h>

/* Return: has the child been stopped? Without a fault it ends as it should. */
static bool is_stopped(void (*fault)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		fault();
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status;
}

/* From the start of an object that has another one before it */
static void write_at(size_t size, long offset, bool freed)
{
	volatile char *before = __gomalloc(size, GFP_KERNEL);
	volatile char *p = __gomalloc(size, GFP_KERNEL);

	before[0] = 1;
	/* The compiler is not to know how long it is */
	OPTIMIZER_HIDE_VAR(p);
	if (freed)
		gofree((void *)p);
	p[offset] = 1;
}

static void nothing(void)
{
	write_at(100, 99, false);
}

static void write_behind_small(void)
{
	write_at(100, 100, false);
}

/* Of a size that fills a slot: the next object does not follow at once */
static void write_behind_full(void)
{
	volatile char *p = __gomalloc(64, GFP_KERNEL);
	volatile char *q = __gomalloc(64, GFP_KERNEL);

	p = min(p, q);
	OPTIMIZER_HIDE_VAR(p);
	p[64] = 1;
}

static void write_before_small(void)
{
	write_at(100, -1, false);
}

static void write_behind_large(void)
{
	write_at(100000, 100000, false);
}

static void write_to_freed(void)
{
	write_at(100, 5, true);
}

static void accesses_beside_objects_are_seen(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, is_stopped(nothing));
	KUNIT_EXPECT_TRUE(test, is_stopped(write_behind_small));
	KUNIT_EXPECT_TRUE(test, is_stopped(write_behind_full));
	KUNIT_EXPECT_TRUE(test, is_stopped(write_before_small));
	KUNIT_EXPECT_TRUE(test, is_stopped(write_behind_large));
}

static void accesses_to_freed_objects_are_seen(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, is_stopped(write_to_freed));
}

static void assert_not_held(void)
{
	static DEFINE_RAW_SPINLOCK(lock);

	lockdep_assert_held(&lock);
}

static void sleep_with_preemption_off(void)
{
	preempt_disable();
	__gomalloc(100, GFP_KERNEL);
	synchronize_rcu();
}

static void assertions_are_checked(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, is_stopped(assert_not_held));
	KUNIT_EXPECT_TRUE(test, is_stopped(sleep_with_preemption_off));
}

static struct kunit_case host_cases[] = {
	KUNIT_CASE(accesses_beside_objects_are_seen),
	KUNIT_CASE(accesses_to_freed_objects_are_seen),
	KUNIT_CASE(assertions_are_checked),
	{}
};

static struct kunit_suite host_suite = {
	.name = "gomalloc_host",
	.test_cases = host_cases,
};

kunit_test_suite(host_suite);
