/* SPDX-License-Identifier: GPL-2.0 */
/*
 * context - what may be called where the caller is
 *
 * The slab and page allocators take locks that sleep on PREEMPT_RT, and that
 * lockdep looks for in such places on other kernels. A free has no flags to say
 * where it is, and so asks; a request says it by its flags, but for PREEMPT_RT.
 */
#ifndef _GOMALLOC_CONTEXT_H
#define _GOMALLOC_CONTEXT_H

#include <linux/kconfig.h>
#include <linux/preempt.h>

/*
 * May a free call the kernel's allocators? Only in a task that could be preempted;
 * where the kernel does not know that, never.
 */
static inline bool context_is_preemptible(void)
{
	return preemptible();
}

/* May a request call them, whose flags are right on other kernels? */
static inline bool context_may_alloc(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

#endif /* _GOMALLOC_CONTEXT_H */
