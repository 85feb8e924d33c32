// SPDX-License-Identifier: GPL-2.0
/*
 * heaps - all heaps of the module: made, listed, destroyed
 *
 * What: a heap is one set of mcaches, mcentrals and mheaps with a name and a
 *	limit. Makes and destroys heaps, reports what they leak and who goes
 *	without destroying one, and keeps what all of them share: the list, the
 *	CPU hotplug state, the workqueues.
 * Locks: that of the list of heaps, heaplist.c, for who owns them. The CPU hotplug
 *	core has a list of its own, under its locks.
 * Owns: a heap's mcaches and mheaps. Destruction cannot fail.
 * Invariant: while there is a heap that another module made, our module stays.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/cpu.h>
#include <linux/ctype.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "drain.h"
#include "fail.h"
#include "gate.h"
#include "heaplist.h"
#include "heaps.h"
#include "hook.h"
#include "ledger.h"
#include "mcache.h"
#include "mcentral.h"
#include "meta.h"
#include "mheap.h"
#include "mspan.h"
#include "mvmap.h"
#include "quarantine.h"
#include "report.h"
#include "retry.h"
#include "sample.h"
#include "scavenge.h"
#include "shrink.h"
#include "stats.h"
#include "track.h"
#include "validate.h"

/*
 * === CPU hotplug ===
 */

static int heaps_cpu_prepare(unsigned int cpu, struct hlist_node *node)
{
	struct gomalloc_heap *heap = hlist_entry(node, struct gomalloc_heap,
						 cpuhp_node);

	struct mcache *cache = gate_mcache_of(heap, cpu);

	/* One that is made from now on is of the right node */
	if (cache->heap)
		mcache_set_node(cache, cpu);
	return 0;
}

/* Called on another CPU, when @cpu runs no more */
static int heaps_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct gomalloc_heap *heap = hlist_entry(node, struct gomalloc_heap,
						 cpuhp_node);

	struct mcache *cache = gate_mcache_of(heap, cpu);

	if (!cache->heap)
		return 0;
	quarantine_flush(cache);
	mcache_release_all(cache);
	ledger_count(heap, LEDGER_CPU_DEAD, 1);
	return 0;
}

/*
 * === owners ===
 */

static void report_orphan(struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	stats_sum(heap, &stats);
	pr_warn("leak: heap %s: module %s is gone and has not destroyed it; %llu objects, %llu bytes; gomalloc stays loaded until %u is written to its debugfs file heaps\n",
		heap->name, heap->owner_name, stats.objects, stats.held_bytes,
		heap->id);
}

/* Is it a heap of @owner? From now on it is nobody's: another may get its address. */
static bool orphan(struct gomalloc_heap *heap, const struct module *owner)
{
	bool owned;

	xa_lock(&heap->sys->heaps);
	owned = heap->owner == owner;
	if (owned) {
		heap->owner = NULL;
		WRITE_ONCE(heap->owner_state, HEAP_ORPHAN);
	}
	xa_unlock(&heap->sys->heaps);
	return owned;
}

/*
 * A module is about to go. Others may still use what is in a heap of its, so that
 * nothing is done to that; who knows better destroys it by hand. Return: how many
 * heaps it leaves.
 */
unsigned int heaps_owner_gone(struct gomalloc_sys *sys, struct module *owner)
{
	struct gomalloc_heap *heap;
	unsigned int n = 0;
	unsigned long id;

	heaplist_for_each(heap, sys, id) {
		if (!orphan(heap, owner))
			continue;
		report_orphan(heap);
		n++;
	}
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(heaps_owner_gone);

/* After the module's exit function, or when its init function has failed */
static int module_event(struct notifier_block *nb, unsigned long event,
			void *module)
{
	if (event == MODULE_STATE_GOING)
		heaps_owner_gone(container_of(nb, struct gomalloc_sys,
					      module_nb), module);
	return NOTIFY_OK;
}

/* Return: the heap, which is nobody else's now; or an ERR_PTR: -ENOENT, -EBUSY */
static struct gomalloc_heap *claim_orphan(struct gomalloc_sys *sys, u32 id)
{
	struct gomalloc_heap *heap;

	xa_lock(&sys->heaps);
	heap = xa_load(&sys->heaps, id);
	if (!heap)
		heap = ERR_PTR(-ENOENT);
	else if (heap->owner_state != HEAP_ORPHAN)
		heap = ERR_PTR(-EBUSY);
	else
		WRITE_ONCE(heap->owner_state, HEAP_OWNED);
	xa_unlock(&sys->heaps);
	return heap;
}

/*
 * Destroy a heap whose owner is gone. No one may use it any more. Return: 0; -ENOENT;
 * -EBUSY: its owner is there.
 */
int heaps_destroy_orphan(struct gomalloc_sys *sys, u32 id)
{
	struct gomalloc_heap *heap = claim_orphan(sys, id);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	heaps_destroy(heap);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(heaps_destroy_orphan);

/*
 * === what all heaps share ===
 */

static void destroy_caches(struct gomalloc_sys *sys)
{
	if (sys->wq)
		destroy_workqueue(sys->wq);
	meta_destroy_caches(sys);
	mspan_destroy_caches(sys);
}

/* Caches, and the workqueue. Return: 0, or -ENOMEM with as much as there is. */
static int create_caches(struct gomalloc_sys *sys)
{
	if (mspan_create_caches(sys) || meta_create_caches(sys))
		return -ENOMEM;
	/* Page reclaim does not wait for it, but those who free do */
	sys->wq = alloc_workqueue("gomalloc", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return sys->wq ? 0 : -ENOMEM;
}

int heaps_init(struct gomalloc_sys *sys)
{
	int state, err;

	report_init(&sys->report);
	heaplist_init(sys);
	mvmap_init(sys);
	err = create_caches(sys);
	if (err)
		goto err_caches;
	state = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "gomalloc:dead",
					heaps_cpu_prepare, heaps_cpu_dead);
	if (state < 0) {
		err = state;
		goto err_caches;
	}
	sys->cpuhp_state = state;
	err = fail_init(sys);
	if (err)
		goto err_cpuhp;
	err = shrink_init(sys);
	if (err)
		goto err_fail;
	sys->module_nb.notifier_call = module_event;
	err = register_module_notifier(&sys->module_nb);
	if (err)
		goto err_shrink;
	return 0;

err_shrink:
	shrink_exit(sys);
err_fail:
	fail_exit(sys);
err_cpuhp:
	cpuhp_remove_multi_state(sys->cpuhp_state);
err_caches:
	destroy_caches(sys);
	return err;
}

/* All heaps are destroyed; waits for the last of their memory */
void heaps_exit(struct gomalloc_sys *sys)
{
	unregister_module_notifier(&sys->module_nb);
	/* For the queue_rcu_work() of heaps just destroyed */
	rcu_barrier();
	flush_workqueue(sys->wq);
	shrink_exit(sys);
	fail_exit(sys);
	cpuhp_remove_multi_state(sys->cpuhp_state);
	destroy_caches(sys);
	mvmap_exit(sys);
	heaplist_exit(sys);
	report_exit(&sys->report);
}

/*
 * === heaps ===
 */

static void free_heap_memory(struct gomalloc_heap *heap)
{
	struct mcache *cache;
	unsigned int nid;

	for (nid = 0; nid < heap->nr_nodes; nid++) {
		if (!heap->node[nid])
			continue;
		mcentral_destroy_all(heap->node[nid]);
		meta_free(heap, META_MHEAP, heap->node[nid]);
	}
	for_each_mcache(cache, heap)
		quarantine_exit_cpu(cache);
	mcache_destroy_slots(heap);
	ledger_exit(heap);
	meta_free(heap, META_HEAP, heap);
}

static void free_heap_work(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(to_rcu_work(work),
						  struct gomalloc_heap,
						  free_work);

	/* The last spans may have woken it */
	scavenge_exit(heap);
	shrink_cancel_work(heap);
	free_heap_memory(heap);
}

static int create_nodes(struct gomalloc_heap *heap, gfp_t gfp)
{
	struct mheap *h;
	int nid;

	for_each_node(nid) {
		/* Not in memory that comes and goes without its CPUs */
		h = meta_alloc_node(heap, META_MHEAP, gfp | __GFP_ZERO,
				    node_state(nid, N_CPU) ? nid : NUMA_NO_NODE);
		if (!h)
			return -ENOMEM;
		mheap_init(h, heap, nid);
		heap->node[nid] = h;
	}
	return 0;
}

/* A quarantine is for objects freed anywhere, also where there is no memory */
static int create_quarantines(struct gomalloc_heap *heap, gfp_t gfp)
{
	struct mcache *cache;
	int cpu;

	for_each_possible_cpu(cpu) {
		cache = mcache_create(heap, cpu, gfp);
		if (!cache || quarantine_init_cpu(cache, gfp))
			return -ENOMEM;
	}
	return 0;
}

/* CPUs get their caches when they use the heap */
static int create_mcaches(struct gomalloc_heap *heap, gfp_t gfp)
{
	int err = mcache_create_slots(heap, gfp);

	if (err || !heap->quarantine)
		return err;
	return create_quarantines(heap, gfp);
}

#define KNOWN_FLAGS	(GOMALLOC_HEAP_NO_RECYCLE | GOMALLOC_HEAP_ACCOUNT | \
			 GOMALLOC_HEAP_RANDOM | GOMALLOC_HEAP_ZERO_FREE | \
			 GOMALLOC_HEAP_NO_DMA | GOMALLOC_HEAP_NOLEAKTRACE | \
			 GOMALLOC_HEAP_GUARD)

/* Names are printed, to logs and terminals, by whoever looks at heaps */
static bool is_printable(const char *name)
{
	for (; *name; name++) {
		if (!isascii(*name) || !isprint(*name))
			return false;
	}
	return true;
}

/*
 * What a CPU may cache if nobody says: all of them a 128th of the memory; but a span
 * of each class in use, of a page at least, for 64 classes
 */
static size_t share_of_memory(void)
{
	size_t bytes = (totalram_pages() << PAGE_SHIFT) / num_possible_cpus() / 128;

	return max(clamp_t(size_t, bytes, SZ_1M + SZ_512K, SZ_4M), 64 * PAGE_SIZE);
}

/* Take over what the heap is to be like. Return: 0, or -EINVAL. */
static int set_params(struct gomalloc_heap *heap,
		      const struct gomalloc_heap_params *params)
{
	if (params->flags & ~KNOWN_FLAGS)
		return -EINVAL;
	heap->flags = params->flags;
	/* Programs are told how large an object of the device is in truth */
	if (IS_ENABLED(CONFIG_KASAN) && !heap->group)
		heap->flags |= HEAP_REDZONE;
	if (!is_printable(params->name ?: ""))
		return -EINVAL;
	heap->cache_bytes = params->cache_limit ?:
			    (size_t)READ_ONCE(heap->sys->cache_kb) << 10 ?:
			    share_of_memory();
	/* What each class is charged of it has 32 bits */
	heap->cache_bytes = min_t(size_t, heap->cache_bytes, SZ_1G);
	strscpy(heap->name, params->name ?: "unnamed", sizeof(heap->name));
	return quarantine_init(heap, params) ?:
	       scavenge_set_limits(heap, params->limit, params->soft_limit);
}

/* A memory cgroup that pays for it gets a list of such heaps, with the first one */
static struct gomalloc_heap *alloc_heap(struct gomalloc_sys *sys, gfp_t gfp)
{
	if (gfp & __GFP_ACCOUNT)
		return kmem_cache_alloc_lru(sys->meta_cache[META_HEAP],
					    &sys->accounted, gfp | __GFP_ZERO);
	return kmem_cache_zalloc(sys->meta_cache[META_HEAP], gfp);
}

/* Return: a heap without anything in it, or NULL */
static struct gomalloc_heap *make_heap(struct gomalloc_sys *sys,
				       struct heap_group *group, gfp_t gfp)
{
	struct gomalloc_heap *heap;

	heap = alloc_heap(sys, gfp);
	if (!heap)
		return NULL;
	heap->sys = sys;
	heap->group = group;
	heap->nr_nodes = nr_node_ids;
	INIT_RCU_WORK(&heap->free_work, free_heap_work);
	mutex_init(&heap->limit_mutex);
	shrink_init_heap(heap);
	scavenge_init(heap);
	mcache_init_stacks(heap);
	return heap;
}

/* Let CPU hotplug know of it. Return: 0, or an errno. */
static int announce(struct gomalloc_heap *heap)
{
	struct gomalloc_sys *sys = heap->sys;

	return cpuhp_state_add_instance_nocalls(sys->cpuhp_state,
						&heap->cpuhp_node);
}

static void silence(struct gomalloc_heap *heap)
{
	cpuhp_state_remove_instance_nocalls(heap->sys->cpuhp_state,
					    &heap->cpuhp_node);
}

/* A module, or what is none if @owner is NULL; before anybody else sees the heap */
static void set_owner(struct gomalloc_heap *heap, struct module *owner,
		      enum heap_owner_state state)
{
	heap->owner = owner;
	heap->owner_state = state;
	strscpy(heap->owner_name,
		module_name(state == HEAP_OURS ? THIS_MODULE : owner),
		sizeof(heap->owner_name));
}

static gfp_t own_gfp(const struct gomalloc_heap_params *params)
{
	return params->flags & GOMALLOC_HEAP_ACCOUNT ?
	       GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN :
	       GFP_KERNEL;
}

/* Return: the heap, which nobody knows yet; or an ERR_PTR: -EINVAL, -ENOMEM */
static struct gomalloc_heap *
build_heap(struct gomalloc_sys *sys, const struct gomalloc_heap_params *params,
	   struct heap_group *group)
{
	gfp_t gfp = own_gfp(params);
	struct gomalloc_heap *heap;
	int err;

	heap = make_heap(sys, group, gfp);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	err = ledger_init(heap, gfp) ?: set_params(heap, params) ?:
	      create_mcaches(heap, gfp) ?: create_nodes(heap, gfp);
	if (!err)
		return heap;
	free_heap_memory(heap);
	return ERR_PTR(err);
}

static struct gomalloc_heap *
create_owned(struct gomalloc_sys *sys, const struct gomalloc_heap_params *params,
	     struct heap_group *group, struct module *owner,
	     enum heap_owner_state state)
{
	struct gomalloc_heap *heap = build_heap(sys, params, group);
	int err;

	if (IS_ERR(heap))
		return heap;
	set_owner(heap, owner, state);
	err = announce(heap);
	if (err)
		goto err_free;
	err = heaplist_add(sys, heap, own_gfp(params));
	if (err)
		goto err_silence;
	sample_new_heap(heap);
	return heap;

err_silence:
	silence(heap);
err_free:
	free_heap_memory(heap);
	return ERR_PTR(err);
}

/* Return: a heap of @group, or an ERR_PTR: -EINVAL, -ENOMEM */
struct gomalloc_heap *
heaps_create_in(struct gomalloc_sys *sys,
		const struct gomalloc_heap_params *params,
		struct heap_group *group)
{
	return create_owned(sys, params, group, NULL, HEAP_OURS);
}

/* Return: a heap of its own, or an ERR_PTR: -EINVAL, -ENOMEM */
struct gomalloc_heap *heaps_create(struct gomalloc_sys *sys,
				   const struct gomalloc_heap_params *params)
{
	return heaps_create_in(sys, params, NULL);
}

/*
 * The same for another module, or for what is none if @owner is NULL. As long as the
 * heap lives our module stays: who forgets it is not there any more to hold us.
 */
struct gomalloc_heap *
heaps_create_for(struct gomalloc_sys *sys,
		 const struct gomalloc_heap_params *params,
		 struct module *owner)
{
	struct gomalloc_heap *heap = create_owned(sys, params, NULL, owner,
						  HEAP_OWNED);

	/* Who calls this has a reference, by the symbol */
	if (!IS_ERR(heap))
		__module_get(THIS_MODULE);
	return heap;
}

/*
 * The heap is no longer in use. What any CPU has quarantined goes through the
 * caches of those that this runs on, so it goes before any of them is drained.
 */
static void release_caches(struct gomalloc_heap *heap)
{
	struct mcache *cache;

	for_each_mcache(cache, heap) {
		quarantine_flush(cache);
		cond_resched();
	}
	for_each_mcache(cache, heap) {
		mcache_release_all(cache);
		cond_resched();
	}
}

/* What is left in a heap that goes away */
static void report_leak(struct gomalloc_heap *heap)
{
	struct gomalloc_class_stats *rows;
	unsigned int class;

	rows = kcalloc(GOMALLOC_NR_CLASSES, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return;
	stats_by_class(heap, rows);
	for (class = 0; class < GOMALLOC_NR_CLASSES; class++) {
		if (!rows[class].objects)
			continue;
		pr_warn("leak: heap %s, class %u (%llu bytes each): %llu objects, %llu bytes\n",
			heap->name, class,
			rows[class].size ?: rows[class].object_bytes /
					    rows[class].objects,
			rows[class].objects, rows[class].object_bytes);
	}
	kfree(rows);
}

/*
 * Allocations from the heap and frees into it have ended, but the callbacks
 * of gofree_rcu() may be still to come.
 */
void heaps_destroy(struct gomalloc_heap *heap)
{
	bool owned = heap->owner_state != HEAP_OURS;
	unsigned int nid;

	heaplist_remove(heap);
	retry_rcu_barrier(heap);
	silence(heap);
	shrink_exit_heap(heap);
	/* Whoever has a kernel that checks itself, has this checked, too */
	if (IS_ENABLED(CONFIG_DEBUG_VM))
		WARN_ON_ONCE(validate_heap(heap) == -EUCLEAN);
	scavenge_exit(heap);
	release_caches(heap);
	scavenge_release_transfer(heap);
	drain_free_stacks(heap);
	/* What is lost of the heap's own memory no count of objects shows */
	WARN_ON_ONCE(ledger_sum_counter(heap, LEDGER_STACK_NEW) !=
		     ledger_sum_counter(heap, LEDGER_STACK_FREED));
	report_leak(heap);
	track_release_heap(heap);
	mvmap_release_heap(heap);
	for (nid = 0; nid < heap->nr_nodes; nid++) {
		if (heap->node[nid])
			mheap_destroy(heap->node[nid]);
	}
	/* A freer may still be at the lock of a mcentral: mcentral_free_remote() */
	queue_rcu_work(heap->sys->wq, &heap->free_work);
	/* heaps_exit() waits for that */
	if (owned)
		module_put(THIS_MODULE);
}
