// SPDX-License-Identifier: GPL-2.0
/*
 * empty - calls that take what an allocator's take, and do nothing
 */
#include "bench.h"

void *empty_alloc(size_t size, gfp_t gfp)
{
	return NULL;
}

void *empty_realloc(void *p, size_t size, gfp_t gfp)
{
	return p;
}

void empty_bulk(size_t size, size_t nr, void **p)
{
}

void empty_free(const void *p)
{
}
