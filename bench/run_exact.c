// SPDX-License-Identifier: GPL-2.0
/*
 * run_exact - the cases for whole pages; of use for large objects only, and
 * not for many at once or for one that grows, which there are no calls for
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "bench.h"

#define BENCH(name)			name##_exact
#define ALLOC(size, gfp)		exact_alloc(size, gfp)
#define ALLOC_NOSCAN(size, gfp)		exact_alloc(size, gfp)
#define ALLOC_BULK(size, nr, p)		empty_bulk(size, nr, p)
#define REALLOC(p, size, gfp)		empty_realloc(p, size, gfp)
#define FREE(p)				exact_free(p)
#define FREE_BULK(nr, p)		empty_bulk(0, nr, p)

/* It wants to be told the size again, so a case has one size at a time */
static size_t exact_size;

static void *exact_alloc(size_t size, gfp_t gfp)
{
	exact_size = size;
	return alloc_pages_exact(size, gfp);
}

static void exact_free(void *p)
{
	if (p)
		free_pages_exact(p, exact_size);
}

#include "cases.h"
