// SPDX-License-Identifier: GPL-2.0
/*
 * core - the allocator in a program
 *
 * What: starts the machine that host/ is, and brings the layers up on it and down
 *	again, as gomalloc_kmod.c does without the device and the files.
 */
#include <host/kernel.h>
#include <host/core.h>

#include "api_rcu.h"
#include "heaps.h"
#include "malloc.h"
#include "pagemap.h"
#include "sample.h"

void host_start(unsigned long bytes, int may_map)
{
	host_cpu_init();
	host_page_init(bytes, may_map);
	host_enter_cpu(0);
	host_rcu_init();
	host_work_init();
}

void host_core_init(void)
{
	struct gomalloc_heap_params params = { .name = "default" };

	sample_init(&gomalloc_sys, 16, 16);
	api_rcu_init(&gomalloc_sys);
	if (pagemap_init() || heaps_init(&gomalloc_sys))
		panic("the allocator does not start\n");
	gomalloc_default_heap = heaps_create(&gomalloc_sys, &params);
	if (IS_ERR(gomalloc_default_heap))
		panic("there is no heap\n");
	malloc_set_front(gomalloc_default_heap);
}

void host_core_exit(void)
{
	heaps_destroy(gomalloc_default_heap);
	sample_exit(&gomalloc_sys);
	heaps_exit(&gomalloc_sys);
	pagemap_exit();
}
