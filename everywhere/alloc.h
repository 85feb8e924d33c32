/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of alloc.c: what runs in the place of what allocates */
#ifndef _EVERYWHERE_ALLOC_H
#define _EVERYWHERE_ALLOC_H

#include <linux/jump_label.h>

struct gomalloc_heap;

DECLARE_STATIC_KEY_FALSE(alloc_serves);
extern struct gomalloc_heap *alloc_heap;

#endif /* _EVERYWHERE_ALLOC_H */
