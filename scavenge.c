// SPDX-License-Identifier: GPL-2.0
/*
 * scavenge - give back what a heap holds and does not use
 *
 * What: in the background, empties the stacks that are between two CPUs and
 *	returns arenas that stay empty; on demand, empties the CPUs' caches,
 *	which makes spans empty, and returns all empty arenas.
 * Called by mheap.c (there is something to give back), api.c (exported) and
 *	heap.c. Calls mcache.c, recycle.c and mgrow.c.
 * Locks: the CPU hotplug lock for reading; takes no other itself.
 */
#include <linux/cpu.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mheap.h"

/* From one look of the scavenger to the next, in jiffies */
#define SCAVENGE_PERIOD		HZ

/* Each CPU empties its own cache: no other may write there */
static void drain_caches(struct gomalloc_heap *heap)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		schedule_work_on(cpu, &per_cpu_ptr(heap->mcaches,
						   cpu)->drain_work);
	for_each_online_cpu(cpu)
		flush_work(&per_cpu_ptr(heap->mcaches, cpu)->drain_work);
	cpus_read_unlock();
}

/* The stacks that are between two CPUs */
static void release_parked(struct mheap *h)
{
	unsigned int spc;

	for (spc = NR_LARGE_SPAN_CLASSES; spc < NUM_SPAN_CLASSES; spc++) {
		recycle_release_parked(&h->central[spc]);
		cond_resched();
	}
}

/* Sleeps. Return: bytes that went back to the page allocator. */
size_t heap_trim(struct gomalloc_heap *heap)
{
	size_t bytes = 0;
	unsigned int i;

	drain_caches(heap);
	for (i = 0; i < heap->nr_nodes; i++) {
		if (!heap->node[i])
			continue;
		release_parked(heap->node[i]);
		bytes += mheap_trim(heap->node[i]);
	}
	return bytes;
}

/* Give back about @npages pages in empty arenas; any context */
void heap_release_empty(struct gomalloc_heap *heap, size_t npages)
{
	size_t done = 0;
	unsigned int i;

	for (i = 0; i < heap->nr_nodes && done < npages; i++) {
		if (heap->node[i])
			done += mheap_release_empty(heap->node[i], 0,
						    npages - done);
	}
}

/* What no CPU has, of a heap that nobody uses any more */
void heap_release_parked(struct gomalloc_heap *heap)
{
	unsigned int i;

	for (i = 0; i < heap->nr_nodes; i++) {
		if (heap->node[i])
			release_parked(heap->node[i]);
	}
}

static void scavenge(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(to_delayed_work(work),
						  struct gomalloc_heap,
						  scavenge_work);
	bool again = false;
	unsigned int i;

	for (i = 0; i < heap->nr_nodes; i++) {
		if (!heap->node[i])
			continue;
		release_parked(heap->node[i]);
		again |= mheap_scavenge(heap->node[i]);
	}
	if (again)
		heap_wake_scavenger(heap);
}

/* Some arena is empty: look in a while whether it still is. Any context. */
void heap_wake_scavenger(struct gomalloc_heap *heap)
{
	if (!delayed_work_pending(&heap->scavenge_work))
		queue_delayed_work(heap->sys->wq, &heap->scavenge_work,
				   SCAVENGE_PERIOD);
}

void heap_scavenge_init(struct gomalloc_heap *heap)
{
	/* Not worth waking an idle CPU for */
	INIT_DEFERRABLE_WORK(&heap->scavenge_work, scavenge);
}
