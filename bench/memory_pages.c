// SPDX-License-Identifier: GPL-2.0
/*
 * memory_pages - what the page allocator has
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include "memory.h"

/* Page blocks that are counted, at most; their order */
#define MAX_BLOCKS	4096
#define BLOCK_ORDER	9

static long free_pages_of(struct zone *zone)
{
	long npages = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	int cpu;

	for_each_possible_cpu(cpu)
		npages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
						cpu)->count);
	return npages;
}

/* Those on the CPUs' lists included */
long count_free_pages(void)
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

/* Page blocks that the system can still get, without direct reclaim */
long count_blocks(void)
{
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN | __GFP_NORETRY;
	struct page **blocks;
	long nr = 0, i;

	blocks = vzalloc(MAX_BLOCKS * sizeof(*blocks));
	if (!blocks)
		return 0;
	while (nr < MAX_BLOCKS) {
		blocks[nr] = alloc_pages(gfp, BLOCK_ORDER);
		if (!blocks[nr])
			break;
		nr++;
	}
	for (i = 0; i < nr; i++)
		__free_pages(blocks[i], BLOCK_ORDER);
	vfree(blocks);
	return nr;
}
