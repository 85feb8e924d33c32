// SPDX-License-Identifier: GPL-2.0
/* gomalloc - the allocators that the workloads are run with: ours, and that of C */
#include <host/kernel.h>
#include <host/core.h>

#include <linux/gomalloc.h>

#include "bench.h"

/* The machine has so much memory */
#define MEMORY	(8UL << 30)

static void *go_alloc(size_t size)
{
	return __gomalloc(size, GFP_KERNEL);
}

static void go_free(void *p)
{
	gofree(p);
}

static void go_init(void)
{
	host_start(MEMORY, false);
	host_core_init();
	host_reset_peak();
}

static size_t go_held(void)
{
	return (host_pages_used() << PAGE_SHIFT) + host_slab_bytes();
}

static size_t go_peak(void)
{
	return (host_pages_peak() << PAGE_SHIFT) + host_slab_bytes();
}

const struct allocator bench_gomalloc = {
	.name = "gomalloc",
	.alloc = go_alloc,
	.free = go_free,
	.init = go_init,
	.enter = host_enter_cpu,
	.leave = host_leave_cpu,
	.held = go_held,
	.peak = go_peak,
};
