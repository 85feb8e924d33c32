// SPDX-License-Identifier: GPL-2.0
/*
 * state - on, audit, drain, off
 *
 * What: /sys/kernel/gomalloc_everywhere, by which a person switches.
 * Locks: a mutex, held from the first step of a switch to its last.
 * Owns: the heap, and the state.
 * Invariant: while an object of the heap may be given to the kernel's functions that
 *	free, these are ours, and the module is in use: in all states but off.
 *
 *	off	nothing is patched
 *	on	all is, and requests are served
 *	audit	all is, and requests are counted as they would be served
 *	drain	all is, requests are the kernel's; what was served is freed as it was
 */
#define pr_fmt(fmt) "gomalloc_everywhere: " fmt

#include <linux/gomalloc.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "alloc.h"
#include "audit.h"
#include "flight.h"
#include "modules.h"
#include "patch.h"
#include "policy.h"
#include "state.h"

/* How long requests that were begun before are waited for, which may wait for memory */
#define FLIGHT_MS	10000

enum state { STATE_OFF, STATE_ON, STATE_AUDIT, STATE_DRAIN };

static const char * const names[] = {
	[STATE_OFF]	= "off",
	[STATE_ON]	= "on",
	[STATE_AUDIT]	= "audit",
	[STATE_DRAIN]	= "drain",
};

static DEFINE_MUTEX(mutex);
static enum state state;		/* [mutex] */
static struct kobject *folder;		/* [const] */

/* From off. Who frees is patched first: no object may meet a free that is not ours. */
static int begin(void)
{
	int err = patch_frees() ?: patch_allocs();

	if (err) {
		patch_remove();
		return err;
	}
	/* Until end(): rmmod is refused while anything is patched */
	__module_get(THIS_MODULE);
	return 0;
}

/* To @to, in which requests are looked at */
static int switch_looking(enum state to)
{
	int err = state == STATE_OFF ? begin() : 0;

	if (err)
		return err;
	policy_audit(to == STATE_AUDIT);
	static_branch_enable(&alloc_serves);
	WRITE_ONCE(state, to); /* state_show() */
	return 0;
}

static int switch_on(void)
{
	return switch_looking(STATE_ON);
}

static int switch_audit(void)
{
	return switch_looking(STATE_AUDIT);
}

static int switch_drain(void)
{
	if (state == STATE_OFF)
		return -EINVAL;
	static_branch_disable(&alloc_serves);
	policy_audit(false);
	WRITE_ONCE(state, STATE_DRAIN); /* state_show() */
	gomalloc_heap_trim(alloc_heap);
	return 0;
}

/* Does anything of the heap live, or may it yet? Nothing is served any more. */
static bool is_held(void)
{
	struct gomalloc_stats stats;

	if (!flight_wait(FLIGHT_MS)) {
		pr_info("requests that wait for memory are not through; stays in drain\n");
		return true;
	}
	gomalloc_heap_stats(alloc_heap, &stats);
	if (!stats.objects)
		return false;
	pr_info("%llu objects of %llu bytes live; stays in drain. Those that gomalloc tracks (track_rate=1) are said below and in /sys/kernel/debug/gomalloc/leaks\n",
		stats.objects, stats.object_bytes);
	gomalloc_heap_log_leaks(alloc_heap);
	return true;
}

static int switch_off(void)
{
	if (state == STATE_OFF)
		return 0;
	switch_drain();
	if (is_held())
		return -EBUSY;
	patch_remove();
	WRITE_ONCE(state, STATE_OFF); /* state_show() */
	module_put(THIS_MODULE);
	return 0;
}

static int (* const switches[])(void) = {
	[STATE_OFF]	= switch_off,
	[STATE_ON]	= switch_on,
	[STATE_AUDIT]	= switch_audit,
	[STATE_DRAIN]	= switch_drain,
};

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", names[READ_ONCE(state)]);
}

static ssize_t state_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	int to = sysfs_match_string(names, buf), err;

	if (to < 0)
		return to;
	mutex_lock(&mutex);
	err = switches[to]();
	mutex_unlock(&mutex);
	return err ?: count;
}

static struct kobj_attribute state_attr = __ATTR_RW(state);

/* What of the heap lives, which drain waits for */
static ssize_t live_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct gomalloc_stats stats;

	gomalloc_heap_stats(alloc_heap, &stats);
	return sysfs_emit(buf, "objects %llu\nbytes %llu\nheld_bytes %llu\nmisuses %llu\n",
			  stats.objects, stats.object_bytes, stats.held_bytes,
			  stats.misuses);
}

static struct kobj_attribute live_attr = __ATTR_RO(live);

/* How many requests it was, since the module was loaded */
static ssize_t served_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", flight_served());
}

static struct kobj_attribute served_attr = __ATTR_RO(served);

/* "PERCENT LEAST MOST": what is served of all requests, by turns and by size */
static ssize_t only_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int percent;
	size_t least, most;

	policy_get(&percent, &least, &most);
	return sysfs_emit(buf, "%u %zu %zu\n", percent, least, most);
}

static ssize_t only_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	size_t least = 0, most = GOMALLOC_MAX_SIZE;
	unsigned int percent;
	int err;

	if (sscanf(buf, "%u %zu %zu", &percent, &least, &most) < 1)
		return -EINVAL;
	mutex_lock(&mutex);
	err = policy_set(percent, least, most);
	mutex_unlock(&mutex);
	return err ?: count;
}

static struct kobj_attribute only_attr = __ATTR_RW(only);

/* Names of modules; if there are any, no request of others is served */
static ssize_t modules_show_names(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return modules_show(buf);
}

static ssize_t modules_store_names(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	int err;

	mutex_lock(&mutex);
	err = policy_set_modules(buf);
	mutex_unlock(&mutex);
	return err ?: count;
}

static struct kobj_attribute modules_attr =
	__ATTR(modules, 0644, modules_show_names, modules_store_names);

/* What would have become of requests, since audit was switched on last */
static ssize_t audit_show_counts(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return audit_show(buf);
}

static struct kobj_attribute audit_attr = __ATTR(audit, 0444, audit_show_counts, NULL);

static struct attribute *attrs[] = {
	&state_attr.attr,
	&live_attr.attr,
	&served_attr.attr,
	&only_attr.attr,
	&modules_attr.attr,
	&audit_attr.attr,
	NULL
};

static const struct attribute_group group = { .attrs = attrs };

int state_init(void)
{
	struct gomalloc_heap_params params = { .name = "everywhere" };
	int err = -ENOMEM;

	alloc_heap = gomalloc_heap_create(&params);
	if (IS_ERR(alloc_heap))
		return PTR_ERR(alloc_heap);
	folder = kobject_create_and_add("gomalloc_everywhere", kernel_kobj);
	if (folder)
		err = sysfs_create_group(folder, &group);
	if (!err) {
		gomalloc_set_proxy(THIS_MODULE);
		return 0;
	}
	kobject_put(folder);
	gomalloc_heap_destroy(alloc_heap);
	return err;
}

/* Only in off: else the module is in use */
void state_exit(void)
{
	kobject_put(folder);
	gomalloc_set_proxy(NULL);
	gomalloc_heap_destroy(alloc_heap);
}
