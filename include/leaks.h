/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of leaks.c: who allocated what is not freed */
#ifndef _GOMALLOC_LEAKS_H
#define _GOMALLOC_LEAKS_H

#include <linux/kconfig.h>

struct gomalloc_heap;
struct gomalloc_sys;

#ifdef CONFIG_DEBUG_FS
void gomalloc_leaks_log(const struct gomalloc_heap *heap);
void gomalloc_leaks_init(struct gomalloc_sys *sys);
#else
static inline void gomalloc_leaks_log(const struct gomalloc_heap *heap)
{
}

static inline void gomalloc_leaks_init(struct gomalloc_sys *sys)
{
}
#endif

#endif /* _GOMALLOC_LEAKS_H */
