// SPDX-License-Identifier: GPL-2.0
/*
 * shrink - when the machine, or a memory cgroup, is short of memory
 *
 * What: one shrinker for all heaps, by node and by memory cgroup, which releases
 *	free pages and then has the CPUs drain their caches; and a notifier that
 *	releases everything before a process is killed.
 * Locks: sys->holders_lock, of the list of heaps that hold pages; the list of a
 *	memory cgroup has one of its own. Inside them heap->reclaim_sem is tried, which
 *	keeps reclaim out while pages are counted, or the heap goes. Reclaim may hold
 *	any lock that allows sleeping, so nothing here waits.
 * Invariant: a heap that holds pages is in the lists, or its hold_work is queued
 *	or running; a heap without any costs page reclaim nothing.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/nodemask.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/shrinker.h>

#include "compat.h"
#include "drain.h"
#include "gate.h"
#include "ledger.h"
#include "mrelease.h"
#include "scavenge.h"
#include "shrink.h"

/* At least so much time between two requests to drain the CPUs' caches */
#define ASK_PERIOD	(HZ / 20 + 1)

/*
 * === which heaps ===
 */

static void enter_holder(struct gomalloc_heap *heap)
{
	struct gomalloc_sys *sys = heap->sys;

	if (heap->flags & GOMALLOC_HEAP_ACCOUNT)
		compat_list_lru_add(&sys->accounted, &heap->in_accounted);
	spin_lock(&sys->holders_lock);
	if (list_empty(&heap->in_holders)) {
		list_add(&heap->in_holders, &sys->holders);
		sys->nr_holders++;
	}
	spin_unlock(&sys->holders_lock);
}

static void remove_holder(struct gomalloc_heap *heap)
{
	struct gomalloc_sys *sys = heap->sys;

	if (heap->flags & GOMALLOC_HEAP_ACCOUNT)
		compat_list_lru_del(&sys->accounted, &heap->in_accounted);
	spin_lock(&sys->holders_lock);
	if (!list_empty(&heap->in_holders)) {
		list_del_init(&heap->in_holders);
		sys->nr_holders--;
	}
	spin_unlock(&sys->holders_lock);
}

/* Have page reclaim know the heap if, and only if, it holds pages */
static void update_holder(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(work, struct gomalloc_heap,
						  hold_work);

	/* Pairs with shrink_exit_heap(), after which it is in no list for good */
	if (READ_ONCE(heap->dying))
		return;
	WRITE_ONCE(heap->is_holder, false);
	/* Pairs with note_holder(): it sees that, or we see its pages */
	smp_mb();
	if (!atomic_long_read(&heap->held_pages)) {
		remove_holder(heap);
		return;
	}
	WRITE_ONCE(heap->is_holder, true);
	enter_holder(heap);
}

/* The heap at the head of the list, which goes to its end; it stays until unpin() */
static struct gomalloc_heap *pin_next_holder(struct gomalloc_sys *sys)
{
	struct gomalloc_heap *heap;

	spin_lock(&sys->holders_lock);
	heap = list_first_entry_or_null(&sys->holders, struct gomalloc_heap,
					in_holders);
	if (heap) {
		list_move_tail(&heap->in_holders, &sys->holders);
		/* Pairs with the down_write() of shrink_remove() */
		if (!down_read_trylock(&heap->reclaim_sem))
			heap = NULL;
	}
	spin_unlock(&sys->holders_lock);
	return heap;
}

static void unpin(struct gomalloc_heap *heap)
{
	up_read(&heap->reclaim_sem);
}

/* The same of the list of a memory cgroup; @arg gets the heap */
static COMPAT_LRU_WALK_CB(pin_accounted)
{
	struct gomalloc_heap *heap = container_of(item, struct gomalloc_heap,
						  in_accounted);
	struct gomalloc_heap **pinned = arg;

	*pinned = down_read_trylock(&heap->reclaim_sem) ? heap : NULL;
	return LRU_ROTATE;
}

static struct gomalloc_heap *pin_next_accounted(struct gomalloc_sys *sys,
						struct shrink_control *sc)
{
	struct gomalloc_heap *heap = NULL;
	unsigned long one = 1;

	list_lru_walk_one(&sys->accounted, sc->nid, sc->memcg, pin_accounted,
			  &heap, &one);
	return heap;
}

/* Is it the machine that is short, and not a memory cgroup? */
static bool is_global(const struct shrink_control *sc)
{
	return !sc->memcg || !parent_mem_cgroup(sc->memcg);
}

/*
 * === what they could release ===
 */

static unsigned long free_pages_of(const struct mheap *h)
{
	unsigned long held = READ_ONCE(h->held_pages);
	unsigned long used = READ_ONCE(h->used_pages);

	return held > used ? held - used : 0;
}

/* Pages that the CPUs of a node may have cached, or of all: NUMA_NO_NODE */
static unsigned long cached_pages(struct gomalloc_heap *heap, int nid)
{
	const struct mcache *cache;
	unsigned long bytes = 0;

	for_each_mcache(cache, heap) {
		if (nid == NUMA_NO_NODE || cpu_to_mem(cache->cpu) == nid)
			bytes += atomic_long_read(&cache->cached);
	}
	return bytes >> PAGE_SHIFT;
}

static unsigned long count_heap(struct gomalloc_heap *heap, int nid)
{
	unsigned long npages = cached_pages(heap, nid);
	struct mheap *h;
	unsigned int i;

	for_each_mheap(h, heap, i) {
		if (nid == NUMA_NO_NODE || h->nid == nid)
			npages += free_pages_of(h);
	}
	return npages;
}

static unsigned long count_holders(struct gomalloc_sys *sys, int nid)
{
	struct gomalloc_heap *heap;
	unsigned long npages = 0;

	spin_lock(&sys->holders_lock);
	list_for_each_entry(heap, &sys->holders, in_holders)
		npages += count_heap(heap, nid);
	spin_unlock(&sys->holders_lock);
	return npages;
}

static COMPAT_LRU_WALK_CB(count_accounted)
{
	*(unsigned long *)arg += count_heap(container_of(item,
							 struct gomalloc_heap,
							 in_accounted),
					    NUMA_NO_NODE);
	return LRU_SKIP;
}

static unsigned long count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct gomalloc_sys *sys = compat_shrinker_data(shrinker);
	unsigned long npages = 0, all = ULONG_MAX;

	if (is_global(sc))
		return count_holders(sys, sc->nid);
	/* A cgroup of which we say so does not ask again before its list gets a heap */
	if (!list_lru_shrink_count(&sys->accounted, sc))
		return SHRINK_EMPTY;
	list_lru_walk_one(&sys->accounted, sc->nid, sc->memcg, count_accounted,
			  &npages, &all);
	return npages;
}

/*
 * === release ===
 */

static bool may_ask(struct gomalloc_heap *heap)
{
	unsigned long asked = READ_ONCE(heap->asked_at);

	if (time_before(jiffies, asked + ASK_PERIOD))
		return false;
	WRITE_ONCE(heap->asked_at, jiffies);
	return true;
}

/* Free pages of a node, or of all: NUMA_NO_NODE */
static unsigned long release_free(struct gomalloc_heap *heap, int nid,
				  unsigned long most)
{
	unsigned long npages = 0;
	struct mheap *h;
	unsigned int i;

	for_each_mheap(h, heap, i) {
		if (npages < most && (nid == NUMA_NO_NODE || h->nid == nid))
			npages += mrelease_pages(h, 0, most - npages);
	}
	return npages;
}

/* Return: how many pages of the heap were released */
static unsigned long scan_heap(struct gomalloc_heap *heap, int nid,
			       unsigned long most)
{
	unsigned long npages = release_free(heap, nid, most);
	struct mheap *h;
	unsigned int i;

	ledger_count(heap, LEDGER_SHRINK, 1);
	if (npages < most && may_ask(heap)) {
		/* What they do not drain at once is free the next time */
		drain_ask_cpus(heap, true);
		scavenge_flush_shared(heap);
		npages += release_free(heap, nid, most - npages);
	}
	atomic_long_add(npages, &heap->shrunk_pages);
	for_each_mheap(h, heap, i)
		mrelease_metadata(h);
	return npages;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct gomalloc_sys *sys = compat_shrinker_data(shrinker);
	int nid = is_global(sc) ? sc->nid : NUMA_NO_NODE;
	struct gomalloc_heap *heap;
	unsigned long nr, npages = 0;

	nr = is_global(sc) ? READ_ONCE(sys->nr_holders) :
	     list_lru_shrink_count(&sys->accounted, sc);
	for (; nr && npages < sc->nr_to_scan; nr--) {
		heap = is_global(sc) ? pin_next_holder(sys) :
				       pin_next_accounted(sys, sc);
		if (!heap)
			continue;
		npages += scan_heap(heap, nid, sc->nr_to_scan - npages);
		unpin(heap);
	}
	return npages ?: SHRINK_STOP;
}

/*
 * === before a process is killed ===
 */

static void ask_heap(struct gomalloc_heap *heap)
{
	drain_flush_quarantine(heap);
	drain_ask_cpus(heap, true);
}

static unsigned long release_heap(struct gomalloc_heap *heap)
{
	struct mheap *h;
	unsigned int i;

	scavenge_flush_shared(heap);
	for_each_mheap(h, heap, i)
		mrelease_metadata(h);
	return release_free(heap, NUMA_NO_NODE, ULONG_MAX);
}

/* The kernel's own list of where the memory is does not know of a module's pages */
static void report_held(struct gomalloc_sys *sys, unsigned long released)
{
	static DEFINE_RATELIMIT_STATE(often, 10 * HZ, 1);
	long npages;
	int nid;

	if (!__ratelimit(&often))
		return;
	for_each_online_node(nid) {
		npages = atomic_long_read(&sys->node_held[nid]);
		if (npages)
			pr_info("out of memory: heaps hold %ld KiB on node %d\n",
				npages << (PAGE_SHIFT - 10), nid);
	}
	pr_info("out of memory: heaps have released %lu KiB\n",
		released << (PAGE_SHIFT - 10));
}

/* All CPUs are asked before anything is released, which gives them the time for it */
static int out_of_memory_event(struct notifier_block *nb, unsigned long unused,
			       void *freed)
{
	struct gomalloc_sys *sys = container_of(nb, struct gomalloc_sys, oom_nb);
	unsigned int n, nr = READ_ONCE(sys->nr_holders);
	struct gomalloc_heap *heap;
	unsigned long npages = 0;

	for (n = 0; n < 2 * nr; n++) {
		heap = pin_next_holder(sys);
		if (!heap)
			continue;
		if (n < nr)
			ask_heap(heap);
		else
			npages += release_heap(heap);
		unpin(heap);
	}
	report_held(sys, npages);
	*(unsigned long *)freed += npages;
	return NOTIFY_OK;
}

/*
 * === setup ===
 */

void shrink_init_heap(struct gomalloc_heap *heap)
{
	heap->asked_at = jiffies - ASK_PERIOD;
	INIT_LIST_HEAD(&heap->in_holders);
	INIT_LIST_HEAD(&heap->in_accounted);
	INIT_WORK(&heap->hold_work, update_holder);
	init_rwsem(&heap->reclaim_sem);
}

/* The heap goes: page reclaim forgets it, and is not in it any more */
void shrink_exit_heap(struct gomalloc_heap *heap)
{
	/* Pairs with update_holder() */
	WRITE_ONCE(heap->dying, true);
	cancel_work_sync(&heap->hold_work);
	remove_holder(heap);
	/* Pairs with the trylock of who found it before */
	down_write(&heap->reclaim_sem);
	up_write(&heap->reclaim_sem);
}
EXPORT_SYMBOL_IF_KUNIT(shrink_exit_heap);

/*
 * The scavenger's last look may have found the heap empty, and have queued what says
 * so. It does nothing any more, but the heap's memory must not go before it.
 */
void shrink_cancel_work(struct gomalloc_heap *heap)
{
	cancel_work_sync(&heap->hold_work);
}

/* Return: 0, or -ENOMEM */
int shrink_init(struct gomalloc_sys *sys)
{
	int err;

	spin_lock_init(&sys->holders_lock);
	INIT_LIST_HEAD(&sys->holders);
	sys->shrinker = compat_shrinker_create(count, scan, sys, "gomalloc");
	if (!sys->shrinker)
		return -ENOMEM;
	/* By now it has the number that the list needs; no cgroup knows it before */
	err = list_lru_init_memcg(&sys->accounted, sys->shrinker);
	if (err)
		goto err_shrinker;
	sys->oom_nb.notifier_call = out_of_memory_event;
	err = register_oom_notifier(&sys->oom_nb);
	if (!err)
		return 0;
	compat_shrinker_destroy(sys->shrinker);
	list_lru_destroy(&sys->accounted);
	return err;

err_shrinker:
	compat_shrinker_destroy(sys->shrinker);
	return err;
}

void shrink_exit(struct gomalloc_sys *sys)
{
	unregister_oom_notifier(&sys->oom_nb);
	compat_shrinker_destroy(sys->shrinker);
	list_lru_destroy(&sys->accounted);
}
