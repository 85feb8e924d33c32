/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of ported_core.c: what each kernel's headers declare by another name */
#ifndef _GOMALLOC_PORTED_CORE_H
#define _GOMALLOC_PORTED_CORE_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "compat.h"

struct device;

/* For inline functions, which have no heap: without an object it is the kernel's call */
#define __CORE_KREALLOC	CONCATENATE(__gomalloc_core_, COMPAT_KREALLOC)
#define __CORE_KVREALLOC	CONCATENATE(__gomalloc_core_, COMPAT_KVREALLOC)

void *__CORE_KREALLOC COMPAT_KREALLOC_PARAMS;
void *__CORE_KVREALLOC COMPAT_KVREALLOC_PARAMS;
void *__gomalloc_core_devm_krealloc(struct device *dev, void *p, size_t size, gfp_t gfp);
void gomalloc_kvfree_call_rcu(struct kvfree_rcu_head *head, COMPAT_KVFREE_RCU_ARG arg);
void gomalloc_kmem_cache_free_bulk(struct kmem_cache *s, size_t nr, void **p);

#endif /* _GOMALLOC_PORTED_CORE_H */
