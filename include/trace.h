/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of trace.c: the tracepoints, and whether calls are watched */
#ifndef _GOMALLOC_TRACE_H
#define _GOMALLOC_TRACE_H

#include <linux/jump_label.h>
#include <linux/mm.h>

#include <trace/events/gomalloc.h>

#include "compat.h"

#ifdef CONFIG_TRACEPOINTS
DECLARE_STATIC_KEY_FALSE(trace_watch_key);

void trace_init(void);
void trace_exit(void);

/*
 * Do calls take the long way, on which each is told with its caller? With
 * init_on_free they do in any case, so that the hot path asks one question and not
 * two: an instruction that does nothing while the answer is no. Kernels that are built
 * with memory allocation profiling have another one for that.
 */
static __always_inline bool trace_is_watched(void)
{
	return static_branch_unlikely(&trace_watch_key) || compat_profiling_is_on();
}
#else
static inline void trace_init(void)
{
}

static inline void trace_exit(void)
{
}

static __always_inline bool trace_is_watched(void)
{
	return want_init_on_free() || compat_profiling_is_on();
}
#endif

#endif /* _GOMALLOC_TRACE_H */
