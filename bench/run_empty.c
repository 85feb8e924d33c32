// SPDX-License-Identifier: GPL-2.0
/*
 * run_empty - the cases with calls that do nothing, which are in another file
 * lest the compiler see that
 */
#include "bench.h"

#define BENCH(name)			name##_empty
#define ALLOC(size, gfp)		empty_alloc(size, gfp)
#define ALLOC_NOSCAN(size, gfp)		empty_alloc(size, gfp)
#define ALLOC_BULK(size, nr, p)		empty_bulk(size, nr, p)
#define REALLOC(p, size, gfp)		empty_realloc(p, size, gfp)
#define FREE(p)				empty_free(p)
#define FREE_BULK(nr, p)		empty_bulk(0, nr, p)

#include "cases.h"
#include "workloads.h"
