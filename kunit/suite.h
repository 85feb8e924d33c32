/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suite - what every suite needs
 */
#ifndef _GOMALLOC_KUNIT_SUITE_H
#define _GOMALLOC_KUNIT_SUITE_H

#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "mheap.h"

/* @_pointer, without which the test does not go on */
#define got(_test, _pointer)						\
({									\
	typeof(_pointer) _got = (_pointer);				\
									\
	KUNIT_ASSERT_TRUE(_test, _got);					\
	_got;								\
})

/* Memory for the test alone, all zero */
static inline void *scratch(struct kunit *test, size_t size)
{
	return got(test, kunit_kzalloc(test, size, GFP_KERNEL));
}

/*
 * What a test looks at is what this CPU caches, and the mheap of its node. The
 * thread ends with the test; one that goes to other CPUs does so itself.
 */
static inline void stay_on_this_cpu(void)
{
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

/* The heap of this test, if its suite makes one */
static inline struct gomalloc_heap *test_heap(struct kunit *test)
{
	return test->priv;
}

/* Its pages on this CPU's node */
static inline struct mheap *test_mheap(struct kunit *test)
{
	return test_heap(test)->node[numa_mem_id()];
}

/**
 * TEST_SUITE() - a suite of the cases that follow
 * @_name: its name, without gomalloc_
 * @_fixture: members of &struct kunit_suite that set up and tear down
 */
#define TEST_SUITE(_name, _fixture, ...)				\
static struct kunit_case _name##_cases[] = { __VA_ARGS__, {} };		\
									\
static struct kunit_suite _name##_suite = {				\
	.name = "gomalloc_" #_name,					\
	.test_cases = _name##_cases,					\
	_fixture							\
};									\
									\
kunit_test_suite(_name##_suite)

/* For cases that need nothing set up */
#define NO_FIXTURE

#endif /* _GOMALLOC_KUNIT_SUITE_H */
