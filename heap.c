// SPDX-License-Identifier: GPL-2.0
/*
 * heap - one set of mcaches, mcentrals and mheaps with a name and a limit
 *
 * What: makes and destroys heaps, counts the pages they hold against their
 *	limit, and keeps what all heaps share: the memory of a struct mspan,
 *	the CPU hotplug state, a workqueue.
 * Called by gomalloc_kmod.c (the exported functions), dev.c; mheap.c for
 *	pages and spans. Calls mcache.c, mheap.c, report.c, kvmalloc.c.
 * Locks: none of its own; the CPU hotplug core's keep its list of heaps.
 * Owns: a heap's mcaches and mheaps. Destruction cannot fail.
 * Invariant: held_pages covers every page of every arena and mapped object,
 *	and never passes the limit.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "heap.h"
#include "kvmalloc.h"
#include "mcache.h"
#include "mheap.h"
#include "report.h"

/*
 * === memory of a struct mspan ===
 */

/* Bytes behind the struct that each tier has room for: 8, 64... objects */
static const unsigned int tier_bytes[MSPAN_TIERS] = {
	24, 88, 216, 344, 664, 0 /* the most that any class needs */
};

/* Bytes behind the struct that @spc needs */
static size_t extra_bytes(unsigned int spc)
{
	unsigned int class = spc >> 1;

	if (!class)
		return mspan_extra_bytes(1, false);
	return mspan_extra_bytes((class_to_pages(class) << PAGE_SHIFT) /
				 class_to_size[class], spc == TINY_SPAN_CLASS);
}

static size_t most_extra_bytes(void)
{
	unsigned int spc;
	size_t bytes = 0;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		bytes = max(bytes, extra_bytes(spc));
	return bytes;
}

static unsigned int tier_of(unsigned int spc)
{
	unsigned int tier = 0;

	while (tier < MSPAN_TIERS - 1 && tier_bytes[tier] < extra_bytes(spc))
		tier++;
	return tier;
}

/* Return: a struct mspan with room for the bits of @spc, in state FREE */
struct mspan *heap_alloc_mspan(struct gomalloc_heap *heap, unsigned int spc,
			       gfp_t gfp, int nid)
{
	unsigned int tier = heap_mspan_tier(heap, spc);
	struct mspan *span;

	span = kmem_cache_alloc_node(heap->sys->mspan_cache[tier],
				     gfp | heap_page_gfp(heap), nid);
	if (!span)
		return NULL;
	/* A late freer of an earlier life may be looking */
	WRITE_ONCE(span->state, MSPAN_FREE);
	span->tier = tier;
	/* Not of a class yet */
	span->mclass = NULL;
	return span;
}

void heap_free_mspan(struct gomalloc_heap *heap, struct mspan *span)
{
	kmem_cache_free(heap->sys->mspan_cache[span->tier], span);
}

static int create_caches(struct gomalloc_sys *sys)
{
	unsigned int tier, bytes, spc;
	char name[32];

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		sys->tier[spc] = tier_of(spc);
	for (tier = 0; tier < MSPAN_TIERS; tier++) {
		bytes = tier_bytes[tier] ?: most_extra_bytes();
		snprintf(name, sizeof(name), "gomalloc_mspan_%u", bytes);
		sys->mspan_cache[tier] =
			kmem_cache_create(name, sizeof(struct mspan) + bytes,
					  0, SLAB_TYPESAFE_BY_RCU |
					  SLAB_HWCACHE_ALIGN, NULL);
		if (!sys->mspan_cache[tier])
			return -ENOMEM;
	}
	return 0;
}

static void destroy_caches(struct gomalloc_sys *sys)
{
	unsigned int tier;

	for (tier = 0; tier < MSPAN_TIERS; tier++)
		kmem_cache_destroy(sys->mspan_cache[tier]);
}

/*
 * === CPU hotplug ===
 */

static int heap_cpu_prepare(unsigned int cpu, struct hlist_node *node)
{
	struct gomalloc_heap *heap = hlist_entry(node, struct gomalloc_heap,
						 cpuhp_node);

	mcache_set_node(per_cpu_ptr(heap->mcaches, cpu), cpu);
	return 0;
}

/* Called on another CPU, when @cpu runs no more */
static int heap_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct gomalloc_heap *heap = hlist_entry(node, struct gomalloc_heap,
						 cpuhp_node);

	mcache_release_all(per_cpu_ptr(heap->mcaches, cpu));
	return 0;
}

/*
 * === what all heaps share ===
 */

int heap_sys_init(struct gomalloc_sys *sys)
{
	int state, err;

	report_init(&sys->report);
	kvmalloc_init(sys);
	err = create_caches(sys);
	if (err)
		goto err_caches;
	sys->wq = alloc_workqueue("gomalloc", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!sys->wq) {
		err = -ENOMEM;
		goto err_caches;
	}
	state = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "gomalloc:dead",
					heap_cpu_prepare, heap_cpu_dead);
	if (state < 0) {
		err = state;
		goto err_wq;
	}
	sys->cpuhp_state = state;
	return 0;

err_wq:
	destroy_workqueue(sys->wq);
err_caches:
	destroy_caches(sys);
	return err;
}

/* All heaps are destroyed; waits for the last of their memory */
void heap_sys_exit(struct gomalloc_sys *sys)
{
	cpuhp_remove_multi_state(sys->cpuhp_state);
	/* For the queue_rcu_work() of heaps just destroyed */
	rcu_barrier();
	destroy_workqueue(sys->wq);
	destroy_caches(sys);
	kvmalloc_exit(sys);
}

/*
 * === heaps ===
 */

static void free_heap_memory(struct gomalloc_heap *heap)
{
	unsigned int nid;

	for (nid = 0; nid < heap->nr_nodes; nid++)
		kvfree(heap->node[nid]);
	free_percpu(heap->mcaches);
	kfree(heap);
}

static void free_heap_work(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(to_rcu_work(work),
						  struct gomalloc_heap,
						  free_work);

	/* The last spans may have woken it */
	cancel_delayed_work_sync(&heap->scavenge_work);
	free_heap_memory(heap);
}

static int create_nodes(struct gomalloc_heap *heap, gfp_t gfp)
{
	struct mheap *h;
	int nid;

	for_each_node(nid) {
		h = kvzalloc_node(sizeof(*h), gfp,
				  node_online(nid) ? nid : NUMA_NO_NODE);
		if (!h)
			return -ENOMEM;
		mheap_init(h, heap, nid);
		heap->node[nid] = h;
	}
	return 0;
}

static int create_mcaches(struct gomalloc_heap *heap, gfp_t gfp)
{
	int cpu;

	heap->mcaches = alloc_percpu_gfp(struct mcache, gfp);
	if (!heap->mcaches)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		mcache_init(per_cpu_ptr(heap->mcaches, cpu), heap, cpu);
	return 0;
}

/* Return: the heap, or an ERR_PTR: -EINVAL, -ENOMEM */
struct gomalloc_heap *heap_create(struct gomalloc_sys *sys,
				  const struct gomalloc_heap_params *params)
{
	gfp_t gfp = params->flags & GOMALLOC_HEAP_ACCOUNT ?
		    GFP_KERNEL_ACCOUNT : GFP_KERNEL;
	struct gomalloc_heap *heap;

	if (params->flags & ~(GOMALLOC_HEAP_NO_RECYCLE | GOMALLOC_HEAP_ACCOUNT))
		return ERR_PTR(-EINVAL);
	heap = kzalloc(struct_size(heap, node, nr_node_ids), gfp);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	heap->sys = sys;
	heap->flags = params->flags;
	heap->limit_pages = params->limit >> PAGE_SHIFT;
	if (params->limit && !heap->limit_pages)
		heap->limit_pages = 1;
	heap->nr_nodes = nr_node_ids;
	strscpy(heap->name, params->name ?: "unnamed", sizeof(heap->name));
	INIT_RCU_WORK(&heap->free_work, free_heap_work);
	heap_scavenge_init(heap);
	if (create_mcaches(heap, gfp) || create_nodes(heap, gfp) ||
	    cpuhp_state_add_instance_nocalls(sys->cpuhp_state,
					     &heap->cpuhp_node)) {
		free_heap_memory(heap);
		return ERR_PTR(-ENOMEM);
	}
	return heap;
}

static void release_caches(struct gomalloc_heap *heap)
{
	struct mcache *cache;
	unsigned int spc;
	int cpu;

	for_each_possible_cpu(cpu) {
		cache = per_cpu_ptr(heap->mcaches, cpu);
		mcache_release_all(cache);
		for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
			recycle_free_stack(&cache->class[spc]);
		cond_resched();
	}
}

/*
 * Nobody allocates from the heap or frees into it any more, but the callbacks
 * of gofree_rcu() may be still to come.
 */
void heap_destroy(struct gomalloc_heap *heap)
{
	unsigned int nid;

	if (atomic_read(&heap->rcu_frees))
		rcu_barrier();
	cpuhp_state_remove_instance_nocalls(heap->sys->cpuhp_state,
					    &heap->cpuhp_node);
	release_caches(heap);
	heap_release_parked(heap);
	report_leak(heap);
	kvmalloc_release_heap(heap);
	for (nid = 0; nid < heap->nr_nodes; nid++) {
		if (heap->node[nid])
			mheap_destroy(heap->node[nid]);
	}
	/* A freer may still be at the lock of a mcentral: mcentral_free_remote() */
	queue_rcu_work(heap->sys->wq, &heap->free_work);
}

/* Return: false, nothing counted: @npages more would pass the limit */
bool heap_charge(struct gomalloc_heap *heap, unsigned long npages)
{
	long held = atomic_long_read(&heap->held_pages);
	unsigned long limit;

	do {
		/* Pairs with nothing: a new limit holds for later requests */
		limit = READ_ONCE(heap->limit_pages);
		if (limit && held + npages > limit)
			return false;
	} while (!atomic_long_try_cmpxchg(&heap->held_pages, &held,
					  held + npages));
	return true;
}

void heap_uncharge(struct gomalloc_heap *heap, unsigned long npages)
{
	atomic_long_sub(npages, &heap->held_pages);
}

/* Would a block for a run of @npages be too much? */
bool heap_over_limit(struct gomalloc_heap *heap, unsigned long npages)
{
	unsigned long limit = READ_ONCE(heap->limit_pages);

	npages = 1UL << get_order(npages << PAGE_SHIFT);
	return limit && atomic_long_read(&heap->held_pages) + npages > limit;
}
