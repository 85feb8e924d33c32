/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of track.c: who allocated what lives */
#ifndef _GOMALLOC_TRACK_H
#define _GOMALLOC_TRACK_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "heap.h"
#include "stack.h"
#include "turn.h"

/* Of more bytes than that, an object shares no byte with the state of others */
#define TRACK_LEAST	16

/* Objects that there is room for, at most */
#define TRACK_MAX_OBJECTS	1048576U

/**
 * struct track_call - an allocation or a free
 * @when: [lock] in jiffies
 * @pid: [lock] by which task
 * @cpu: [lock] on which CPU
 * @stack: [lock] from where, see depot.c
 */
struct track_call {
	unsigned long	when;
	int		pid;
	unsigned int	cpu;
	u32		stack;
};

/**
 * struct track_entry - an object
 * @node: [lock] in its bucket, once it had an object
 * @unused: [lock] in the list of those without a live object
 * @object: [lock] its address
 * @size: [lock] its bytes
 * @heap: [lock] the number of its heap
 * @live: [lock] it was not freed
 * @allocated: [lock] who allocated it
 * @freed: [lock] who freed it, if it was
 */
struct track_entry {
	struct hlist_node	node;
	struct list_head	unused;
	unsigned long		object;
	size_t			size;
	u32			heap;
	bool			live;
	struct track_call	allocated;
	struct track_call	freed;
};

/**
 * struct track - the table of tracked objects
 * @rate: [racy] one of so many requests is tracked; 0 for none
 * @turn: whose turn it is
 * @nr: [const] length of @entries
 * @mask: [const] length of @buckets, less one
 * @lock: raw, irq-safe, a leaf: all entries
 * @missed: [lock] objects for which there was no room
 * @unused: [lock] entries without a live object, those longest so first
 * @entries: [lock] all entries
 * @buckets: [lock] those that have an object, or had, by its address
 */
struct track {
	unsigned int		rate;
	struct turn __percpu	*turn;
	unsigned int		nr;
	unsigned int		mask;
	raw_spinlock_t		lock;	/* see above */
	unsigned long		missed;
	struct list_head	unused;
	struct track_entry	*entries;
	struct hlist_head	*buckets;
};

bool track_alloc(struct track *t, const struct gomalloc_heap *heap,
		 const void *p, size_t size);

/* The same, if it is the CPU's turn and the heap is tracked. Return: does a free tell? */
static inline bool track_sample(const struct gomalloc_heap *heap, const void *p,
				size_t size)
{
	/* Pairs with the release of who makes it */
	struct track *t = smp_load_acquire(&heap->sys->track);
	/* It comes and goes; a request earlier or later does not matter */
	unsigned int flags = data_race(heap->flags);

	if (!(flags & HEAP_TRACKED) || !t)
		return false;
	if (!(flags & HEAP_DEBUG_USER) &&
	    likely(!turn_comes(t->turn, READ_ONCE(t->rate))))
		return false;
	return track_alloc(t, heap, p, size);
}

/*
 * What to ask for in the place of @size, so that it can be tracked: what has no state
 * byte cannot
 */
static inline size_t track_room(const struct gomalloc_heap *heap, size_t size)
{
	/* As above */
	if (!(data_race(heap->flags) & HEAP_TRACKED) || size - 1 >= TRACK_LEAST)
		return size;
	return TRACK_LEAST + 1;
}

void track_free(struct gomalloc_sys *sys, const void *p);
void track_find(struct gomalloc_sys *sys, const void *p, struct stack_pair *calls);
bool track_look(struct track *t, unsigned int i, struct track_entry *copy);
void track_release_heap(struct gomalloc_heap *heap);
struct track *track_create(unsigned int nr);
void track_destroy(struct track *t);

#endif /* _GOMALLOC_TRACK_H */
