// SPDX-License-Identifier: GPL-2.0
/*
 * kunit - runs the suites that are linked, and prints KTAP
 *
 * What: one case after the other, each as in the kernel: what it allocates for itself
 *	goes with it; one that cannot go on is broken off. A warning of the kernel or
 *	a leak of a heap fails the case, unless the heap is one that is to leak.
 * Locks: the memory of a case has one.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <host/core.h>
#include <kunit/test.h>

/* The machine has so much memory */
#define MEMORY	(1UL << 30)

/* Suites of one layer make what they need by themselves */
#ifdef HOST_BELOW
#define WITH_CORE	false
#else
#define WITH_CORE	true
#endif

/* Whose the suites are */
struct module kunit_module = { .name = "gomalloc_kunit" };

static struct kunit_suite *suites;
static DEFINE_SPINLOCK(resources_lock);

/**
 * struct resource - memory of a case
 * @entry: in its list
 * @p: the memory
 */
struct resource {
	struct list_head	entry;
	void			*p;
};

void kunit_register(struct kunit_suite *suite)
{
	suite->next = suites;
	suites = suite;
}

void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct resource *r = kzalloc(sizeof(*r), gfp);

	if (!r)
		return NULL;
	r->p = kzalloc(size, gfp);
	spin_lock(&resources_lock);
	list_add(&r->entry, &test->resources);
	spin_unlock(&resources_lock);
	return r->p;
}

void kunit_kfree(struct kunit *test, const void *p)
{
	struct resource *r, *next;

	list_for_each_entry_safe(r, next, &test->resources, entry) {
		if (p && r->p != p)
			continue;
		list_del(&r->entry);
		kfree(r->p);
		kfree(r);
	}
}

void kunit_fail(struct kunit *test, const char *file, int line,
		const char *what, long long left, long long right)
{
	WRITE_ONCE(test->failed, true);
	host_printk('3', "%s: %s:%d: not %s: %lld, %lld\n", test->name, file, line,
		    what, left, right);
}

void kunit_abort(struct kunit *test)
{
	longjmp(*(jmp_buf *)test->abort, 1);
}

void kunit_mark(struct kunit *test, const char *why)
{
	test->skipped = why;
}

/* Part of a case, which may break off */
static bool part(struct kunit *test, void (*fn)(struct kunit *test))
{
	jmp_buf abort;

	test->abort = &abort;
	if (setjmp(abort))
		return false;
	fn(test);
	return true;
}

static struct kunit_suite *suite_now;

static void set_up(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, suite_now->init(test), 0);
}

static void run_case(struct kunit *test, struct kunit_case *c)
{
	int warnings = atomic_read(&host_warnings);

	INIT_LIST_HEAD(&test->resources);
	if (!suite_now->init || part(test, set_up))
		part(test, c->run_case);
	if (suite_now->exit)
		part(test, suite_now->exit);
	kunit_kfree(test, NULL);
	if (preempt_count() || irqs_disabled()) {
		pr_err("%s: preemption or interrupts are off\n", test->name);
		test->failed = true;
	}
	test->failed |= atomic_read(&host_warnings) != warnings;
}

/* Return: did all pass? */
static bool run_suite(struct kunit_suite *suite)
{
	struct kunit_case *c;
	unsigned int n = 0;
	bool ok = true;

	suite_now = suite;
	while (suite->test_cases[n].name)
		n++;
	printf("    KTAP version 1\n    # Subtest: %s\n    1..%u\n", suite->name, n);
	if (suite->suite_init && suite->suite_init(suite))
		return false;
	for (c = suite->test_cases; c->name; c++) {
		struct kunit test = { .name = c->name };

		run_case(&test, c);
		ok &= !test.failed;
		printf("    %s %zu %s%s%s\n", test.failed ? "not ok" : "ok",
		       c - suite->test_cases + 1, c->name,
		       test.skipped ? " # SKIP " : "", test.skipped ?: "");
		fflush(stdout);
	}
	if (suite->suite_exit)
		suite->suite_exit(suite);
	return ok;
}

/* By the words of the command line that are no options; or there are none */
static bool wanted(const struct kunit_suite *suite, char **words)
{
	if (!*words)
		return true;
	for (; *words; words++) {
		if (strstr(suite->name, *words))
			return true;
	}
	return false;
}

/* Return: did all suites pass that are wanted? */
static bool run_suites(char **words)
{
	struct kunit_suite *suite;
	unsigned int n = 0, nr = 0;
	bool ok, all = true;

	for (suite = suites; suite; suite = suite->next)
		nr += wanted(suite, words);
	printf("KTAP version 1\n1..%u\n", nr);
	for (suite = suites; suite; suite = suite->next) {
		if (!wanted(suite, words))
			continue;
		ok = run_suite(suite);
		all &= ok;
		printf("%s %u %s\n", ok ? "ok" : "not ok", ++n, suite->name);
	}
	return all;
}

/*
 * kunit [--init] [WORD]...: the suites whose name contains one of the words, or all; as
 * if booted with init_on_alloc=1 init_on_free=1
 */
int main(int argc, char **argv)
{
	bool ok;

	argv++;
	if (*argv && !strcmp(*argv, "--init")) {
		host_init_on_alloc = true;
		host_init_on_free = true;
		argv++;
	}
	host_start(MEMORY, true);
	if (WITH_CORE)
		host_core_init();
	ok = run_suites(argv);
	if (WITH_CORE)
		host_core_exit();
	if (host_pages_used()) {
		pr_err("%lu pages were not freed\n", host_pages_used());
		ok = false;
	}
	fflush(stdout);
	return !ok;
}
