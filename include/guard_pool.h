/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of guard_pool.c: the pages of guarded objects */
#ifndef _GOMALLOC_GUARD_POOL_H
#define _GOMALLOC_GUARD_POOL_H

#include <linux/types.h>

struct guard;

struct guard *guard_pool_create(unsigned int nr, bool hides);
void guard_pool_destroy(struct guard *g);

#endif /* _GOMALLOC_GUARD_POOL_H */
