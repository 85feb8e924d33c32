// SPDX-License-Identifier: GPL-2.0
/*
 * modheap - the heap of a module that was built for kmalloc()
 *
 * What: when a module is loaded that is built with <linux/gomalloc_kmalloc.h>, makes a
 *	heap with its name, before any of its functions runs, and destroys it when the
 *	module is gone.
 * Locks: none of its own; the module loader calls it for one event at a time of a module.
 * Owns: these heaps.
 * Invariant: a module either has its heap as long as it runs, or never.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/err.h>
#include <linux/gomalloc_module.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "heaps.h"
#include "leaks.h"
#include "modheap.h"
#include "retry.h"
#include "stats.h"

/*
 * KASAN lets freed objects of slabs wait, so that who uses one is seen, and does not
 * know of ours
 */
#define QUARANTINE	(IS_ENABLED(CONFIG_KASAN_GENERIC) ? 256 : 0)

/* A parameter, so that it can be found; the fields are the same, and their places */
#define ASSERT_SAME(field, other)					\
	static_assert(offsetof(struct gomalloc_own_param, field) ==	\
		      offsetof(struct kernel_param, other))
ASSERT_SAME(name, name);
ASSERT_SAME(mod, mod);
ASSERT_SAME(ops, ops);
ASSERT_SAME(perm, perm);
ASSERT_SAME(level, level);
ASSERT_SAME(flags, flags);
ASSERT_SAME(own, arg);
static_assert(sizeof(struct gomalloc_own_param) == sizeof(struct kernel_param));

/* Somebody has given it to insmod */
static int refuse(const char *text, const struct kernel_param *kp)
{
	return -EINVAL;
}

/* By its address a module is known to want a heap */
const struct kernel_param_ops __gomalloc_own_ops = {
	.set = refuse,
};
EXPORT_SYMBOL_GPL(__gomalloc_own_ops);

/* Each file of the module says so, of the same place. Return: that, or NULL. */
static struct gomalloc_own *find_own(const struct module *module)
{
	unsigned int i;

	for (i = 0; i < module->num_kp; i++) {
		if (module->kp[i].ops == &__gomalloc_own_ops)
			return module->kp[i].arg;
	}
	return NULL;
}

static void create(struct gomalloc_sys *sys, struct module *module,
		   struct gomalloc_own *own)
{
	struct gomalloc_heap_params params = {
		.name = module->name,
		.quarantine = QUARANTINE,
	};
	struct gomalloc_heap *heap = heaps_create_for(sys, &params, module);

	if (IS_ERR(heap))
		pr_warn("module %s gets no heap (%ld): its memory is kmalloc()'s; load it again when there is more\n",
			module->name, PTR_ERR(heap));
	else
		own->heap = heap;
}

/*
 * If objects are left, others may still use them: then the heap stays, as any other
 * whose owner is gone, and heaps.c says so.
 */
static void destroy(struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	/* What the module has given to kfree_rcu(), it need not wait for itself */
	retry_rcu_barrier(heap);
	stats_sum(heap, &stats);
	if (stats.objects)
		gomalloc_leaks_log(heap);
	else
		heaps_destroy(heap);
}

static int own_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct gomalloc_sys *sys = container_of(nb, struct gomalloc_sys, own_nb);
	struct gomalloc_own *own;

	if (event != MODULE_STATE_COMING && event != MODULE_STATE_GOING)
		return NOTIFY_OK;
	own = find_own(data);
	if (!own)
		return NOTIFY_OK;
	if (event == MODULE_STATE_COMING)
		create(sys, data, own);
	else if (own->heap)
		destroy(own->heap);
	return NOTIFY_OK;
}

int modheap_init(struct gomalloc_sys *sys)
{
	sys->own_nb.notifier_call = own_event;
	/* Before that of heaps.c, for which a heap that is still there was left */
	sys->own_nb.priority = 1;
	return register_module_notifier(&sys->own_nb);
}

void modheap_exit(struct gomalloc_sys *sys)
{
	unregister_module_notifier(&sys->own_nb);
}
