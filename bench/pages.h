/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pages - how many pages are free, and how many kmalloc could return
 */
#ifndef _GOMALLOC_BENCH_PAGES_H
#define _GOMALLOC_BENCH_PAGES_H

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

static inline long free_pages_of(struct zone *zone)
{
	long npages = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	int cpu;

	for_each_possible_cpu(cpu)
		npages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
						cpu)->count);
	return npages;
}

/* Those on the CPUs' lists included */
static inline long count_free_pages(void)
{
	long npages = 0;
	int nid, i;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			if (populated_zone(&NODE_DATA(nid)->node_zones[i]))
				npages += free_pages_of(&NODE_DATA(nid)->node_zones[i]);
		}
	}
	return npages;
}

static inline void trim_kmalloc(void)
{
	unsigned int type, i;

	for (type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (i = 0; i <= KMALLOC_SHIFT_HIGH; i++) {
			if (kmalloc_caches[type][i])
				kmem_cache_shrink(kmalloc_caches[type][i]);
		}
	}
}

#endif /* _GOMALLOC_BENCH_PAGES_H */
