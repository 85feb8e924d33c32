/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of guard_probe.c: faults of guarded objects */
#ifndef _GOMALLOC_GUARD_PROBE_H
#define _GOMALLOC_GUARD_PROBE_H

#include "guard_page.h"

#if GUARD_FAULTS
int guard_probe_init(void);
void guard_probe_exit(void);
#else
static inline int guard_probe_init(void)
{
	return -EOPNOTSUPP;
}

static inline void guard_probe_exit(void)
{
}
#endif

#endif /* _GOMALLOC_GUARD_PROBE_H */
