// SPDX-License-Identifier: GPL-2.0
/*
 * memory_pages - page blocks that the page allocator has
 */
#include <linux/gfp.h>
#include <linux/vmalloc.h>

#include "memory.h"

/* Page blocks that are counted, at most; their order */
#define MAX_BLOCKS	4096
#define BLOCK_ORDER	9

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
