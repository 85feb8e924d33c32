/* SPDX-License-Identifier: GPL-2.0 */
/*
 * recycle - the stacks of freed objects that one CPU hands out again
 *
 * Private interface of recycle.c, and pushing and popping for the hot paths.
 */
#ifndef _GOMALLOC_RECYCLE_H
#define _GOMALLOC_RECYCLE_H

#include <linux/compiler.h>
#include <linux/llist.h>

#include "heap.h"
#include "mspan.h"

/*
 * The nearest place that gives an object, for a caller who is in the class.
 * Return: the object, marked allocated but for a tiny slot; NULL: it is empty.
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

/* Cache an object that is marked freed; the stack has room */
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

void recycle_init(struct mcache_class *mc);
bool recycle_may_hold(const struct gomalloc_heap *heap, size_t bytes);
void recycle_charge(struct mcache *cache, unsigned int spc, long bytes);
struct recycle_stack *recycle_alloc_stack(struct gomalloc_heap *heap,
					  unsigned int spc);
void recycle_free_stack(struct gomalloc_heap *heap, struct recycle_stack *stack);
void recycle_free_stacks(struct gomalloc_heap *heap, struct llist_head *stacks);
bool recycle_has_stack(const struct mcache_class *mc);
bool recycle_attach(struct mcache_class *mc, struct recycle_stack *stack);
struct recycle_stack *recycle_detach(struct mcache_class *mc);
bool recycle_grow(struct gomalloc_heap *heap, struct mcache_class *mc,
		  unsigned int spc);
void recycle_close(struct mcache_class *mc);
void recycle_flush(struct mcache_class *mc, unsigned int n,
		   struct llist_head *empty);
bool recycle_make_room(struct mcache_class *mc, struct mspan *span,
		       struct llist_head *empty);
bool recycle_put(struct mcache_class *mc, struct mspan *span,
		 unsigned int index, struct llist_head *empty);
void recycle_free_slot(struct mcache_class *mc, struct mspan *span,
		       unsigned int index, struct llist_head *empty);

/* the transfer cache */
void recycle_provide_stack(struct mcentral *central);
bool recycle_transfer_in(struct mcache_class *mc, struct mcentral *central);
unsigned int recycle_count_transfer(struct mcentral *central);
void recycle_flush_transfer(struct mcentral *central);
void recycle_release_transfer(struct mcentral *central);

/* spans of class 0 */
struct mspan *recycle_take_large(struct mcache_class *mc, unsigned int npages);
void recycle_put_large(struct mcache_class *mc, struct mspan *span,
		       struct llist_head *empty);
void recycle_release_large(struct mcache_class *mc, unsigned int n,
			   struct llist_head *empty);

#endif /* _GOMALLOC_RECYCLE_H */
