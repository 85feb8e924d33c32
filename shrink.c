// SPDX-License-Identifier: GPL-2.0
/*
 * shrink - when the machine is short of memory
 *
 * What: a shrinker for each heap, by node, which releases free pages and then
 *	has the CPUs drain their caches; and a notifier that releases everything
 *	before a process is killed.
 * Locks: heap->reclaim_sem, which keeps reclaim out while pages are counted, or
 *	all released. Reclaim may hold any lock that allows sleeping, so the
 *	shrinker never waits, and not for this.
 */
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/shrinker.h>

#include "compat.h"
#include "drain.h"
#include "ledger.h"
#include "mrelease.h"
#include "scavenge.h"
#include "shrink.h"

/* At least so much time between two requests to drain the CPUs' caches */
#define ASK_PERIOD	(HZ / 20 + 1)

static unsigned long free_pages_of(const struct mheap *h)
{
	unsigned long held = READ_ONCE(h->held_pages);
	unsigned long used = READ_ONCE(h->used_pages);

	return held > used ? held - used : 0;
}

/* Pages that the CPUs of a node may have cached */
static unsigned long cached_pages(struct gomalloc_heap *heap, int nid)
{
	unsigned long bytes = 0;
	int cpu;

	for_each_online_cpu(cpu) {
		if (cpu_to_mem(cpu) == nid)
			bytes += atomic_long_read(&per_cpu_ptr(heap->mcaches,
							       cpu)->cached);
	}
	return bytes >> PAGE_SHIFT;
}

static unsigned long count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct gomalloc_heap *heap = compat_shrinker_data(shrinker);
	struct mheap *h = heap->node[sc->nid];
	unsigned long npages = 0;

	if (h)
		npages = free_pages_of(h) + cached_pages(heap, sc->nid);
	return npages ?: SHRINK_EMPTY;
}

static bool may_ask(struct gomalloc_heap *heap)
{
	unsigned long asked = READ_ONCE(heap->asked_at);

	if (time_before(jiffies, asked + ASK_PERIOD))
		return false;
	WRITE_ONCE(heap->asked_at, jiffies);
	return true;
}

/* Return: how many pages of @h were released */
static unsigned long scan_mheap(struct gomalloc_heap *heap, struct mheap *h,
				const struct shrink_control *sc)
{
	unsigned long npages;

	ledger_count(heap, LEDGER_SHRINK, 1);
	npages = mrelease_pages(h, 0, sc->nr_to_scan);
	atomic_long_add(npages, &heap->shrunk_pages);
	mrelease_metadata(h);
	/* What they drain is free the next time */
	if (npages < sc->nr_to_scan && may_ask(heap))
		drain_ask_cpus(heap, true);
	return npages;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct gomalloc_heap *heap = compat_shrinker_data(shrinker);
	unsigned long npages;

	if (!heap->node[sc->nid] || !down_read_trylock(&heap->reclaim_sem))
		return SHRINK_STOP;
	npages = scan_mheap(heap, heap->node[sc->nid], sc);
	up_read(&heap->reclaim_sem);
	return npages ?: SHRINK_STOP;
}

static int out_of_memory_event(struct notifier_block *nb, unsigned long unused,
			       void *freed)
{
	struct gomalloc_heap *heap = container_of(nb, struct gomalloc_heap,
						  oom_nb);

	if (down_read_trylock(&heap->reclaim_sem)) {
		*(unsigned long *)freed += scavenge_trim_locked(heap) >> PAGE_SHIFT;
		up_read(&heap->reclaim_sem);
	}
	return NOTIFY_OK;
}

/* Return: 0, or -ENOMEM */
int shrink_init(struct gomalloc_heap *heap)
{
	int err;

	heap->asked_at = jiffies - ASK_PERIOD;
	heap->shrinker = compat_shrinker_create(count, scan, heap, heap->name);
	if (!heap->shrinker)
		return -ENOMEM;
	heap->oom_nb.notifier_call = out_of_memory_event;
	err = register_oom_notifier(&heap->oom_nb);
	if (err)
		compat_shrinker_destroy(heap->shrinker);
	return err;
}

void shrink_exit(struct gomalloc_heap *heap)
{
	unregister_oom_notifier(&heap->oom_nb);
	compat_shrinker_destroy(heap->shrinker);
}
