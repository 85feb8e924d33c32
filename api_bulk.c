// SPDX-License-Identifier: GPL-2.0
/*
 * api_bulk - several objects with one call
 *
 * What: gomalloc_bulk(), gomalloc_heap_bulk(), gofree_bulk().
 * Locks: none of its own.
 */
#include <linux/export.h>

#include "compat.h"
#include "malloc.h"
#include "trace.h"

/* gofree_bulk() while somebody listens */
static noinline void free_watched(size_t nr, void **p, unsigned long caller)
{
	while (nr--)
		malloc_free(p[nr], caller);
}

/**
 * gofree_bulk() - free several objects
 * @nr: how many
 * @p: the objects, of any heaps
 *
 * Context: as gofree().
 */
void gofree_bulk(size_t nr, void **p)
{
	if (trace_is_watched()) {
		free_watched(nr, p, _RET_IP_);
		return;
	}
	while (nr--)
		gofree(p[nr]);
}
EXPORT_SYMBOL_GPL(gofree_bulk);

/*
 * @heap is NULL for that of gomalloc(), by the shorter way. Return: @nr; or 0, and none
 * is held.
 */
static __always_inline int alloc_bulk(struct gomalloc_heap *heap, gfp_t gfp,
				      unsigned int flags, size_t size, size_t nr,
				      void **p)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		p[i] = heap ? __malloc_alloc(heap, size, gfp, flags) :
			      __gomalloc(size, gfp);
		if (!p[i]) {
			gofree_bulk(i, p);
			return 0;
		}
	}
	return nr;
}

/* The same while somebody listens */
static noinline int alloc_watched(struct gomalloc_heap *heap, gfp_t gfp,
				  unsigned int flags, size_t size, size_t nr,
				  void **p, unsigned long caller)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		p[i] = malloc_alloc_watched(heap, size, gfp, flags, caller);
		if (!p[i]) {
			free_watched(i, p, caller);
			return 0;
		}
	}
	return nr;
}

/**
 * gomalloc_bulk() - allocate several objects of one size
 * @gfp: as for gomalloc()
 * @size: bytes of each
 * @nr: how many
 * @p: filled with the objects
 *
 * Context: as gomalloc().
 * Return: @nr, or 0: not all are available, and none is held.
 */
int gomalloc_bulk(gfp_t gfp, size_t size, size_t nr, void **p)
{
	if (trace_is_watched())
		return alloc_watched(gomalloc_default_heap, gfp, 0, size, nr, p,
				     _RET_IP_);
	return alloc_bulk(NULL, gfp, 0, size, nr, p);
}
EXPORT_SYMBOL_GPL(gomalloc_bulk);

/**
 * gomalloc_heap_bulk() - gomalloc_bulk() from a heap
 * @heap: the heap
 * @gfp: as for gomalloc()
 * @flags: as for gomalloc_heap_alloc()
 * @size: bytes of each
 * @nr: how many
 * @p: filled with the objects
 *
 * Context: as gomalloc().
 * Return: as gomalloc_bulk().
 */
int gomalloc_heap_bulk(struct gomalloc_heap *heap, gfp_t gfp,
		       unsigned int flags, size_t size, size_t nr, void **p)
{
	if (trace_is_watched())
		return alloc_watched(heap, gfp, flags, size, nr, p, _RET_IP_);
	return alloc_bulk(heap, gfp, flags, size, nr, p);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_bulk);
