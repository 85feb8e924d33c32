// SPDX-License-Identifier: GPL-2.0
/*
 * run_kmalloc - the cases for kmalloc, which can free in bulk and no more
 */
#include <linux/slab.h>

#define BENCH(name)			name##_kmalloc
#define ALLOC(size, gfp)		kmalloc(size, gfp)
#define ALLOC_NOSCAN(size, gfp)		kmalloc(size, gfp)
#define ALLOC_BULK(size, nr, p)		alloc_many(size, nr, p)
#define REALLOC(p, size, gfp)		krealloc(p, size, gfp)
#define FREE(p)				kfree(p)
#define FREE_BULK(nr, p)		kfree_bulk(nr, p)

static void alloc_many(size_t size, size_t nr, void **p)
{
	size_t i;

	for (i = 0; i < nr; i++)
		p[i] = kmalloc(size, GFP_KERNEL);
}

#include "cases.h"
#include "workloads.h"
