/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache - the objects and spans that one CPU has at hand
 *
 * Private interface of mcache.c, and the hot paths, which malloc.c inlines.
 */
#ifndef _GOMALLOC_MCACHE_H
#define _GOMALLOC_MCACHE_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "mspan.h"

struct gomalloc_heap;

/* A freed object and its state byte, so that taking it needs no lookup */
struct recycle_slot {
	void	*object;
	u8	*state;		/* NULL for a slot of a tiny span */
};

/**
 * struct recycle - a stack of freed objects of one span class
 * @nr: objects on it
 * @cap: room
 * @slot: the objects, newest last
 */
struct recycle {
	u16			nr;
	u16			cap;
	struct recycle_slot	slot[];
};

enum mcache_counter {
	MCACHE_REFILLS,		/* spans taken from a mcentral or made */
	MCACHE_SWEEPS,		/* objects found in remote[] */
	MCACHE_FLUSHES,		/* objects that left a full recycle stack */
	MCACHE_REMOTE_FREES,	/* objects freed into a span of others */
	MCACHE_BUSY,		/* requests that met a busy byte */
	NR_MCACHE_COUNTERS
};

/**
 * struct mcache - what one CPU has at hand of one heap
 * @busy: the byte: set while code on this CPU is in the cache. Protects all
 *	below but the constants and @count. No other CPU writes here
 * @nid: the node whose objects are recycled; set before the CPU comes online
 * @tiny: tiny block being filled, with the offset of its free end in the low
 *	four bits; 0 for none
 * @alloc: span of each class, &emptymspan for none
 * @recycle: stack of each class, an empty one of no room for none
 * @heap: constant
 * @drain_work: mcache_drain() on this CPU
 * @count: events, by &enum mcache_counter; this_cpu operations
 */
struct mcache {
	u8			busy;
	s16			nid;
	unsigned long		tiny;
	struct mspan		*alloc[NUM_SPAN_CLASSES];
	struct recycle		*recycle[NUM_SPAN_CLASSES];
	struct gomalloc_heap	*heap;
	struct work_struct	drain_work;
	unsigned long		count[NR_MCACHE_COUNTERS];
};

/*
 * Enter this CPU's cache. Only an interrupt can find it busy: preemption is
 * off in between, so that no other task comes. The compiler barriers pair
 * with each other on one CPU; no other CPU looks.
 *
 * Return: the cache, for mcache_put(); or NULL with preemption as it was.
 */
static __always_inline struct mcache *mcache_get(struct mcache __percpu *mcaches)
{
	struct mcache *mc;

	preempt_disable();
	mc = raw_cpu_ptr(mcaches);
	if (unlikely(READ_ONCE(mc->busy))) {
		preempt_enable();
		return NULL;
	}
	WRITE_ONCE(mc->busy, 1);
	barrier();
	return mc;
}

static __always_inline void mcache_put(struct mcache *mc)
{
	barrier();
	WRITE_ONCE(mc->busy, 0);
	preempt_enable();
}

/*
 * The three places that give an object are tried nearest first; these are the
 * first two. Not for the tiny span class. Return: NULL when both are empty.
 */
static __always_inline void *mcache_next_free_fast(struct mcache *mc,
						   unsigned int spc)
{
	struct recycle *recycle = mc->recycle[spc];
	struct recycle_slot *slot;
	struct mspan *span;
	int index;

	if (likely(recycle->nr)) {
		slot = &recycle->slot[--recycle->nr];
		*slot->state = OBJECT_ALLOCATED;
		return slot->object;
	}
	span = mc->alloc[spc];
	index = mspan_take(span);
	if (unlikely(index < 0))
		return NULL;
	span->objstate[index] = OBJECT_ALLOCATED;
	return mspan_object(span, index);
}

/* Keep an object at hand that is marked freed; the stack has room */
static __always_inline void recycle_push(struct recycle *recycle, void *object,
					 u8 *state)
{
	recycle->slot[recycle->nr++] = (struct recycle_slot){ object, state };
}

void mcache_init(struct mcache *mc, struct gomalloc_heap *heap, int cpu);
void *mcache_alloc(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp);
void *mcache_alloc_node(struct gomalloc_heap *heap, unsigned int spc,
			gfp_t gfp, int nid);
void *mcache_alloc_tiny(struct gomalloc_heap *heap, size_t size, gfp_t gfp);
void *mcache_alloc_large(struct gomalloc_heap *heap, size_t size, bool noscan,
			 gfp_t gfp, int nid);
void mcache_free_slot(struct mspan *span, unsigned int index);
void mcache_put_slot(struct mcache *mc, struct mspan *span, unsigned int index,
		     struct list_head *empty);
void mcache_set_node(struct mcache *mc, int cpu);
void mcache_release_tiny(struct mcache *mc, struct list_head *empty);
size_t mcache_tiny_usable(const struct mspan *span, unsigned int index,
			  unsigned int off);
void mcache_release_all(struct mcache *mc);
void mcache_free_recycles(struct mcache *mc);
void mcache_drain(struct work_struct *work);

#endif /* _GOMALLOC_MCACHE_H */
