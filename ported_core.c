// SPDX-License-Identifier: GPL-2.0
/*
 * ported_core - calls with the parameters that each kernel's headers declare
 *
 * What: what <linux/gomalloc_kmalloc.h> gives another name in the kernel's headers, so
 *	that these declare it: its parameters are not of our choice.
 * Locks: none of its own.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/gomalloc.h>
#include <linux/gomalloc_module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "api_rcu.h"
#include "compat.h"
#include "ported.h"
#include "ported_core.h"

void *__CORE_KREALLOC COMPAT_KREALLOC_PARAMS
{
	return gomalloc_krealloc(NULL, p, size, gfp);
}
EXPORT_SYMBOL_GPL(__CORE_KREALLOC);

void *__CORE_KVREALLOC COMPAT_KVREALLOC_PARAMS
{
	return gomalloc_kvrealloc(NULL, p, COMPAT_OLD_SIZE, size, gfp);
}
EXPORT_SYMBOL_GPL(__CORE_KVREALLOC);

void *__gomalloc_core_devm_krealloc(struct device *dev, void *p, size_t size, gfp_t gfp)
{
	return gomalloc_devm_krealloc(NULL, dev, p, size, gfp);
}
EXPORT_SYMBOL_GPL(__gomalloc_core_devm_krealloc);

/**
 * gomalloc_kvfree_call_rcu() - below kfree_rcu() and kvfree_rcu(), of either allocator
 * @head: a struct rcu_head within the object, since 7.3 perhaps only a pointer; NULL: there
 *	is none, and it may sleep
 * @arg: the object, or, before 6.2, where @head is in it
 *
 * Context: as gofree_rcu(), or gofree_rcu_mightsleep() without @head.
 */
void gomalloc_kvfree_call_rcu(struct kvfree_rcu_head *head, COMPAT_KVFREE_RCU_ARG arg)
{
	const void *p = compat_kvfree_rcu_object(head, arg);

	if (!ported_is_ours(p))
		kvfree_call_rcu(head, arg);
	else if (!head)
		gofree_rcu_mightsleep(p);
	else if (COMPAT_RCU_HEAD_IS_LINK)
		api_rcu_free_listed(head, p);
	else
		gofree_call_rcu((struct rcu_head *)head, p);
}
EXPORT_SYMBOL_GPL(gomalloc_kvfree_call_rcu);

/**
 * gomalloc_kmem_cache_free_bulk() - below kfree_bulk(), of either allocator
 * @s: the cache that the objects are of; NULL: of kmalloc() and its kin
 * @nr: their number
 * @p: the objects
 *
 * Context: as kfree_bulk().
 */
void gomalloc_kmem_cache_free_bulk(struct kmem_cache *s, size_t nr, void **p)
{
	if (s) {
		kmem_cache_free_bulk(s, nr, p);
		return;
	}
	while (nr--)
		gomalloc_kfree(*p++);
}
EXPORT_SYMBOL_GPL(gomalloc_kmem_cache_free_bulk);
