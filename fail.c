// SPDX-License-Identifier: GPL-2.0
/*
 * fail - requests that fail because somebody wants to see what comes of it
 *
 * What: the kernel's fault injection for objects of all heaps, as failslab is for
 *	those of slabs: /sys/kernel/debug/failgomalloc, and /proc/PID/fail-nth.
 * Locks: none of its own.
 */
#include <linux/debugfs.h>
#include <linux/slab.h>

#include "compat.h"
#include "fail.h"
#include "heap.h"

/* Return: 0, or -ENOMEM */
int fail_init(struct gomalloc_sys *sys)
{
	struct fail_state *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return -ENOMEM;
	state->attr = (struct fault_attr)FAULT_ATTR_INITIALIZER;
	state->dir = fault_create_debugfs_attr("failgomalloc", NULL,
					       &state->attr);
	sys->fail = state;
	return 0;
}

void fail_exit(struct gomalloc_sys *sys)
{
	/* Takes an error for what it is */
	debugfs_remove_recursive(sys->fail->dir);
	kfree(sys->fail);
}

bool fail_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) &&
	       should_fail(&heap->sys->fail->attr, size);
}
