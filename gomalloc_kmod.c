// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_kmod - init, exit, parameters
 *
 * What: brings the layers up in order and down again.
 * Invariant: when exit returns, every page is back with the page allocator.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/module.h>

#include "compat.h"
#include "debugfs.h"
#include "dev/dev.h"
#include "heaps.h"
#include "kasan_report.h"
#include "kfree_probe.h"
#include "malloc.h"
#include "pagemap.h"
#include "sysfs.h"

module_param_named(panic_on_misuse, gomalloc_sys.report.panic, bool, 0644);
MODULE_PARM_DESC(panic_on_misuse, "panic at a double or wrong free (default: report and ignore it)");

module_param_named(cache_kb, gomalloc_sys.cache_kb, uint, 0644);
MODULE_PARM_DESC(cache_kb, "KiB of free memory that a CPU may cache of each new heap (default 1536; with pages of 64 KiB, 4096)");

module_param_named(scavenge_ms, gomalloc_sys.scavenge_ms, uint, 0644);
MODULE_PARM_DESC(scavenge_ms, "scavenger period in ms, 0 disables (default 1000)");

module_param_named(dev_limit_mb, gomalloc_dev.limit_mb, uint, 0644);
MODULE_PARM_DESC(dev_limit_mb, "MiB that an open /dev/gomalloc may hold, 0 for no limit (default 256)");

module_param_named(dev_limit_objects, gomalloc_dev.limit_objects, uint, 0644);
MODULE_PARM_DESC(dev_limit_objects, "objects that an open /dev/gomalloc may have, 0 for no limit (default 1048576)");

module_param_named(dev_total_mb, gomalloc_dev.total_mb, int, 0644);
MODULE_PARM_DESC(dev_total_mb, "MiB that all open /dev/gomalloc may hold, 0 for no limit (default half of the memory)");

module_param_named(dev_total_objects, gomalloc_dev.total_objects, uint, 0644);
MODULE_PARM_DESC(dev_total_objects, "objects that all open /dev/gomalloc may have, 0 for no limit (default 4194304)");

module_param_named(dev_max_open, gomalloc_dev.max_open, uint, 0644);
MODULE_PARM_DESC(dev_max_open, "open files of /dev/gomalloc, 0 for no limit (default 4096)");

module_param_named(dev_max_open_user, gomalloc_dev.max_open_user, uint, 0644);
MODULE_PARM_DESC(dev_max_open_user, "of these, of one user without CAP_SYS_RESOURCE, 0 for no limit (default 1024)");

static bool catch_kfree;
module_param(catch_kfree, bool, 0444);
MODULE_PARM_DESC(catch_kfree, "free objects that others give to kfree(), by probes (default: they are lost, and reported)");

static int __init gomalloc_init(void)
{
	struct gomalloc_heap_params params = { .name = "default" };
	int err;

	err = pagemap_init();
	if (err)
		return err;
	err = heaps_init(&gomalloc_sys);
	if (err)
		goto err_pagemap;
	gomalloc_default_heap = heaps_create(&gomalloc_sys, &params);
	if (IS_ERR(gomalloc_default_heap)) {
		err = PTR_ERR(gomalloc_default_heap);
		goto err_sys;
	}
	err = dev_init();
	if (err)
		goto err_heap;
	err = gomalloc_sysfs_init(&gomalloc_sys);
	if (err)
		goto err_dev;
	if (KASAN_REPORTS)
		kasan_report_init();
	if (catch_kfree)
		kfree_probe_init();
	gomalloc_debugfs_init(&gomalloc_sys);
	pr_info("%u size classes up to %u bytes, device /dev/gomalloc\n",
		NUM_SIZE_CLASSES - 1, MAX_SMALL_SIZE);
	return 0;

err_dev:
	dev_exit();
err_heap:
	heaps_destroy(gomalloc_default_heap);
err_sys:
	heaps_exit(&gomalloc_sys);
err_pagemap:
	pagemap_exit();
	return err;
}

/* By the reference counts of the module it is no longer in use */
static void __exit gomalloc_exit(void)
{
	gomalloc_debugfs_exit(&gomalloc_sys);
	gomalloc_sysfs_exit(&gomalloc_sys);
	if (catch_kfree)
		kfree_probe_exit();
	if (KASAN_REPORTS)
		kasan_report_exit();
	dev_exit();
	heaps_destroy(gomalloc_default_heap);
	heaps_exit(&gomalloc_sys);
	pagemap_exit();
}

module_init(gomalloc_init);
module_exit(gomalloc_exit);
MODULE_DESCRIPTION("The Go runtime's memory allocator for the Linux kernel");
MODULE_AUTHOR("The gomalloc maintainers");
MODULE_VERSION("0.10.0");
MODULE_LICENSE("GPL");
