// SPDX-License-Identifier: GPL-2.0
/*
 * trace - the tracepoints of all layers
 *
 * What: defines them, for whichever file has something to tell; and the key that
 *	sends calls the long way while somebody listens to allocations or frees.
 *	Built where the kernel has tracepoints.
 * Locks: none of its own; the kernel's for tracepoints and keys.
 * Owns: the key. It is code that the kernel patches, so there is one for all heaps.
 * Invariant: with init_on_free the key is on.
 */
#include <linux/jump_label.h>
#include <linux/mm.h>

#include "compat.h"
#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(trace_watch_key);

/* The first listener of an event has come. Return: 0. */
int trace_begin_watch(void)
{
	static_branch_inc(&trace_watch_key);
	return 0;
}

/* The last one of an event has gone */
void trace_end_watch(void)
{
	static_branch_dec(&trace_watch_key);
}

void trace_init(void)
{
	if (want_init_on_free())
		trace_begin_watch();
}

void trace_exit(void)
{
	if (want_init_on_free())
		trace_end_watch();
}
