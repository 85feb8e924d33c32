// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_kmod - init, exit, parameters
 *
 * What: brings the layers up in order and down again.
 * Invariant: when exit returns, every page is back with the page allocator.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/time64.h>

#include "api_rcu.h"
#include "compat.h"
#include "debugfs.h"
#include "debugopt.h"
#include "dev/dev.h"
#include "guard.h"
#include "heaps.h"
#include "kasan_report.h"
#include "kfree_probe.h"
#include "leaks.h"
#include "malloc.h"
#include "modheap.h"
#include "pagemap.h"
#include "sample.h"
#include "sysfs.h"
#include "trace.h"
#include "track.h"

module_param_named(panic_on_misuse, gomalloc_sys.report.panic, bool, 0644);
MODULE_PARM_DESC(panic_on_misuse, "panic at a double or wrong free (default: report and ignore it)");

/**
 * struct bounded - a parameter that is a number within bounds
 * @value: [racy] where it is
 * @min: the least that it may be
 * @max: and the most
 */
struct bounded {
	unsigned int	*value;
	unsigned int	min;
	unsigned int	max;
};

/* Return: 0; -EINVAL: no number, or not within the bounds: the old value stays */
static int set_bounded(const char *text, const struct kernel_param *kp)
{
	const struct bounded *b = kp->arg;
	unsigned int value;

	if (kstrtouint(text, 0, &value) || value < b->min || value > b->max) {
		pr_err_ratelimited("parameter %s is a number from %u to %u\n",
				   kp->name, b->min, b->max);
		return -EINVAL;
	}
	WRITE_ONCE(*b->value, value);
	return 0;
}

static int get_bounded(char *text, const struct kernel_param *kp)
{
	const struct bounded *b = kp->arg;

	return sysfs_emit(text, "%u\n", READ_ONCE(*b->value));
}

static const struct kernel_param_ops bounded_ops = {
	.set = set_bounded,
	.get = get_bounded,
};

#define BOUNDED_PARAM(_name, _value, _min, _max, _text)			\
	static const struct bounded bounded_##_name = {			\
		&(_value), (_min), (_max)				\
	};								\
	module_param_cb(_name, &bounded_ops, (void *)&bounded_##_name,	\
			0644);						\
	__MODULE_PARM_TYPE(_name, "uint");				\
	MODULE_PARM_DESC(_name, _text)

/* As many as a count of pages has room for */
#define MOST_MB		(UINT_MAX >> 1)

BOUNDED_PARAM(cache_kb, gomalloc_sys.cache_kb, 0, SZ_1G / SZ_1K,
	      "KiB of free memory that a CPU may cache of each new heap (default 0: of a 128th of the memory its share, 1.5 to 4 MiB)");
BOUNDED_PARAM(scavenge_ms, gomalloc_sys.scavenge_ms, 0, 3600 * MSEC_PER_SEC,
	      "scavenger period in ms, 0 disables (default 1000)");
BOUNDED_PARAM(dev_limit_mb, gomalloc_dev.limit_mb, 0, MOST_MB,
	      "MiB that an open /dev/gomalloc may hold, 0 for no limit (default 256)");
BOUNDED_PARAM(dev_limit_objects, gomalloc_dev.limit_objects, 0, INT_MAX,
	      "objects that an open /dev/gomalloc may have, 0 for no limit (default 1048576)");
BOUNDED_PARAM(dev_total_mb, gomalloc_dev.total_mb, 0, MOST_MB,
	      "MiB that all open /dev/gomalloc may hold, 0 for no limit (default half of the memory)");
BOUNDED_PARAM(dev_total_objects, gomalloc_dev.total_objects, 0, INT_MAX,
	      "objects that all open /dev/gomalloc may have, 0 for no limit (default 4194304)");
BOUNDED_PARAM(dev_max_open, gomalloc_dev.max_open, 0, INT_MAX,
	      "open files of /dev/gomalloc, 0 for no limit (default 4096)");
BOUNDED_PARAM(dev_max_open_user, gomalloc_dev.max_open_user, 0, INT_MAX,
	      "of these, of one user without CAP_SYS_RESOURCE, 0 for no limit (default 1024)");

static bool catch_kfree;
module_param(catch_kfree, bool, 0444);
MODULE_PARM_DESC(catch_kfree, "free objects that others give to kfree(), by probes (default: they are lost, and reported)");

static bool sampling;		/* [the kernel's lock of parameters] there is something to set */

/* Of one that comes before there is a heap sample_init() leaves it as it is set here */
static int set_rate(const char *text, const struct kernel_param *kp)
{
	struct sample_wish *wish = kp->arg;
	unsigned int rate;

	if (kstrtouint(text, 0, &rate) || rate > INT_MAX) {
		pr_err_ratelimited("parameter %s is a number from 0 to %d\n",
				   kp->name, INT_MAX);
		return -EINVAL;
	}
	if (sampling)
		return sample_set_rate(&gomalloc_sys, wish, rate);
	wish->rate = rate;
	return 0;
}

static int get_rate(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%u\n", ((struct sample_wish *)kp->arg)->rate);
}

static int set_names(const char *text, const struct kernel_param *kp)
{
	struct sample_wish *wish = kp->arg;
	char names[SAMPLE_NAMES_LEN];

	if (strscpy(names, text, sizeof(names)) < 0) {
		pr_err_ratelimited("parameter %s has at most %zu characters\n",
				   kp->name, sizeof(names) - 1);
		return -EINVAL;
	}
	/* The newline of echo */
	text = strim(names);
	if (sampling)
		return sample_set_names(&gomalloc_sys, wish, text);
	strscpy(wish->names, text, sizeof(wish->names));
	return 0;
}

static int get_names(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", ((struct sample_wish *)kp->arg)->names);
}

/* The same as of a rate: before there is a heap it is noted alone */
static int set_debug(const char *text, const struct kernel_param *kp)
{
	struct sample_state *s = &gomalloc_sys.sample;
	char words[SAMPLE_NAMES_LEN];
	ssize_t len = strscpy(words, text, sizeof(words));

	text = strim(words);
	if (len < 0 || debugopt_check(text)) {
		pr_err_ratelimited("parameter debug: %s; it is letters of FZPU, or -, and names behind a comma, by semicolons\n",
				   len < 0 ? "too long" : "not understood");
		return -EINVAL;
	}
	if (sampling)
		return sample_set_debug(&gomalloc_sys, text);
	strscpy(s->debug, text, sizeof(s->debug));
	return 0;
}

static int get_debug(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", gomalloc_sys.sample.debug);
}

static const struct kernel_param_ops debug_ops = {
	.set = set_debug,
	.get = get_debug,
};

static const struct kernel_param_ops rate_ops = {
	.set = set_rate,
	.get = get_rate,
};

static const struct kernel_param_ops names_ops = {
	.set = set_names,
	.get = get_names,
};

module_param_cb(guard_rate, &rate_ops, &gomalloc_sys.sample.guard, 0644);
__MODULE_PARM_TYPE(guard_rate, "uint");
MODULE_PARM_DESC(guard_rate, "guard one of so many objects (default 0: none)");
module_param_cb(guard_heaps, &names_ops, &gomalloc_sys.sample.guard, 0644);
__MODULE_PARM_TYPE(guard_heaps, "string");
MODULE_PARM_DESC(guard_heaps, "of heaps with these names, by commas, beside those that ask for it; * for all, default for that of gomalloc()");
module_param_cb(track_rate, &rate_ops, &gomalloc_sys.sample.track, 0644);
__MODULE_PARM_TYPE(track_rate, "uint");
MODULE_PARM_DESC(track_rate, "track one of so many objects (default 0: none)");
module_param_cb(track_heaps, &names_ops, &gomalloc_sys.sample.track, 0644);
__MODULE_PARM_TYPE(track_heaps, "string");
MODULE_PARM_DESC(track_heaps, "of heaps with these names, by commas; * for all, which is the default; default for that of gomalloc()");

module_param_cb(debug, &debug_ops, NULL, 0644);
__MODULE_PARM_TYPE(debug, "string");
MODULE_PARM_DESC(debug, "as slub_debug: F checks, Z red zones, P poison, U tracks; then names of heaps by commas, more by semicolons (default: nothing)");

static unsigned int guard_objects = 255;
module_param(guard_objects, uint, 0444);
MODULE_PARM_DESC(guard_objects, "how many can be guarded at a time, 1 to 65536 (default 255)");
static unsigned int track_objects = 16384;
module_param(track_objects, uint, 0444);
MODULE_PARM_DESC(track_objects, "how many can be tracked at a time, 1 to 1048576 (default 16384)");

/* As the parameters say; nothing depends on it, where it fails the log says so */
static void start_sampling(void)
{
	struct sample_state *s = &gomalloc_sys.sample;

	kernel_param_lock(THIS_MODULE);
	sampling = true;
	sample_set_rate(&gomalloc_sys, &s->guard, s->guard.rate);
	sample_set_rate(&gomalloc_sys, &s->track, s->track.rate);
	if (sample_set_debug(&gomalloc_sys, s->debug))
		pr_warn("debug=%s: no memory, it is off\n", s->debug);
	kernel_param_unlock(THIS_MODULE);
}

static void stop_sampling(void)
{
	struct sample_state *s = &gomalloc_sys.sample;

	kernel_param_lock(THIS_MODULE);
	sampling = false;
	sample_set_rate(&gomalloc_sys, &s->guard, 0);
	sample_set_rate(&gomalloc_sys, &s->track, 0);
	sample_set_debug(&gomalloc_sys, "");
	kernel_param_unlock(THIS_MODULE);
}

static int __init gomalloc_init(void)
{
	struct gomalloc_heap_params params = { .name = "default" };
	int err;

	trace_init();
	err = pagemap_init();
	if (err)
		goto err_trace;
	sample_init(&gomalloc_sys, clamp(guard_objects, 1U, GUARD_MAX_OBJECTS),
		    clamp(track_objects, 1U, TRACK_MAX_OBJECTS));
	api_rcu_init(&gomalloc_sys);
	err = heaps_init(&gomalloc_sys);
	if (err)
		goto err_pagemap;
	gomalloc_default_heap = heaps_create(&gomalloc_sys, &params);
	if (IS_ERR(gomalloc_default_heap)) {
		err = PTR_ERR(gomalloc_default_heap);
		goto err_sys;
	}
	malloc_set_front(gomalloc_default_heap);
	err = dev_init();
	if (err)
		goto err_heap;
	err = gomalloc_sysfs_init(&gomalloc_sys);
	if (err)
		goto err_dev;
	err = modheap_init(&gomalloc_sys);
	if (err)
		goto err_sysfs;
	if (KASAN_REPORTS)
		kasan_report_init();
	if (catch_kfree)
		kfree_probe_init();
	gomalloc_debugfs_init(&gomalloc_sys);
	gomalloc_leaks_init(&gomalloc_sys);
	start_sampling();
	pr_info("%u size classes up to %u bytes, device /dev/gomalloc\n",
		NUM_SIZE_CLASSES - 1, MAX_SMALL_SIZE);
	return 0;

err_sysfs:
	gomalloc_sysfs_exit(&gomalloc_sys);
err_dev:
	dev_exit();
err_heap:
	heaps_destroy(gomalloc_default_heap);
err_sys:
	heaps_exit(&gomalloc_sys);
err_pagemap:
	pagemap_exit();
err_trace:
	trace_exit();
	return err;
}

/* By the reference counts of the module it is no longer in use */
static void __exit gomalloc_exit(void)
{
	stop_sampling();
	modheap_exit(&gomalloc_sys);
	gomalloc_debugfs_exit(&gomalloc_sys);
	gomalloc_sysfs_exit(&gomalloc_sys);
	if (catch_kfree)
		kfree_probe_exit();
	if (KASAN_REPORTS)
		kasan_report_exit();
	dev_exit();
	heaps_destroy(gomalloc_default_heap);
	sample_exit(&gomalloc_sys);
	heaps_exit(&gomalloc_sys);
	pagemap_exit();
	trace_exit();
}

module_init(gomalloc_init);
module_exit(gomalloc_exit);
MODULE_DESCRIPTION("The Go runtime's memory allocator for the Linux kernel");
MODULE_AUTHOR("The gomalloc maintainers");
MODULE_VERSION("0.10.0");
MODULE_LICENSE("GPL");
