// SPDX-License-Identifier: GPL-2.0
/*
 * api_mempool - objects as the elements of a mempool
 *
 * What: the pair of functions that mempool_create_gomalloc_pool() gives to a mempool.
 * Locks: none of its own.
 */
#include <linux/export.h>
#include <linux/gomalloc.h>
#include <linux/mempool.h>

/**
 * mempool_gomalloc_alloc() - a mempool_alloc_t of gomalloc()
 * @gfp: as for gomalloc()
 * @pool_data: bytes of an element
 *
 * Context: as gomalloc().
 * Return: as gomalloc().
 */
void *mempool_gomalloc_alloc(gfp_t gfp, void *pool_data)
{
	return __gomalloc((size_t)pool_data, gfp);
}
EXPORT_SYMBOL_GPL(mempool_gomalloc_alloc);

/**
 * mempool_gomalloc_free() - the mempool_free_t for mempool_gomalloc_alloc()
 * @element: the element
 * @pool_data: not used
 *
 * Context: as gofree().
 */
void mempool_gomalloc_free(void *element, void *pool_data)
{
	gofree(element);
}
EXPORT_SYMBOL_GPL(mempool_gomalloc_free);

static_assert(__same_type(mempool_gomalloc_alloc, mempool_alloc_t));
static_assert(__same_type(mempool_gomalloc_free, mempool_free_t));
