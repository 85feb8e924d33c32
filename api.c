// SPDX-License-Identifier: GPL-2.0
/*
 * api - the exported calls that stand on gomalloc() and gofree()
 *
 * What: nodes, sizes, realloc, and the calls on heaps. Those that are of a
 *	kind have a file of their own beside this one.
 * Locks: none of its own.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "compat.h"
#include "heaps.h"
#include "hook.h"
#include "kvmalloc.h"
#include "leaks.h"
#include "ledger.h"
#include "malloc.h"
#include "malloc_node.h"
#include "mspan.h"
#include "mvmap.h"
#include "object.h"
#include "pagemap.h"
#include "pageref.h"
#include "report.h"
#include "scavenge.h"
#include "stack.h"
#include "stats.h"
#include "validate.h"

/**
 * gomalloc_node() - allocate memory of a NUMA node
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gomalloc(); with __GFP_THISNODE other nodes will not do
 * @node: the node, or NUMA_NO_NODE for the nearest
 *
 * Context: as gomalloc().
 * Return: the object, of @node if that has memory; or NULL.
 */
void *gomalloc_node(size_t size, gfp_t gfp, int node)
{
	return malloc_alloc_node(gomalloc_default_heap, size, gfp, 0, node, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_node);

/* What gorealloc() has to know of an object */
struct extent {
	struct gomalloc_heap	*heap;
	size_t			size;
	bool			noscan;
	bool			mapped;
};

static bool find_unmapped(const void *p, struct extent *e, bool pending,
			  unsigned long caller)
{
	enum gomalloc_misuse kind;
	struct object o;

	preempt_disable();
	kind = object_find(p, &o);
	if (pending && kind == GOMALLOC_PENDING)
		kind = GOMALLOC_OK;
	if (kind) {
		report_misuse(&gomalloc_sys, kind, p, o.span, caller);
	} else {
		e->heap = o.span->heap;
		e->noscan = o.span->spanclass & 1;
		e->size = object_size(&o);
	}
	preempt_enable();
	return !kind;
}

/*
 * Return: false, and a report, if @p is not a live object; one that is pending,
 * which readers may still use, is for who asks so
 */
static bool find_extent(const void *p, struct extent *e, bool pending,
			unsigned long caller)
{
	struct gomalloc_sys *sys = &gomalloc_sys;
	enum gomalloc_misuse kind;

	e->mapped = is_vmalloc_addr(p);
	if (!e->mapped)
		return find_unmapped(p, e, pending, caller);
	e->noscan = false;
	kind = mvmap_find(sys, p, &e->size, &e->heap);
	if (!kind || (pending && kind == GOMALLOC_PENDING))
		return true;
	report_misuse(sys, kind, p, NULL, caller);
	return false;
}

/**
 * gosize() - usable bytes of an object
 * @p: the object; NULL and ZERO_SIZE_PTR have none
 *
 * At least what was asked for. It tells, and does not entitle: who wants to use all
 * of it calls gomalloc_claim(), or asks for gomalloc_size_roundup() beforehand.
 *
 * Context: Any but NMI.
 * Return: bytes; 0, and a report, for what is not a live object.
 */
size_t gosize(const void *p)
{
	struct extent e;

	if (ZERO_OR_NULL_PTR(p) || !find_extent(p, &e, true, _RET_IP_))
		return 0;
	return e.size;
}
EXPORT_SYMBOL_GPL(gosize);

/* Of the @room bytes of an object that the caller holds @size are in use */
static void set_used(const void *p, size_t size, size_t room)
{
	if (HOOKS && !ZERO_OR_NULL_PTR(p) && room)
		hook_resize(is_vmalloc_addr(p) ? NULL : span_of(p), p, size, room);
}

/**
 * __gomalloc_claim() - see gomalloc_claim()
 * @p: the object
 * @size: its usable bytes
 *
 * Context: Any.
 * Return: @p.
 */
void *__gomalloc_claim(const void *p, size_t size)
{
	set_used(p, size, size);
	return (void *)p;
}
EXPORT_SYMBOL_GPL(__gomalloc_claim);

/**
 * gomalloc_size_roundup() - usable bytes that gomalloc() would give at least
 * @size: bytes wanted
 *
 * Where memory is fragmented an object may get whole pages.
 *
 * Context: Any.
 * Return: @size rounded up to its class, or to pages; @size where gomalloc()
 * gives nothing.
 */
size_t gomalloc_size_roundup(size_t size)
{
	return malloc_roundup(hook_size(gomalloc_default_heap, size), true);
}
EXPORT_SYMBOL_GPL(gomalloc_size_roundup);

/**
 * gomalloc_sendpage_ok() - may the pages of an object be referred to?
 * @p: an address in an object, or any other
 *
 * Interfaces that keep a reference to a page instead of a copy of what is in it
 * (MSG_SPLICE_PAGES, sendpage(), skb_add_rx_frag()) need whole pages: a large
 * object, over %GOMALLOC_MAX_SMALL_SIZE. The pages of one are ready for it from this
 * call on, and sendpage_ok() says yes of them as well. The object may be freed at
 * once; a page that is still referred to is not used again, and freed by who drops
 * the last reference. Of small objects, other objects are in the same page.
 *
 * Context: Any but NMI. The caller holds the object.
 * Return: true for a large object; for what is not gomalloc's as sendpage_ok().
 */
bool gomalloc_sendpage_ok(const void *p)
{
	struct mspan *span;

	if (!virt_addr_valid(p))
		return false;
	span = span_of(p);
	if (!span)
		return sendpage_ok(virt_to_page(p));
	if (span->state != MSPAN_LARGE)
		return false;
	pageref_lend(virt_to_page((void *)span->base), span->npages);
	return true;
}
EXPORT_SYMBOL_GPL(gomalloc_sendpage_ok);

/**
 * gofree_sensitive() - clear an object and free it
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * Context: as gofree().
 */
void gofree_sensitive(const void *p)
{
	struct extent e;

	if (ZERO_OR_NULL_PTR(p) || !find_extent(p, &e, false, _RET_IP_))
		return;
	set_used(p, e.size, e.size);
	memzero_explicit((void *)p, e.size);
	malloc_free_for(p, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gofree_sensitive);

/* Is the object where one of @size could be? Pages are aligned enough. */
static bool is_aligned_for(const void *p, size_t size)
{
	return IS_ALIGNED((unsigned long)p, min(size & -size, PAGE_SIZE));
}

/* What could not be a DMA buffer is none */
static unsigned int flags_like(const struct extent *e)
{
	unsigned int flags = e->noscan ? GOMALLOC_NOSCAN : 0;

	if (!IS_ALIGNED(e->size, GOMALLOC_DMA_MINALIGN))
		flags |= GOMALLOC_NO_DMA;
	return flags;
}

/* Up to where it is contiguous in its heap; @mapped, or if it was, beyond that, too */
static void *alloc_like(const struct extent *e, size_t size, bool mapped,
			gfp_t gfp, unsigned long caller)
{
	if (!mapped && !e->mapped)
		return malloc_alloc(e->heap, size, gfp, flags_like(e), caller);
	return kvmalloc_alloc(e->heap, size, gfp, flags_like(e), NUMA_NO_NODE, caller);
}

/* gorealloc(), and, for what may be @mapped, gokvrealloc() */
static void *change_size(const void *p, size_t size, bool mapped, gfp_t gfp,
			 unsigned long caller)
{
	struct extent e = { .heap = gomalloc_default_heap };
	void *q;

	if (ZERO_OR_NULL_PTR(p))
		return alloc_like(&e, size, mapped, gfp, caller);
	if (!size) {
		malloc_free_for(p, caller);
		return ZERO_SIZE_PTR;
	}
	if (!find_extent(p, &e, false, caller))
		return NULL;
	if (size <= e.size && is_aligned_for(p, size)) {
		if (want_init_on_alloc(gfp))
			hook_zero((void *)p + size, e.size - size);
		set_used(p, size, e.size);
		return (void *)p;
	}
	q = alloc_like(&e, size, mapped, gfp, caller);
	if (q) {
		hook_copy(q, p, min(size, e.size));
		malloc_free_for(p, caller);
	}
	return q;
}

/**
 * gorealloc() - change the size of an object
 * @p: the object, or NULL to allocate one
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for gomalloc(); with __GFP_ZERO, given at each call from the first
 *	on, what lies behind the old contents is zero
 *
 * The object stays where it is when its class has room for @size, and it is
 * aligned as a new one of @size would be. Else it moves within its heap, with its
 * contents up to the smaller size. One that may be a DMA buffer stays one that may.
 *
 * Context: as gomalloc().
 * Return: the object; ZERO_SIZE_PTR for 0; NULL, and @p as it was, where
 * there is no memory or @p is not a live object.
 */
void *gorealloc(const void *p, size_t size, gfp_t gfp)
{
	return change_size(p, size, false, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gorealloc);

/**
 * gokvrealloc() - change the size of an object, over every border
 * @p: an object of any call, or NULL to allocate one
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for gokvmalloc(); __GFP_ZERO as for gorealloc()
 *
 * As gorealloc(), but that what is not contiguous will do: for objects that may grow
 * beyond what the page allocator has in one piece.
 *
 * Context: as gokvmalloc().
 * Return: the object; ZERO_SIZE_PTR for 0; NULL, and @p as it was, as gokvmalloc(),
 * or if @p is not a live object.
 */
void *gokvrealloc(const void *p, size_t size, gfp_t gfp)
{
	return change_size(p, size, true, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gokvrealloc);

/**
 * gomalloc_owns() - is this a live object of gomalloc?
 * @p: any value
 *
 * Reports nothing. Of a pointer that the caller does not hold, the answer may be out
 * of date when it is there.
 *
 * Context: Any but NMI.
 * Return: true for the start of a live object of any heap, mapped ones included; also
 * for one that gofree_rcu() is to free.
 */
bool gomalloc_owns(const void *p)
{
	enum gomalloc_misuse kind;
	struct object o;

	if (ZERO_OR_NULL_PTR(p))
		return false;
	if (is_vmalloc_addr(p))
		return mvmap_is_object(&gomalloc_sys, p);
	preempt_disable();
	kind = object_find(p, &o);
	preempt_enable();
	return !kind || kind == GOMALLOC_PENDING;
}
EXPORT_SYMBOL_GPL(gomalloc_owns);

/**
 * gomalloc_set_proxy() - calls that a module makes are in the name of who has called it
 * @module: the module, or NULL for none; there is one of them at a time
 *
 * Its functions are left out where a stack begins that is noted or listed. The module
 * calls it again, with NULL, before it goes.
 *
 * Context: Any.
 */
void gomalloc_set_proxy(struct module *module)
{
	stack_set_proxy(module);
}
EXPORT_SYMBOL_GPL(gomalloc_set_proxy);

/**
 * gofree_try() - free what may be an object of gomalloc or of another allocator
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * For code that is given objects of both.
 *
 * Context: as gofree().
 * Return: true: it was gomalloc's, and is freed, or was reported as gofree() does;
 * false: it is in no page of gomalloc's, and nothing was done.
 */
bool gofree_try(const void *p)
{
	return gofree_try_track_caller(p, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gofree_try);

/*
 * === heaps ===
 */

/**
 * __gomalloc_heap_create() - see gomalloc_heap_create()
 * @params: its name, limit and flags
 * @owner: the module it is for; NULL for what is no module
 *
 * Context: as gomalloc_heap_create().
 * Return: as gomalloc_heap_create().
 */
struct gomalloc_heap *
__gomalloc_heap_create(const struct gomalloc_heap_params *params,
		       struct module *owner)
{
	return heaps_create_for(&gomalloc_sys, params, owner);
}
EXPORT_SYMBOL_GPL(__gomalloc_heap_create);

/**
 * gomalloc_heap_destroy() - free a heap and all that is left in it
 * @heap: the heap; NULL and an ERR_PTR are fine
 *
 * Objects that are left are reported, by class. No one may allocate from the
 * heap or free an object of it meanwhile or later; gofree_rcu() calls made
 * before are waited for.
 *
 * Context: Task context; sleeps.
 */
void gomalloc_heap_destroy(struct gomalloc_heap *heap)
{
	if (!IS_ERR_OR_NULL(heap))
		heaps_destroy(heap);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_destroy);

/**
 * gomalloc_heap_alloc() - allocate from a heap
 * @heap: the heap
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gomalloc(). With __GFP_NOFAIL a request at the heap's limit
 *	waits until others free something
 * @flags: %GOMALLOC_NOSCAN where the object will hold no pointers;
 *	%GOMALLOC_NO_DMA where it will be no DMA buffer, so that it need not have
 *	cache lines to itself where DMA is not coherent
 *
 * Context: as gomalloc().
 * Return: the object, or NULL: as gomalloc(), or the heap is at its limit.
 */
void *gomalloc_heap_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			  unsigned int flags)
{
	if (trace_is_watched()) {
		/* So that the address is loaded here only */
		barrier();
		return malloc_alloc_watched(heap, size, gfp, flags, _RET_IP_);
	}
	return __malloc_alloc(heap, size, gfp, flags);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_alloc);

/**
 * gomalloc_heap_alloc_node() - gomalloc_heap_alloc() of a NUMA node
 * @heap: the heap
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gomalloc_node()
 * @flags: as for gomalloc_heap_alloc(); tiny objects are not packed
 * @node: the node, or NUMA_NO_NODE for the nearest
 *
 * Context: as gomalloc().
 * Return: as gomalloc_node(); NULL also if the heap is at its limit.
 */
void *gomalloc_heap_alloc_node(struct gomalloc_heap *heap, size_t size,
			       gfp_t gfp, unsigned int flags, int node)
{
	return malloc_alloc_node(heap, size, gfp, flags, node, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_alloc_node);

/**
 * gomalloc_heap_alloc_track_caller() - gomalloc_heap_alloc_node() in the name of another
 * @heap: the heap
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gomalloc_heap_alloc()
 * @flags: as for gomalloc_heap_alloc()
 * @node: the node, or NUMA_NO_NODE for the nearest
 * @caller: who it is for, for who listens
 *
 * Context: as gomalloc().
 * Return: as gomalloc_heap_alloc_node().
 */
void *gomalloc_heap_alloc_track_caller(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
				       unsigned int flags, int node, unsigned long caller)
{
	if (unlikely(node != NUMA_NO_NODE))
		return malloc_alloc_node(heap, size, gfp, flags, node, caller);
	return malloc_alloc(heap, size, gfp, flags, caller);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_alloc_track_caller);

/**
 * gomalloc_heap_validate() - does what a heap believes of itself add up?
 * @heap: the heap, or NULL for that of gomalloc()
 *
 * Counts its objects, spans and pages one by one, and compares. For tests:
 * no one may allocate from the heap or free into it meanwhile.
 *
 * Context: Task context; sleeps. Not in a callback of CPU hotplug, which it
 * waits for.
 * Return: 0; -EUCLEAN if something does not add up, and the log says what;
 * -ENOMEM.
 */
int gomalloc_heap_validate(struct gomalloc_heap *heap)
{
	return validate_heap(heap ?: gomalloc_default_heap);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_validate);

/**
 * gomalloc_heap_trim() - release what a heap holds and does not use
 * @heap: the heap, or NULL for the one of gomalloc()
 *
 * Context: Task context; sleeps, until each CPU has drained its cache.
 * Return: bytes returned to the page allocator.
 */
size_t gomalloc_heap_trim(struct gomalloc_heap *heap)
{
	return scavenge_trim(heap ?: gomalloc_default_heap);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_trim);

/**
 * gomalloc_heap_log_leaks() - say in the log who allocated what of a heap lives
 * @heap: the heap, or NULL for the one of gomalloc()
 *
 * The eight places with the most bytes, with the objects of each and its stack. Of
 * objects that are tracked: with gomalloc's parameter track_rate=1 all are that were
 * allocated since it was set, and without one none.
 *
 * Context: Task context; sleeps.
 */
void gomalloc_heap_log_leaks(struct gomalloc_heap *heap)
{
	gomalloc_leaks_log(heap ?: gomalloc_default_heap);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_log_leaks);

/**
 * gomalloc_heap_set_limits() - change how much a heap may hold
 * @heap: the heap, or NULL for the one of gomalloc()
 * @limit: bytes of pages it may hold, caches included; 0 for no limit
 * @soft_limit: bytes above which it releases what it can, at once when it
 *	grows and soon after otherwise; 0 for no limit
 *
 * Context: Task context; sleeps.
 * Return: 0; -EINVAL: @soft_limit is above @limit; -EBUSY: the heap holds more
 * than @limit although it was trimmed, and its limits are as they were.
 */
int gomalloc_heap_set_limits(struct gomalloc_heap *heap, size_t limit,
			     size_t soft_limit)
{
	return scavenge_set_limits(heap ?: gomalloc_default_heap, limit,
			       soft_limit);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_set_limits);

/**
 * gomalloc_heap_stats() - what a heap holds
 * @heap: the heap, or NULL for the one of gomalloc()
 * @stats: filled in
 *
 * Context: Any but NMI. Takes time in proportion to the spans of the heap.
 */
void gomalloc_heap_stats(struct gomalloc_heap *heap,
			 struct gomalloc_stats *stats)
{
	stats_sum(heap ?: gomalloc_default_heap, stats);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_stats);

/**
 * gomalloc_heap_class_stats() - what a heap holds, by size class
 * @heap: the heap, or NULL for the one of gomalloc()
 * @rows: %GOMALLOC_NR_CLASSES rows, filled in
 *
 * Context: as gomalloc_heap_stats().
 */
void gomalloc_heap_class_stats(struct gomalloc_heap *heap,
			       struct gomalloc_class_stats *rows)
{
	stats_by_class(heap ?: gomalloc_default_heap, rows);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_class_stats);

/**
 * gomalloc_heap_counter() - how often something happened in a heap
 * @heap: the heap, or NULL for the one of gomalloc()
 * @nr: which of the things that are counted, from 0 on
 * @value: how often, since the heap was made; unchanged at the end
 *
 * For tests that have to know which ways they went, and for those who want to
 * know more than &struct gomalloc_stats says. Which counters there are, and
 * their order, may change.
 *
 * Context: Any but NMI.
 * Return: the counter's name; NULL: there are not so many.
 */
const char *gomalloc_heap_counter(struct gomalloc_heap *heap, unsigned int nr,
				  u64 *value)
{
	return ledger_counter(heap ?: gomalloc_default_heap, nr, value);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_counter);
