// SPDX-License-Identifier: GPL-2.0
/*
 * fail - requests that fail because somebody wants to see what comes of it
 *
 * What: the kernel's fault injection for objects of all heaps, as failslab is for
 *	those of slabs: /sys/kernel/debug/failgomalloc, and /proc/PID/fail-nth.
 * Locks: none of its own.
 */
#include <linux/debugfs.h>

#include "compat.h"
#include "fail.h"
#include "heap.h"

void fail_init(struct fail_state *state)
{
	state->attr = (struct fault_attr)FAULT_ATTR_INITIALIZER;
	state->dir = fault_create_debugfs_attr("failgomalloc", NULL,
					       &state->attr);
}

void fail_exit(struct fail_state *state)
{
	/* Takes an error for what it is */
	debugfs_remove_recursive(state->dir);
}

bool fail_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) &&
	       should_fail(&heap->sys->fail.attr, size);
}
