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

#include "table.h"

/* For who listens; of what is the kernel's its own function tells */
static noinline void tell(const void *p, unsigned long caller)
{
	if (!ZERO_OR_NULL_PTR(p) && gomalloc_owns(p))
		trace_kfree(caller, p);
}

/*
 * May the kernel's kmalloc() have given @p? It is in a slab, or the first byte of pages that
 * were given as such. What the kernel would do to any other value is to free pages of
 * others, or worse. Pages of ours are neither.
 */
static __always_inline bool is_kernels(const void *p)
{
	struct folio *folio;

	if (unlikely((unsigned long)p < PAGE_OFFSET || p >= high_memory))
		return false;
	folio = page_folio(pfn_to_page(((unsigned long)p - PAGE_OFFSET) >> PAGE_SHIFT));
	return folio_test_slab(folio) ||
	       (unlikely(folio_test_large(folio)) && p == folio_address(folio));
}

/* Both are tail calls, and see our caller as theirs */
static __always_inline void free_any(const void *p)
{
	if (is_kernels(p))
		return static_call(original_kfree)(p);
	gofree(p);
}

static noinline void tell_and_free(const void *p)
{
	tell(p, _RET_IP_);
	free_any(p);
}

void everywhere_kfree(const void *p)
{
	/* A tail call, so that no register is saved for it */
	if (trace_kfree_enabled())
		return tell_and_free(p);
	free_any(p);
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
		if (is_kernels(p[i]))
			p[kept++] = p[i];
		else if (!gofree_try_track_caller(p[i], caller))
			gofree(p[i]);
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

#if COMPAT_HAS_RCU
void everywhere_kvfree_call_rcu(struct kvfree_rcu_head *head, void *ptr)
{
	if (gomalloc_owns(ptr))
		gomalloc_kvfree_call_rcu(head, ptr);
	else if (is_kernels(ptr) || is_vmalloc_addr(ptr))
		static_call(original_kvfree_call_rcu)(head, ptr);
	else
		gofree(ptr);
}
#endif
