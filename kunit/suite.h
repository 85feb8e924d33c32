/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suite - what every suite needs
 */
#ifndef _GOMALLOC_KUNIT_SUITE_H
#define _GOMALLOC_KUNIT_SUITE_H

#include <kunit/test.h>

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
