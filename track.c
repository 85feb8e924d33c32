// SPDX-License-Identifier: GPL-2.0
/*
 * track - who allocated what lives
 *
 * What: a table of some objects, with the stack that allocated each; and, of those
 *	that were freed, until there is another for their entry, with the stack that
 *	freed it. The object's state byte says that it is there, so that only its
 *	free looks here.
 * Locks: track->lock, raw, irq-safe, a leaf.
 * Owns: the entries. Stacks are depot.c's.
 * Invariant: an entry is in the list of unused ones if and only if it is not live.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/hardirq.h>
#include <linux/hash.h>
#include <linux/kasan.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "compat.h"
#include "depot.h"
#include "track.h"

/* Of what a heap leaves, so many are printed with their stacks */
#define LEAKS_PRINTED	8

static unsigned long address_of(const void *p)
{
	return (unsigned long)kasan_reset_tag(p);
}

static struct hlist_head *bucket(struct track *t, unsigned long object)
{
	return &t->buckets[hash_long(object, 32) & t->mask];
}

/* The newest entry of the object, or NULL */
static struct track_entry *find_locked(struct track *t, unsigned long object)
{
	struct track_entry *e;

	lockdep_assert_held(&t->lock);
	hlist_for_each_entry(e, bucket(t, object), node) {
		if (e->object == object)
			return e;
	}
	return NULL;
}

/* The caller has nothing that a stack could need */
static struct track_call note_call(void)
{
	struct call_stack stack;
	struct track_call call;

	stack_note(&stack);
	call.when = stack.when;
	call.pid = stack.pid;
	call.cpu = stack.cpu;
	call.stack = depot_save(&stack);
	return call;
}

/* An entry for the object, or NULL: all have live ones */
static struct track_entry *take_locked(struct track *t, unsigned long object)
{
	struct track_entry *e;

	lockdep_assert_held(&t->lock);
	/* What was at this address is of no interest any more */
	e = find_locked(t, object) ?:
	    list_first_entry_or_null(&t->unused, struct track_entry, unused);
	if (!e) {
		t->missed++;
		return NULL;
	}
	if (!e->live)
		list_del(&e->unused);
	if (!hlist_unhashed(&e->node))
		hlist_del_init(&e->node);
	e->object = object;
	hlist_add_head(&e->node, bucket(t, object));
	return e;
}

/* The caller has just allocated it. Return: false: there is no room. Any context. */
bool track_alloc(struct track *t, const struct gomalloc_heap *heap,
		 const void *p, size_t size)
{
	struct track_call call;
	struct track_entry *e;
	unsigned long flags;

	if (in_nmi())
		return false;
	call = note_call();
	raw_spin_lock_irqsave(&t->lock, flags);
	e = take_locked(t, address_of(p));
	if (e) {
		e->size = size;
		e->heap = heap->id;
		e->live = true;
		e->allocated = call;
	}
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return e;
}

static void end_locked(struct track *t, struct track_entry *e)
{
	lockdep_assert_held(&t->lock);
	e->live = false;
	list_add_tail(&e->unused, &t->unused);
}

/* The caller frees it, and its state said that it may be tracked. Any context but NMI. */
void track_free(struct gomalloc_sys *sys, const void *p)
{
	/* Pairs with the release of who makes it */
	struct track *t = smp_load_acquire(&sys->track);
	struct track_call call;
	struct track_entry *e;
	unsigned long flags;

	if (!t)
		return;
	call = note_call();
	raw_spin_lock_irqsave(&t->lock, flags);
	e = find_locked(t, address_of(p));
	if (e && e->live) {
		e->freed = call;
		end_locked(t, e);
	}
	raw_spin_unlock_irqrestore(&t->lock, flags);
}

/*
 * === text ===
 */

static void copy_call(const struct track_call *call, struct call_stack *stack)
{
	stack->when = call->when;
	stack->pid = call->pid;
	stack->cpu = call->cpu;
	depot_fetch(call->stack, stack);
}

/* Who allocated and freed the object at @p, if that was tracked. Any context but NMI. */
void track_find(struct gomalloc_sys *sys, const void *p, struct stack_pair *calls)
{
	/* Pairs with the release of who makes it */
	struct track *t = smp_load_acquire(&sys->track);
	struct track_entry *e, copy;
	unsigned long flags;

	if (!t || in_nmi())
		return;
	raw_spin_lock_irqsave(&t->lock, flags);
	e = find_locked(t, address_of(p));
	if (e)
		copy = *e;
	raw_spin_unlock_irqrestore(&t->lock, flags);
	if (!e)
		return;
	copy_call(&copy.allocated, &calls->allocated);
	if (!copy.live)
		copy_call(&copy.freed, &calls->freed);
}

/* Copy entry @i. Return: is it of a live object? */
bool track_look(struct track *t, unsigned int i, struct track_entry *copy)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&t->lock, flags);
	*copy = t->entries[i];
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return copy->live;
}
EXPORT_SYMBOL_IF_KUNIT(track_look);

/* Return: it was a live one of @heap, which is in *@copy, and is none any more */
static bool end_of_heap(struct track *t, struct track_entry *e, u32 heap,
			struct track_entry *copy)
{
	unsigned long flags;
	bool was;

	raw_spin_lock_irqsave(&t->lock, flags);
	was = e->live && e->heap == heap;
	if (was) {
		e->freed = (struct track_call){};
		end_locked(t, e);
		*copy = *e;
	}
	raw_spin_unlock_irqrestore(&t->lock, flags);
	return was;
}

/* Print who allocated what a heap that goes away has left, and forget it */
void track_release_heap(struct gomalloc_heap *heap)
{
	/* Pairs with the release of who makes it */
	struct track *t = smp_load_acquire(&heap->sys->track);
	struct track_entry copy;
	struct call_stack stack;
	unsigned int i, n = 0;

	for (i = 0; t && i < t->nr; i++) {
		if (!end_of_heap(t, &t->entries[i], heap->id, &copy) ||
		    n++ >= LEAKS_PRINTED)
			continue;
		pr_warn("leak: heap %s: a tracked object of %zu bytes\n",
			heap->name, copy.size);
		copy_call(&copy.allocated, &stack);
		stack_print(&stack, "allocated");
	}
}

/*
 * === the table ===
 */

/* No object is tracked any more, and nobody looks */
void track_destroy(struct track *t)
{
	kvfree(t->entries);
	kvfree(t->buckets);
	free_percpu(t->turn);
	kfree(t);
}
EXPORT_SYMBOL_IF_KUNIT(track_destroy);

/* A table for @nr objects. Return: it, or NULL. Sleeps. */
struct track *track_create(unsigned int nr)
{
	struct track *t = kzalloc(sizeof(*t), GFP_KERNEL);
	unsigned int i;

	if (!t)
		return NULL;
	t->nr = nr;
	t->mask = roundup_pow_of_two(nr) - 1;
	raw_spin_lock_init(&t->lock);
	INIT_LIST_HEAD(&t->unused);
	t->turn = turn_create();
	t->entries = kvcalloc(nr, sizeof(*t->entries), GFP_KERNEL);
	t->buckets = kvcalloc(t->mask + 1, sizeof(*t->buckets), GFP_KERNEL);
	if (!t->turn || !t->entries || !t->buckets || depot_init()) {
		track_destroy(t);
		return NULL;
	}
	for (i = 0; i < nr; i++)
		list_add_tail(&t->entries[i].unused, &t->unused);
	return t;
}
EXPORT_SYMBOL_IF_KUNIT(track_create);
