// SPDX-License-Identifier: GPL-2.0
/*
 * retry - what is done for a request that a first try did not serve
 *
 * What: a limit stands against it, of the heap or its memory cgroup, or the
 *	machine. Has the heap release what it does not use, falls back to whole
 *	pages, and begins again if the request must not fail.
 * Locks: none of its own; sleeps where the request allows it.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "ledger.h"
#include "mcache.h"
#include "mlarge.h"
#include "mspan.h"
#include "retry.h"
#include "scavenge.h"

/* Between two tries of a request that must not fail */
#define NOFAIL_PAUSE	(HZ / 50 + 1)

/* Must the request be tried again until it succeeds? */
bool retry_again(gfp_t gfp)
{
	if (!(gfp & __GFP_NOFAIL) || !gfpflags_allow_blocking(gfp))
		return false;
	schedule_timeout_uninterruptible(NOFAIL_PAUSE);
	return true;
}

/*
 * What others have given to gofree_rcu() may be what is missing, and a request that
 * sleeps may wait for it. @waits is how often yet. Return: it has waited.
 */
bool retry_wait_rcu(struct gomalloc_heap *heap, gfp_t gfp, unsigned int *waits)
{
	/* Pairs with the release of free_pending() */
	if (!*waits || !gfpflags_allow_blocking(gfp) || gfp & __GFP_NORETRY ||
	    !atomic_read_acquire(&heap->rcu_frees))
		return false;
	--*waits;
	rcu_barrier();
	return true;
}

/* What was given to gofree_rcu() and its kin, and to kfree_rcu(), is free then. Sleeps. */
void retry_rcu_barrier(struct gomalloc_heap *heap)
{
	/* Pairs with the release of free_pending() */
	if (!atomic_read_acquire(&heap->rcu_frees))
		return;
	flush_work(&heap->sys->rcu_work);
	rcu_barrier();
}

/* Say so, if it is the heap that is full. Return: NULL. */
void *retry_failed(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
{
	unsigned long npages = PFN_UP(size);

	if (size <= MAX_SMALL_SIZE)
		npages = class_to_pages(size_to_class(size));
	if (!(gfp & __GFP_NOWARN) && ledger_over_limit(heap, npages))
		pr_warn_ratelimited("heap %s is at its limit of %lu KiB; free objects or raise the limit\n",
				    heap->name,
				    heap->limit_pages << (PAGE_SHIFT - 10));
	return NULL;
}

/* One try: @nid is a node, or NUMA_NO_NODE for what this CPU has cached */
static void *try_small(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp,
		       int nid)
{
	return nid == NUMA_NO_NODE ? mcache_alloc(heap, spc, gfp) :
				     mcache_alloc_node(heap, spc, gfp, nid);
}

/*
 * No span is available for an object that takes less in whole pages. Return:
 * it, or NULL. If @gfp says so, it is cleared to the end of its pages, since a
 * program may come to see them.
 */
static void *fall_back_to_pages(struct gomalloc_heap *heap, unsigned int spc,
				gfp_t gfp, int nid)
{
	size_t size = class_to_size[spc >> 1];
	void *p;

	if (!mspan_may_use_pages(spc))
		return NULL;
	if (nid == NUMA_NO_NODE)
		nid = numa_mem_id();
	p = mlarge_alloc(heap, size, spc & 1, gfp, nid);
	if (!p && scavenge_make_room(heap, PFN_UP(size), gfp))
		p = mlarge_alloc(heap, size, spc & 1, gfp, nid);
	if (!p)
		return NULL;
	ledger_count(heap, LEDGER_PAGE_FALLBACK, 1);
	if (want_init_on_alloc(gfp))
		mlarge_clear(p, PAGE_ALIGN(size), gfp);
	return p;
}

/* Wait for what may be missing, the shortest way first. Return: it has waited. */
static bool may_wait(struct gomalloc_heap *heap, size_t npages, gfp_t gfp,
		     unsigned int *waits, bool *trimmed)
{
	return scavenge_trim_for(heap, npages, gfp, trimmed) ||
	       retry_wait_rcu(heap, gfp, waits) || retry_again(gfp);
}

/* A small object, of @nid or of this CPU's cache as in try_small(); or NULL */
void *retry_small(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp,
		  int nid)
{
	unsigned int waits = RETRY_RCU_WAITS;
	bool trimmed = false;
	void *p = NULL;

	do {
		if (scavenge_make_room(heap, class_to_pages(spc >> 1), gfp))
			p = try_small(heap, spc, gfp, nid);
		p = p ?: fall_back_to_pages(heap, spc, gfp, nid);
		if (p || !may_wait(heap, class_to_pages(spc >> 1), gfp, &waits,
				   &trimmed))
			break;
		p = try_small(heap, spc, gfp, nid);
	} while (!p);
	return p ?: retry_failed(heap, class_to_size[spc >> 1], gfp);
}

/* A large object, as of mlarge_alloc(); or NULL */
void *retry_large(struct gomalloc_heap *heap, size_t size, bool noscan,
		  gfp_t gfp, int nid)
{
	unsigned int waits = RETRY_RCU_WAITS;
	bool trimmed = false;
	void *p = NULL;

	do {
		if (scavenge_make_room(heap, PFN_UP(size), gfp))
			p = mlarge_alloc(heap, size, noscan, gfp, nid);
		if (p || !may_wait(heap, PFN_UP(size), gfp, &waits, &trimmed))
			break;
		p = mlarge_alloc(heap, size, noscan, gfp, nid);
	} while (!p);
	return p ?: retry_failed(heap, size, gfp);
}
