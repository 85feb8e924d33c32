/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of guard.c: objects in a page of their own between two that fault */
#ifndef _GOMALLOC_GUARD_H
#define _GOMALLOC_GUARD_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>

#include "guard_page.h"
#include "heap.h"
#include "request.h"
#include "stack.h"
#include "turn.h"

/* Objects that the pool has room for, at most */
#define GUARD_MAX_OBJECTS	65536U

/**
 * struct guard_view - what is to be told of an object and an address
 * @heap: name of its heap
 * @object: its address
 * @size: its bytes
 * @off: of the address, from @object
 * @calls: who allocated it, and freed it, if it was
 */
struct guard_view {
	char			heap[GOMALLOC_HEAP_NAME_LEN];
	const void		*object;
	unsigned int		size;
	long			off;
	struct stack_pair	calls;
};

enum guard_state {
	GUARD_FRESH,		/* no object was there yet */
	GUARD_TAKEN,		/* becomes what is next here, or GUARD_FREED */
	GUARD_LIVE,
	GUARD_PENDING,		/* for the callback of gofree_rcu(), which frees it */
	GUARD_FREED,
};

/**
 * struct guard_slot - the room for an object
 * @state: [lock] &enum guard_state
 * @size: [taken] bytes of the object
 * @object: [taken] its address
 * @heap: [lock] its heap; NULL: that is gone
 * @view: [taken] name of the heap, and who allocated and freed the object
 *
 * [taken]: by who has taken the slot, while it is GUARD_TAKEN.
 */
struct guard_slot {
	u8			state;
	unsigned int		size;
	void			*object;
	struct gomalloc_heap	*heap;
	struct guard_view	view;
};

/**
 * struct guard - the pool of guarded objects
 * @base: [const] address of its first page, which is never an object's
 * @bytes: [const] of address space from there on
 * @rate: [racy] one of so many requests is guarded; 0 for none
 * @turn: whose turn it is
 * @nr: [const] pages for objects
 * @lock: raw, irq-safe, a leaf: the state of slots and pages
 * @slots: [lock] an object's each, or @nr
 * @waiting: [lock] those without an object, freed first at @first
 * @first: [lock] the next one in @waiting to be used
 * @nr_waiting: [lock] how many there are
 * @table: [const] of each page how it is shown and hidden; NULL: none is hidden
 * @shown: [lock] which of the pages that no object has are there, since one faulted
 * @pages: [const] what is behind each address; behind those that are no object's
 *	always the same page
 */
struct guard {
	unsigned long		base;
	unsigned long		bytes;
	unsigned int		rate;
	struct turn __percpu	*turn;
	unsigned int		nr;
	raw_spinlock_t		lock;	/* see above */
	struct guard_slot	*slots;
	u32			*waiting;
	unsigned int		first;
	unsigned int		nr_waiting;
	struct guard_page	*table;
	unsigned long		*shown;
	struct page		**pages;
};

static inline unsigned int guard_nr_pages(const struct guard *g)
{
	return 2 * g->nr + 1;
}

/* Page 2n + 1 is that of slot n */
static inline void *guard_page_address(const struct guard *g, unsigned int page)
{
	return (void *)(g->base + ((unsigned long)page << PAGE_SHIFT));
}

static inline void guard_show(const struct guard *g, unsigned int page)
{
	if (g->table)
		guard_page_show(&g->table[page]);
}

static inline void guard_hide(const struct guard *g, unsigned int page)
{
	if (g->table)
		guard_page_hide(&g->table[page],
				(unsigned long)guard_page_address(g, page));
}

void *guard_alloc(struct guard *g, struct gomalloc_heap *heap, size_t size,
		  size_t align, gfp_t gfp);

/*
 * A guarded object in the place of one that a heap is asked for, now and then; else
 * NULL. @packed: it would be a tiny one, and is aligned as these are.
 */
static inline void *guard_sample(struct gomalloc_heap *heap, size_t size,
				 bool packed, gfp_t gfp)
{
	/* Pairs with the release of who makes it */
	struct guard *g = smp_load_acquire(&heap->sys->guard);

	/* It comes and goes; a request earlier or later does not matter */
	if (!(data_race(heap->flags) & HEAP_GUARDED) || gfp & GFP_UNSERVED ||
	    !g || likely(!turn_comes(g->turn, READ_ONCE(g->rate))))
		return NULL;
	return guard_alloc(g, heap, size, packed ? 1 : GOMALLOC_MINALIGN, gfp);
}

/* Is it an address of the pool's? */
static inline bool guard_has(const struct gomalloc_sys *sys, const void *p)
{
	/* Pairs with the release of who makes it */
	const struct guard *g = smp_load_acquire(&sys->guard);

	return g && (unsigned long)p - g->base < g->bytes;
}

const void *guard_object(struct guard *g, const void *p);
enum gomalloc_misuse guard_claim(struct guard *g, const void *p, bool pending,
				 struct guard_slot **slot);
bool guard_check(struct guard *g, struct guard_slot *slot,
		 struct guard_view *view);
void guard_release(struct guard *g, struct guard_slot *slot);
enum gomalloc_misuse guard_set_pending(struct guard *g, const void *p,
				       struct gomalloc_heap **heap);
enum gomalloc_misuse guard_find(struct guard *g, const void *p, size_t *size,
				struct gomalloc_heap **heap);
size_t guard_room(struct guard *g, const void *p);
bool guard_look(struct guard *g, const void *p, enum gomalloc_misuse kind,
		struct guard_view *view);
enum gomalloc_misuse guard_open(struct guard *g, unsigned long addr);
void guard_release_heap(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_GUARD_H */
