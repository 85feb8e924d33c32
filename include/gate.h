/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gate - who is in a class of a CPU's cache
 *
 * A class is entered with preemption off by shutting its gate, so that only an
 * interrupt on the same CPU can find it shut. No atomic, interrupts stay on.
 */
#ifndef _GOMALLOC_GATE_H
#define _GOMALLOC_GATE_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "heap.h"

/*
 * Shut the gate, found open, of a class of this CPU's cache, with preemption
 * off until it is opened. The compiler barriers pair with each other on one
 * CPU; no other CPU looks.
 */
static __always_inline void gate_shut_open(struct mcache_class *mc)
{
	WRITE_ONCE(mc->gate, GATE_SHUT);
	barrier();
}

/* Return: what gate_open() wants; or GATE_SHUT: it is not entered */
static __always_inline int gate_shut(struct mcache_class *mc)
{
	int gate = READ_ONCE(mc->gate);

	if (likely(gate != GATE_SHUT))
		gate_shut_open(mc);
	return gate;
}

static __always_inline void gate_open(struct mcache_class *mc, int gate)
{
	barrier();
	WRITE_ONCE(mc->gate, gate);
}

/*
 * The cache of this CPU, or &shut_mcache, which has no heap: it may be looked at as
 * any other, and not written to. What was done to a new one before the cmpxchg of
 * mcache_create() is seen through the address.
 */
static __always_inline struct mcache *
gate_mcache_here(const struct gomalloc_heap *heap)
{
	return raw_cpu_read(heap->mcaches->cache);
}

/* The same of another CPU */
static inline struct mcache *gate_mcache_of(const struct gomalloc_heap *heap,
					    int cpu)
{
	/* Pairs with the cmpxchg of mcache_create() */
	return READ_ONCE(per_cpu_ptr(heap->mcaches, cpu)->cache);
}

/* All that were made, of CPUs that are offline, too */
#define for_each_mcache(cache, heap)					\
	llist_for_each_entry(cache, READ_ONCE((heap)->made_mcaches.first), \
			     node)

/* Return: the class, entered, for gate_leave(); or NULL: it is shut */
static inline struct mcache_class *gate_enter(struct gomalloc_heap *heap,
					      unsigned int spc)
{
	struct mcache_class *mc;

	preempt_disable();
	mc = &gate_mcache_here(heap)->class[spc];
	if (likely(gate_shut(mc) != GATE_SHUT))
		return mc;
	preempt_enable();
	return NULL;
}

static inline void gate_leave(struct mcache_class *mc)
{
	gate_open(mc, mc->nid);
	preempt_enable();
}

/* The cache that has the class @mc of span class @spc */
static inline struct mcache *gate_cache(struct mcache_class *mc,
					unsigned int spc)
{
	return container_of(mc - spc, struct mcache, class[0]);
}

#endif /* _GOMALLOC_GATE_H */
