/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of recycle_stack.c: how large the stack of a class is */
#ifndef _GOMALLOC_RECYCLE_STACK_H
#define _GOMALLOC_RECYCLE_STACK_H

#include <linux/container_of.h>
#include <linux/llist.h>
#include <linux/sizes.h>

#include "heap.h"
#include "mspan.h"

/* Objects that the largest stack has room for */
#define RECYCLE_MAX_ROOM	252U

/* &mcache_class.overflows of one that had nothing after its stack had overflowed */
#define RECYCLE_MISSED		7

/* Objects of which a span has few, or one, and a cache soon too many bytes */
static inline bool recycle_is_large(unsigned int spc)
{
	/* Of class 0 it is 0 */
	return class_to_size[spc >> 1] - 1U >= SZ_4K;
}

/* The memory of the stack of a class, which the caller is in */
static inline struct recycle_stack *recycle_stack_of(const struct mcache_class *mc)
{
	return container_of(mc->end - mc->cap - 1, struct recycle_stack,
			    slot[0]);
}

static inline unsigned int recycle_nr(const struct mcache_class *mc)
{
	return mc->cap - (mc->end - mc->top);
}

void recycle_init(struct mcache_class *mc);
bool recycle_may_hold(const struct gomalloc_heap *heap, size_t bytes);
void recycle_charge(struct mcache *cache, unsigned int spc, long bytes);
unsigned int recycle_first_room(unsigned int spc);
unsigned int recycle_next_room(unsigned int spc, unsigned int room);
unsigned int recycle_larger_room(struct gomalloc_heap *heap,
				 const struct mcache_class *mc, unsigned int spc);
struct recycle_stack *recycle_alloc_stack(struct gomalloc_heap *heap,
					  unsigned int spc, unsigned int room);
struct recycle_stack *recycle_enlarge(struct mcache_class *mc, unsigned int spc,
				      struct recycle_stack *stack);
void recycle_trim(struct mcache_class *mc, unsigned int spc);
void recycle_free_stack(struct gomalloc_heap *heap, struct recycle_stack *stack);
void recycle_free_stacks(struct gomalloc_heap *heap, struct llist_head *stacks);
bool recycle_has_stack(const struct mcache_class *mc);
bool recycle_attach(struct mcache_class *mc, struct recycle_stack *stack);
struct recycle_stack *recycle_detach(struct mcache_class *mc);
bool recycle_grow(struct gomalloc_heap *heap, struct mcache_class *mc,
		  unsigned int spc);
void recycle_close(struct mcache_class *mc);
void recycle_exchange_stack(struct mcache_class *mc, unsigned int spc,
			    struct recycle_stack *stack, unsigned int cap,
			    unsigned int nr);

#endif /* _GOMALLOC_RECYCLE_STACK_H */
