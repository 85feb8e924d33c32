/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcache - the objects and spans that one CPU has at hand
 *
 * Private interface of mcache.c, and the hot paths, which malloc.c inlines.
 */
#ifndef _GOMALLOC_MCACHE_H
#define _GOMALLOC_MCACHE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "counters.h"
#include "mspan.h"

struct gomalloc_heap;

/*
 * A freed object and its state byte, so that taking it needs no lookup. That
 * of a tiny slot is not a state and only says which slot it is.
 */
struct recycle_slot {
	void	*object;
	u8	*state;
};

/* The gate of a mcache_class that is shut; else it is the node of the CPU */
#define MCACHE_SHUT	-1

/**
 * struct mcache_class - what one CPU has at hand of one span class
 * @top: above the newest object of the recycle stack; below the oldest is a
 *	slot whose object is NULL
 * @end: where @top is when the stack is full; the same for no stack
 * @span: what the CPU allocates from, &emptymspan for none; spares and
 *	used up ones are chained to it
 * @gate: MCACHE_SHUT while code on this CPU is in here, else @nid. Protects
 *	all above and the two below. No other CPU writes here
 * @nid: the node whose objects are recycled; set before the CPU comes online
 * @cap: how many objects may be on the stack now; there is room for more
 * @grow: spans to ask the mheap for the next time
 * @overflows: of the stack, since an allocation last found nothing on it nor
 *	in the window; as far as it counts
 *
 * One of scan and one of noscan objects share a cache line.
 */
struct mcache_class {
	struct recycle_slot	*top;
	struct recycle_slot	*end;
	struct mspan		*span;
	int			gate;
	s16			nid;
	u8			cap;
	u8			grow:5;
	u8			overflows:3;
};

/**
 * struct mcache - what one CPU has at hand of one heap
 * @class: by span class
 * @tiny: tiny block being filled, with the offset of its free end in the low
 *	four bits; TINY_NONE for none. Guarded by the gate of the tiny span class, as
 *	the next two
 * @tiny_masks: the masks of its span
 * @tiny_bit: the first bit there that is of the block
 * @heap: constant
 * @drain_work: mcache_drain() on this CPU
 * @cached: bytes that the CPU may have at hand, the sum of @charge; atomic
 * @hand: the class that mcache_limit() robbed last; races do no harm
 * @drain_all: for @drain_work: classes in use, too; atomic
 * @quarantine: objects that were freed, see harden.c; xchg only
 * @detained: how many were put there; this_cpu operations, as the next
 * @ticket: numbers drawn by harden_take()
 * @count: events, by &enum mcache_counter; this_cpu operations
 * @charge: bytes that a class may have at hand: its stack when full, and its
 *	spans but those used up; of class 0 what is there. The class's gate
 * @seen: what mcache_drain() found the last time, to tell if a class is idle;
 *	the class's gate
 */
struct mcache {
	struct mcache_class	class[NUM_SPAN_CLASSES] ____cacheline_aligned;
	unsigned long		tiny;
	unsigned long		*tiny_masks;
	unsigned int		tiny_bit;
	struct gomalloc_heap	*heap;
	struct work_struct	drain_work;
	atomic_long_t		cached;
	unsigned int		hand;
	int			drain_all;
	void			**quarantine;
	unsigned int		detained;
	u32			ticket;
	unsigned long		count[NR_MCACHE_COUNTERS];
	u32			charge[NUM_SPAN_CLASSES];
	u32			seen[NUM_SPAN_CLASSES];
};

/*
 * Shut the gate, found open, of a class of this CPU's cache, with preemption
 * off until it is opened: so only an interrupt can find it shut. The compiler
 * barriers pair with each other on one CPU; no other CPU looks.
 */
static __always_inline void mcache_shut_open(struct mcache_class *mc)
{
	WRITE_ONCE(mc->gate, MCACHE_SHUT);
	barrier();
}

/* Return: what mcache_open() wants; or MCACHE_SHUT: it is not entered */
static __always_inline int mcache_shut(struct mcache_class *mc)
{
	int gate = READ_ONCE(mc->gate);

	if (likely(gate != MCACHE_SHUT))
		mcache_shut_open(mc);
	return gate;
}

static __always_inline void mcache_open(struct mcache_class *mc, int gate)
{
	barrier();
	WRITE_ONCE(mc->gate, gate);
}

/* Return: the class, entered, for mcache_put(); or NULL: it is shut */
static inline struct mcache_class *mcache_get(struct mcache __percpu *mcaches,
					      unsigned int spc)
{
	struct mcache_class *mc;

	preempt_disable();
	mc = &raw_cpu_ptr(mcaches)->class[spc];
	if (likely(mcache_shut(mc) != MCACHE_SHUT))
		return mc;
	preempt_enable();
	return NULL;
}

static inline void mcache_put(struct mcache_class *mc)
{
	mcache_open(mc, mc->nid);
	preempt_enable();
}

/*
 * The three places that give an object are tried nearest first; these are the
 * first two, for a caller who is in the class. Return: the object, marked
 * allocated but for a tiny slot; NULL when the place is empty.
 */
static __always_inline void *recycle_pop(struct mcache_class *mc)
{
	struct recycle_slot *slot = mc->top - 1;
	void *p = slot->object;

	if (unlikely(!p))
		return NULL;
	mc->top = slot;
	*slot->state = OBJECT_ALLOCATED;
	return p;
}

static __always_inline void *mcache_next_free_fast(struct mcache_class *mc)
{
	struct mspan *span = mc->span;
	unsigned long index = mspan_take(span);

	if (unlikely(index == MSPAN_NONE))
		return NULL;
	span->objstate[index] = OBJECT_ALLOCATED;
	return mspan_object(span, index);
}

/* Keep an object at hand that is marked freed; the stack has room */
static __always_inline void recycle_push(struct mcache_class *mc, void *object,
					 u8 *state)
{
	struct recycle_slot *slot = mc->top;

	slot->object = object;
	slot->state = state;
	mc->top = slot + 1;
}

static inline unsigned int recycle_nr(const struct mcache_class *mc)
{
	return mc->cap - (mc->end - mc->top);
}

/* mcache.c */
void mcache_init(struct mcache *mc, struct gomalloc_heap *heap, int cpu);
bool mcache_next_window(struct mcache_class *mc);
void *mcache_alloc(struct gomalloc_heap *heap, unsigned int spc, gfp_t gfp);
void *mcache_alloc_node(struct gomalloc_heap *heap, unsigned int spc,
			gfp_t gfp, int nid);
void mcache_set_node(struct mcache *mc, int cpu);
void mcache_release_all(struct mcache *mc);
void mcache_release_here(struct gomalloc_heap *heap);
void mcache_limit(struct gomalloc_heap *heap, unsigned int spc);
bool mcache_may_hold(const struct gomalloc_heap *heap, size_t bytes);
void mcache_drain(struct work_struct *work);

/* mlarge.c */
void *mcache_alloc_large(struct gomalloc_heap *heap, size_t size, bool noscan,
			 gfp_t gfp, int nid);
bool mcache_may_be_alone(unsigned int spc);
void *mcache_alloc_alone(struct gomalloc_heap *heap, unsigned int spc,
			 gfp_t gfp, int nid);
void mcache_free_large(struct mspan *span);
void mcache_clear_large(void *p, size_t size, gfp_t gfp);
void mcache_release_large(struct mcache_class *mc, unsigned int n,
			  struct llist_head *empty);

/* recycle.c */
void recycle_init(struct mcache_class *mc);
void recycle_make_stack(struct gomalloc_heap *heap, unsigned int spc);
struct recycle_slot *recycle_detach(struct mcache_class *mc);
void recycle_free_stack(struct gomalloc_heap *heap, struct recycle_slot *stack);
void recycle_close(struct mcache_class *mc);
void recycle_flush(struct mcache_class *mc, unsigned int n,
		   struct llist_head *empty);
bool recycle_unpark(struct mcache_class *mc, struct mcentral *central);
unsigned int recycle_count_parked(struct mcentral *central);
void recycle_release_parked(struct mcentral *central);
bool recycle_put(struct mcache_class *mc, struct mspan *span,
		 unsigned int index, struct llist_head *empty);
void mcache_free_full(const void *p, u8 *state, struct mcache_class *mc);
void mcache_free_slot(struct mspan *span, unsigned int index);

/* The cache that has the class @mc of span class @spc */
static inline struct mcache *mcache_of(struct mcache_class *mc,
				       unsigned int spc)
{
	return container_of(mc - spc, struct mcache, class[0]);
}

void mcache_charge(struct mcache *cache, unsigned int spc, long bytes);

static inline void mcache_count(struct mcache __percpu *mcaches,
				enum mcache_counter counter, unsigned long n)
{
	this_cpu_add(mcaches->count[counter], n);
}

#endif /* _GOMALLOC_MCACHE_H */
