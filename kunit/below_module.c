// SPDX-License-Identifier: GPL-2.0
/*
 * below_module - what each module needs that tests one layer and what is below
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Unit tests of one layer of gomalloc");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
