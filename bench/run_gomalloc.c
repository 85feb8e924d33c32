// SPDX-License-Identifier: GPL-2.0
/*
 * run_gomalloc - the cases for gomalloc
 */
#define BENCH(name)			name##_gomalloc
#define ALLOC(size, gfp)		gomalloc(size, gfp)
#define ALLOC_NOSCAN(size, gfp)		gomalloc_noscan(size, gfp)
#define ALLOC_BULK(size, nr, p)		gomalloc_bulk(GFP_KERNEL, size, nr, p)
#define REALLOC(p, size, gfp)		gorealloc(p, size, gfp)
#define FREE(p)				gofree(p)
#define FREE_BULK(nr, p)		gofree_bulk(nr, p)

#include "cases.h"
#include "workloads.h"
