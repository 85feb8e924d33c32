/* SPDX-License-Identifier: GPL-2.0 */
/* call_stack - where something was done: types only */
#ifndef _GOMALLOC_CALL_STACK_H
#define _GOMALLOC_CALL_STACK_H

#include <linux/types.h>

/* Deep enough to get from an interrupt, through us, to a caller's caller */
#define STACK_DEPTH	20

/**
 * struct call_stack - where something was done; all [const] once it is noted
 * @when: in jiffies
 * @pid: the task, or the one that was interrupted
 * @cpu: the CPU
 * @nr: length of @entry; 0: nothing was noted, or the kernel cannot tell
 * @entry: return addresses, innermost first
 */
struct call_stack {
	unsigned long	when;
	int		pid;
	unsigned int	cpu;
	unsigned int	nr;
	unsigned long	entry[STACK_DEPTH];
};

/**
 * struct stack_pair - what an object has behind it; none where nothing is known
 * @allocated: who allocated it
 * @freed: who freed it
 */
struct stack_pair {
	struct call_stack	allocated;
	struct call_stack	freed;
};

#endif /* _GOMALLOC_CALL_STACK_H */
