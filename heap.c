// SPDX-License-Identifier: GPL-2.0
/*
 * heap - one set of mcaches, mcentrals and mheaps with a name and a limit
 *
 * What: makes and destroys heaps, and keeps what all heaps share: the memory of
 *	a struct mspan, the CPU hotplug state, the workqueues.
 * Called by gomalloc_kmod.c (the exported functions), dev.c; mheap.c for
 *	structs of spans. Calls mcache.c, mheap.c, limit.c, scavenge.c,
 *	shrink.c, report.c, kvmalloc.c.
 * Locks: gomalloc_sys.heaps_mutex, of the list of all heaps. The CPU hotplug
 *	core has one of its own, under its locks.
 * Owns: a heap's mcaches and mheaps. Destruction cannot fail.
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
#include "fail.h"
#include "harden.h"
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

	harden_flush(per_cpu_ptr(heap->mcaches, cpu));
	mcache_release_all(per_cpu_ptr(heap->mcaches, cpu));
	mcache_count(heap->mcaches, MCACHE_CPU_DEAD, 1);
	return 0;
}

/*
 * === what all heaps share ===
 */

static int create_workqueues(struct gomalloc_sys *sys)
{
	/* Page reclaim waits for none of them, but those who free do */
	sys->wq = alloc_workqueue("gomalloc", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!sys->wq)
		return -ENOMEM;
	sys->drain_wq = alloc_workqueue("gomalloc_drain",
					WQ_MEM_RECLAIM | WQ_PERCPU, 0);
	if (sys->drain_wq)
		return 0;
	destroy_workqueue(sys->wq);
	return -ENOMEM;
}

int heap_sys_init(struct gomalloc_sys *sys)
{
	int state, err;

	report_init(&sys->report);
	INIT_LIST_HEAD(&sys->heaps);
	mutex_init(&sys->heaps_mutex);
	kvmalloc_init(sys);
	err = create_caches(sys);
	if (err)
		goto err_caches;
	err = create_workqueues(sys);
	if (err)
		goto err_caches;
	state = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "gomalloc:dead",
					heap_cpu_prepare, heap_cpu_dead);
	if (state < 0) {
		err = state;
		goto err_wq;
	}
	sys->cpuhp_state = state;
	fail_init(&sys->fail);
	return 0;

err_wq:
	destroy_workqueue(sys->drain_wq);
	destroy_workqueue(sys->wq);
err_caches:
	destroy_caches(sys);
	return err;
}

/* All heaps are destroyed; waits for the last of their memory */
void heap_sys_exit(struct gomalloc_sys *sys)
{
	fail_exit(&sys->fail);
	cpuhp_remove_multi_state(sys->cpuhp_state);
	/* For the queue_rcu_work() of heaps just destroyed */
	rcu_barrier();
	destroy_workqueue(sys->wq);
	destroy_workqueue(sys->drain_wq);
	destroy_caches(sys);
	kvmalloc_exit(sys);
}

/*
 * === heaps ===
 */

static void free_heap_memory(struct gomalloc_heap *heap)
{
	unsigned int nid;
	int cpu;

	for (nid = 0; nid < heap->nr_nodes; nid++)
		kvfree(heap->node[nid]);
	for_each_possible_cpu(cpu) {
		if (heap->mcaches)
			harden_exit_cpu(heap, cpu);
	}
	free_percpu(heap->mcaches);
	kfree(heap);
}

static void free_heap_work(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(to_rcu_work(work),
						  struct gomalloc_heap,
						  free_work);

	/* The last spans may have woken it */
	heap_scavenge_exit(heap);
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
	for_each_possible_cpu(cpu) {
		mcache_init(per_cpu_ptr(heap->mcaches, cpu), heap, cpu);
		if (harden_init_cpu(heap, cpu, gfp))
			return -ENOMEM;
	}
	return 0;
}

#define KNOWN_FLAGS	(GOMALLOC_HEAP_NO_RECYCLE | GOMALLOC_HEAP_ACCOUNT | \
			 GOMALLOC_HEAP_RANDOM | GOMALLOC_HEAP_ZERO_FREE)

/* Take over what the heap is to be like. Return: 0, or -EINVAL. */
static int set_params(struct gomalloc_heap *heap,
		      const struct gomalloc_heap_params *params)
{
	if (params->flags & ~KNOWN_FLAGS)
		return -EINVAL;
	heap->flags = params->flags;
	heap->cache_bytes = params->cache_limit ?:
			    (size_t)READ_ONCE(heap->sys->cache_kb) << 10;
	strscpy(heap->name, params->name ?: "unnamed", sizeof(heap->name));
	return harden_init(heap, params) ?:
	       heap_set_limits(heap, params->limit, params->soft_limit);
}

/* Return: a heap without anything in it, or NULL */
static struct gomalloc_heap *make_heap(struct gomalloc_sys *sys,
				       struct heap_group *group, gfp_t gfp)
{
	struct gomalloc_heap *heap;

	heap = kzalloc(struct_size(heap, node, nr_node_ids), gfp);
	if (!heap)
		return NULL;
	heap->sys = sys;
	heap->group = group;
	heap->nr_nodes = nr_node_ids;
	INIT_RCU_WORK(&heap->free_work, free_heap_work);
	mutex_init(&heap->limit_mutex);
	init_rwsem(&heap->reclaim_sem);
	heap_scavenge_init(heap);
	return heap;
}

/* Let CPU hotplug and page reclaim know of it. Return: 0, or -ENOMEM. */
static int announce(struct gomalloc_heap *heap)
{
	struct gomalloc_sys *sys = heap->sys;

	if (heap_shrink_init(heap))
		return -ENOMEM;
	if (!cpuhp_state_add_instance_nocalls(sys->cpuhp_state,
					      &heap->cpuhp_node))
		return 0;
	heap_shrink_exit(heap);
	return -ENOMEM;
}

static void enlist(struct gomalloc_sys *sys, struct gomalloc_heap *heap)
{
	mutex_lock(&sys->heaps_mutex);
	heap->id = ++sys->last_heap_id;
	list_add_tail(&heap->in_sys, &sys->heaps);
	WRITE_ONCE(sys->nr_heaps, sys->nr_heaps + 1);
	mutex_unlock(&sys->heaps_mutex);
}

static void delist(struct gomalloc_sys *sys, struct gomalloc_heap *heap)
{
	mutex_lock(&sys->heaps_mutex);
	list_del(&heap->in_sys);
	/* A guess is good enough for who reads it without the mutex */
	WRITE_ONCE(sys->nr_heaps, sys->nr_heaps - 1);
	mutex_unlock(&sys->heaps_mutex);
}

/* Return: a heap of @group, or an ERR_PTR: -EINVAL, -ENOMEM */
struct gomalloc_heap *
heap_create_in(struct gomalloc_sys *sys,
	       const struct gomalloc_heap_params *params,
	       struct heap_group *group)
{
	gfp_t gfp = params->flags & GOMALLOC_HEAP_ACCOUNT ?
		    GFP_KERNEL_ACCOUNT : GFP_KERNEL;
	struct gomalloc_heap *heap;

	int err;

	heap = make_heap(sys, group, gfp);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	err = set_params(heap, params) ?: create_mcaches(heap, gfp) ?:
	      create_nodes(heap, gfp) ?: announce(heap);
	if (err) {
		free_heap_memory(heap);
		return ERR_PTR(err);
	}
	enlist(sys, heap);
	return heap;
}

/* Return: a heap of its own, or an ERR_PTR: -EINVAL, -ENOMEM */
struct gomalloc_heap *heap_create(struct gomalloc_sys *sys,
				  const struct gomalloc_heap_params *params)
{
	return heap_create_in(sys, params, NULL);
}

/*
 * Nobody uses the heap any more. What was kept back on any CPU goes through the
 * caches of those that this runs on, so it goes before any of them is emptied.
 */
static void release_caches(struct gomalloc_heap *heap)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		harden_flush(per_cpu_ptr(heap->mcaches, cpu));
		cond_resched();
	}
	for_each_possible_cpu(cpu) {
		mcache_release_all(per_cpu_ptr(heap->mcaches, cpu));
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

	delist(heap->sys, heap);
	if (atomic_read(&heap->rcu_frees))
		rcu_barrier();
	cpuhp_state_remove_instance_nocalls(heap->sys->cpuhp_state,
					    &heap->cpuhp_node);
	heap_shrink_exit(heap);
	/* Whoever has a kernel that checks itself, has this checked, too */
	if (IS_ENABLED(CONFIG_DEBUG_VM))
		WARN_ON_ONCE(heap_validate(heap) == -EUCLEAN);
	heap_scavenge_exit(heap);
	release_caches(heap);
	heap_release_parked(heap);
	/* What is lost of the heap's own memory no count of objects shows */
	WARN_ON_ONCE(heap_sum_counter(heap, MCACHE_STACK_NEW) !=
		     heap_sum_counter(heap, MCACHE_STACK_FREED));
	report_leak(heap);
	kvmalloc_release_heap(heap);
	for (nid = 0; nid < heap->nr_nodes; nid++) {
		if (heap->node[nid])
			mheap_destroy(heap->node[nid]);
	}
	/* A freer may still be at the lock of a mcentral: mcentral_free_remote() */
	queue_rcu_work(heap->sys->wq, &heap->free_work);
}
