/* SPDX-License-Identifier: GPL-2.0 */
/*
 * workloads - the workloads, once for each allocator
 *
 * Included by a file that has defined BENCH(), ALLOC() and FREE(), as cases.h is.
 */
#include <linux/kernel.h>
#include <linux/slab.h>

#include "work.h"
#include "work_cache.h"
#include "work_fill_free.h"
#include "work_kernel.h"
#include "work_larson.h"
#include "work_mstress.h"
#include "work_sh6bench.h"
#include "work_xmalloc.h"

static void BENCH(work_fill)(void **object, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		object[i] = ALLOC(8, GFP_KERNEL);
}

static void BENCH(work_drain)(void **object, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		FREE(object[i]);
		object[i] = NULL;
	}
}

const struct work_ops BENCH(work_ops) = {
	.run = {
		[WORK_LARSON]		= BENCH(larson),
		[WORK_MSTRESS]		= BENCH(mstress),
		[WORK_FILL_FREE]	= BENCH(fill_free),
		[WORK_XMALLOC]		= BENCH(xmalloc),
		[WORK_CACHE_THRASH]	= BENCH(cache_thrash),
		[WORK_CACHE_SCRATCH]	= BENCH(cache_scratch),
		[WORK_SH6BENCH]		= BENCH(sh6bench),
		[WORK_SKB]		= BENCH(skb),
		[WORK_DENTRY]		= BENCH(dentry),
	},
	.fill	= BENCH(work_fill),
	.drain	= BENCH(work_drain),
};
