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

/* Return: the class, entered, for gate_leave(); or NULL: it is shut */
static inline struct mcache_class *gate_enter(struct mcache __percpu *mcaches,
					      unsigned int spc)
{
	struct mcache_class *mc;

	preempt_disable();
	mc = &raw_cpu_ptr(mcaches)->class[spc];
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
