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
#include "recycle_stack.h"

/*
 * Nothing on the stack nor in the window: what was flushed would have been of use.
 * The caller is in the class.
 */
static __always_inline void recycle_note_miss(struct mcache_class *mc)
{
	if (mc->overflows)
		mc->overflows = RECYCLE_MISSED;
}

/*
 * The nearest place that gives an object, for a caller who is in the class.
 * @state_bits: as mspan_has_state_bits() of its spans.
 * Return: the object, marked allocated but for a tiny slot; NULL: it is empty.
 */
static __always_inline void *recycle_pop(struct mcache_class *mc, bool state_bits)
{
	struct recycle_slot *slot = mc->top - 1;
	void *p = slot->object;

	if (unlikely(!p))
		return NULL;
	mc->top = slot;
	if (state_bits)
		set_bit(mspan_state_bit(p), (unsigned long *)slot->state);
	else
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

void recycle_flush(struct mcache_class *mc, unsigned int n,
		   struct llist_head *empty);
unsigned int recycle_make_room(struct mcache_class *mc, struct mspan *span,
			       struct llist_head *empty);
unsigned int recycle_put(struct mcache_class *mc, struct mspan *span,
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
