// SPDX-License-Identifier: GPL-2.0
/*
 * run_empty - the cases with calls that do nothing
 */
#include <linux/compiler.h>
#include <linux/gfp.h>

#define BENCH(name)			name##_empty
#define ALLOC(size, gfp)		empty_alloc(size, gfp)
#define ALLOC_NOSCAN(size, gfp)		empty_alloc(size, gfp)
#define ALLOC_BULK(size, nr, p)		empty_bulk(size, nr, p)
#define REALLOC(p, size, gfp)		empty_realloc(p, size, gfp)
#define FREE(p)				empty_free(p)
#define FREE_BULK(nr, p)		empty_bulk(0, nr, p)

static noinline void *empty_alloc(size_t size, gfp_t gfp)
{
	barrier();
	return NULL;
}

static noinline void *empty_realloc(void *p, size_t size, gfp_t gfp)
{
	barrier();
	return p;
}

static noinline void empty_bulk(size_t size, size_t nr, void **p)
{
	barrier();
}

static noinline void empty_free(const void *p)
{
	barrier();
}

#include "cases.h"
