/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of depot.c: each stack once */
#ifndef _GOMALLOC_DEPOT_H
#define _GOMALLOC_DEPOT_H

#include <linux/types.h>

struct call_stack;

int depot_init(void);
u32 depot_save(struct call_stack *stack);
void depot_fetch(u32 handle, struct call_stack *stack);

#endif /* _GOMALLOC_DEPOT_H */
