// SPDX-License-Identifier: GPL-2.0
/*
 * kfree_probe - kfree() of our objects by others
 *
 * What: with catch_kfree=1, probes where the kernel's kfree(), kvfree(), kfree_rcu()
 *	have come with a pointer that is no slab's. One of ours is freed as by
 *	gofree(), and reported with who called; the kernel's function does not
 *	run. krealloc() and ksize() of one are reported and run.
 * Locks: none.
 * Owns: the probes.
 * Invariant: a call that was diverted is counted until it is over, so that the
 *	module stays.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "compat.h"
#include "kfree_probe.h"
#include "malloc.h"
#include "mvmap.h"
#include "object.h"
#include "pagemap.h"
#include "report.h"

/* How far up to look for who called */
#define DEPTH	12

/* Calls that were diverted and are not over */
static atomic_t diverted = ATOMIC_INIT(0);

/* What is between who frees an object and a probe, as symbols begin */
static const char *const freeing[] = {
	"free_large_kmalloc", "kfree", "kvfree", "vfree", "kmem_cache_free_bulk",
	"__kmem_cache_free_bulk", "build_detached_freelist", "krealloc",
	"__do_krealloc", "kvrealloc",
};

static bool is_freeing(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	sprint_symbol_no_offset(name, address);
	for (i = 0; i < ARRAY_SIZE(freeing); i++) {
		if (str_has_prefix(name, freeing[i]))
			return true;
	}
	return false;
}

/* Who called kfree(): the first on the stack that is no part of that */
static noinline unsigned long find_caller(void)
{
	unsigned long entries[DEPTH];
	unsigned int i, nr = 0;

	if (IS_ENABLED(CONFIG_STACKTRACE))
		nr = stack_trace_save(entries, DEPTH, 3);
	for (i = 0; i < nr; i++) {
		if (!is_freeing(entries[i]))
			return entries[i];
	}
	return nr ? entries[0] : 0;
}

/* What is not a live object malloc_free() reports */
static noinline void free_caught(const void *p)
{
	unsigned long caller = find_caller();
	struct object o;

	preempt_disable();
	if (!object_find(p, &o))
		report_misuse(&gomalloc_sys, GOMALLOC_KFREE, p, o.span, caller);
	preempt_enable();
	malloc_free(p, caller);
	atomic_dec(&diverted);
}

/* Run in the place of the kernel's: the same arguments, the same context */
static noinline void free_large_kmalloc_caught(void *page, void *object)
{
	free_caught(object);
}

static noinline void vfree_caught(const void *addr)
{
	unsigned long caller = find_caller();
	struct gomalloc_heap *heap;
	size_t size;

	if (!mvmap_find(&gomalloc_sys, addr, &size, &heap))
		report_vfree(heap, addr, caller);
	malloc_free(addr, caller);
	atomic_dec(&diverted);
}

/**
 * struct probe - where one of the kernel's functions begins
 * @kprobe: on it
 * @arg: which of its arguments is the pointer
 * @instead: what runs in its place if that is ours; NULL: it runs and is reported
 * @there: it is registered
 */
struct probe {
	struct kprobe	kprobe;
	unsigned int	arg;
	void		*instead;
	bool		there;
};

/* A page of ours, whatever is in it, or a mapped object */
static bool is_ours(const void *p)
{
	if (is_vmalloc_addr(p))
		return mvmap_is_object(&gomalloc_sys, p);
	return pagemap_lookup(p) != &pagemap_foreign_page;
}

/* Return: 1, and the function that returns to has changed; 0, to go on */
static int meet(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct probe *probe = container_of(kprobe, struct probe, kprobe);
	const void *p = (void *)regs_get_kernel_argument(regs, probe->arg);
	struct object o = {};

	if (ZERO_OR_NULL_PTR(p) || !is_ours(p))
		return 0;
	if (probe->instead) {
		atomic_inc(&diverted);
		instruction_pointer_set(regs, (unsigned long)probe->instead);
		return 1;
	}
	if (!is_vmalloc_addr(p))
		object_find(p, &o);
	report_misuse(&gomalloc_sys, GOMALLOC_KREALLOC, p, o.span,
		      (unsigned long)kprobe->addr);
	return 0;
}

/* With one, the probe is not turned into a jump, which could not be diverted */
static void met(struct kprobe *kprobe, struct pt_regs *regs,
		unsigned long flags)
{
}

#define PROBE(symbol, nr, function) {					\
	.kprobe.symbol_name = symbol,					\
	.arg = nr,							\
	.instead = function,						\
}

/* Of the last, each kernel has one or two */
static struct probe probes[] = {
	PROBE("free_large_kmalloc", 1, free_large_kmalloc_caught),
	PROBE("vfree", 0, vfree_caught),
	PROBE("ksize", 0, NULL),
	PROBE("krealloc", 0, NULL),
	PROBE("krealloc_noprof", 0, NULL),
	PROBE("krealloc_node_align_noprof", 0, NULL),
};

/* Probes that are not there are said, and missed by those who ask for them only */
void kfree_probe_init(void)
{
	struct probe *probe;
	int err;

	for (probe = probes; probe < probes + ARRAY_SIZE(probes); probe++) {
		probe->kprobe.pre_handler = meet;
		probe->kprobe.post_handler = met;
		err = register_kprobe(&probe->kprobe);
		probe->there = !err;
		if (err && probe->instead)
			pr_warn("catch_kfree: no probe of %s() (%d); what it does to objects is reported when their span goes\n",
				probe->kprobe.symbol_name, err);
	}
}

void kfree_probe_exit(void)
{
	struct probe *probe;

	for (probe = probes; probe < probes + ARRAY_SIZE(probes); probe++) {
		if (probe->there)
			unregister_kprobe(&probe->kprobe);
		probe->there = false;
	}
	while (atomic_read(&diverted))
		msleep(20);
	/* For those that have still to return out of this module */
	synchronize_rcu_tasks();
}
