// SPDX-License-Identifier: GPL-2.0
/*
 * free - what runs in the place of the kernel's functions that free
 *
 * What: an object of gomalloc is freed, whatever its heap; what else the kernel could
 *	have given is the kernel's own function's; all other values are reported as
 *	gofree() does, and ignored.
 * Locks: none; any context but NMI.
 */
#include <linux/mm.h>
#include <linux/gomalloc.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <trace/events/kmem.h>

#include "alloc.h"
#include "table.h"

/* For who listens; of what is the kernel's its own function tells */
static noinline void tell(const void *p, unsigned long caller)
{
	if (!ZERO_OR_NULL_PTR(p) && gomalloc_owns(p))
		trace_kfree(caller, p);
}

/* The page of @p, or NULL: it is none of memory */
static __always_inline struct folio *find_folio(const void *p)
{
	if (unlikely((unsigned long)p < PAGE_OFFSET || p >= high_memory))
		return NULL;
	return page_folio(pfn_to_page(((unsigned long)p - PAGE_OFFSET) >> PAGE_SHIFT));
}

static __always_inline bool is_in_slab(const void *p)
{
	struct folio *folio = find_folio(p);

	return folio && likely(folio_test_slab(folio));
}

/*
 * May the kernel's kmalloc() have given @p? It is in a slab, or the first byte of pages that
 * were given as such. What the kernel would do to any other value is to free pages of
 * others, or worse.
 */
static __always_inline bool is_kernels(const void *p)
{
	struct folio *folio = find_folio(p);

	if (unlikely(!folio))
		return false;
	return likely(folio_test_slab(folio)) ||
	       (folio_test_large(folio) && p == folio_address(folio));
}

void everywhere_kfree(const void *p)
{
	if (trace_kfree_enabled())
		tell(p, _RET_IP_);
	/* In drain most are the kernel's, whose pages tell that sooner than ours do */
	if (!static_branch_likely(&alloc_serves) && is_in_slab(p))
		return static_call(original_kfree)(p);
	if (likely(gofree_try_track_caller(p, _RET_IP_)))
		return;
	if (likely(is_kernels(p)))
		static_call(original_kfree)(p);
	else
		gofree(p);
}

void everywhere_kfree_sensitive(const void *p)
{
	if (ZERO_OR_NULL_PTR(p) || !gomalloc_owns(p))
		return static_call(original_kfree_sensitive)(p);
	if (trace_kfree_enabled())
		tell(p, _RET_IP_);
	gofree_sensitive(p);
}

/* Without a cache they are kmalloc()'s: what kfree_rcu() and kfree_bulk() free */
static noinline size_t free_ours(size_t nr, void **p, unsigned long caller)
{
	size_t i, kept = 0;

	for (i = 0; i < nr; i++) {
		if (trace_kfree_enabled())
			tell(p[i], caller);
		if (!gofree_try_track_caller(p[i], caller))
			p[kept++] = p[i];
	}
	return kept;
}

void everywhere_kmem_cache_free_bulk(struct kmem_cache *s, size_t nr, void **p)
{
	if (!s)
		nr = free_ours(nr, p, _RET_IP_);
	if (nr)
		static_call(original_kmem_cache_free_bulk)(s, nr, p);
}
