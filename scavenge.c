// SPDX-License-Identifier: GPL-2.0
/*
 * scavenge - give back what a heap holds and does not use
 *
 * What: on demand, empties the CPUs' caches, which makes spans empty, and
 *	returns the arenas without spans.
 * Called by malloc.c (exported) and heap.c. Calls mcache.c and mheap.c.
 * Locks: the CPU hotplug lock for reading; takes no other itself.
 */
#include <linux/cpu.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "heap.h"
#include "mcache.h"
#include "mheap.h"

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

/* Sleeps. Return: bytes that went back to the page allocator. */
size_t heap_trim(struct gomalloc_heap *heap)
{
	size_t bytes = 0;
	unsigned int i;

	drain_caches(heap);
	for (i = 0; i < heap->nr_nodes; i++) {
		if (heap->node[i])
			bytes += mheap_trim(heap->node[i]);
	}
	return bytes;
}
