// SPDX-License-Identifier: GPL-2.0
/*
 * guard - objects in a page of their own between two that fault
 *
 * What: the idea of the kernel's KFENCE for heaps of ours. A pool of pages is mapped
 *	in one piece: each other one has room for an object, the rest are never
 *	there. The page of an object is there while that lives; what is beside the
 *	object in it is filled, and looked at when it is freed. Pages wait in a
 *	queue for their next object, so that one that is used after its free
 *	faults, too, for a while. Who sees the fault is guard_probe.c.
 * Locks: guard->lock, raw, irq-safe, a leaf. What a slot says of its object is
 *	written without it while the slot is GUARD_TAKEN, by who took it.
 * Owns: the objects in the pool, and its slots.
 * Invariant: a slot is in the queue if and only if it is GUARD_FRESH or
 *	GUARD_FREED.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/align.h>
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "guard.h"

/*
 * === pages ===
 */

/* Of the pool, the page @p lies in */
static unsigned int page_of(const struct guard *g, const void *p)
{
	return ((unsigned long)p - g->base) >> PAGE_SHIFT;
}

static unsigned int page_of_slot(const struct guard *g,
				 const struct guard_slot *slot)
{
	return 2 * (slot - g->slots) + 1;
}

/* A page that one has gone on with after a fault is to fault again */
static void hide_again_locked(struct guard *g, unsigned int page)
{
	lockdep_assert_held(&g->lock);
	if (__test_and_clear_bit(page, g->shown))
		guard_hide(g, page);
}

/*
 * === what is beside an object ===
 */

/* Behind each address with the same lowest three bits lies the same byte */
static const u64 filling = 0xa5b4c3d2e1f09687ULL;

static bool is_filling(const u8 *at)
{
	return *at == ((const u8 *)&filling)[(unsigned long)at % sizeof(filling)];
}

/* Return: the first byte that was written to, or @to */
static const u8 *find_written(const u8 *from, const u8 *to)
{
	while (from < to) {
		if (IS_ALIGNED((unsigned long)from, sizeof(u64)) &&
		    to - from >= sizeof(u64) && *(const u64 *)from == filling)
			from += sizeof(u64);
		else if (is_filling(from))
			from++;
		else
			break;
	}
	return from;
}

/*
 * === allocate ===
 */

/* Return: a slot, GUARD_TAKEN, or NULL: all have objects */
static struct guard_slot *take_slot(struct guard *g)
{
	struct guard_slot *slot = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	if (g->nr_waiting) {
		slot = &g->slots[g->waiting[g->first]];
		g->first = (g->first + 1) % g->nr;
		g->nr_waiting--;
		slot->state = GUARD_TAKEN;
		slot->heap = NULL;
		__clear_bit(page_of_slot(g, slot), g->shown);
		guard_show(g, page_of_slot(g, slot));
	}
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return slot;
}

/* At the end of the page, or its beginning; by chance, of which @left has some */
static void *place(void *page, size_t size, size_t align, bool left)
{
	align = max_t(size_t, size & -size, align);
	return left ? page : page + round_down(PAGE_SIZE - size, align);
}

static void set_state(struct guard *g, struct guard_slot *slot,
		      enum guard_state state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	slot->state = state;
	raw_spin_unlock_irqrestore(&g->lock, flags);
}

/*
 * Return: the object, cleared if @gfp or the kernel says so; or NULL: it would not fit
 * in a page, there is no room in the pool, or the caller is in NMI. Any context.
 */
void *guard_alloc(struct guard *g, struct gomalloc_heap *heap, size_t size,
		  size_t align, gfp_t gfp)
{
	struct guard_slot *slot;
	u8 *page, *p;

	if (!size || size > PAGE_SIZE || in_nmi())
		return NULL;
	slot = take_slot(g);
	if (!slot)
		return NULL;
	page = guard_page_address(g, page_of_slot(g, slot));
	p = place(page, size, align, turn_toss(g->turn));
	memset64((u64 *)page, filling, PAGE_SIZE / sizeof(u64));
	if (want_init_on_alloc(gfp))
		memset(p, 0, size);
	slot->size = size;
	slot->object = p;
	strscpy(slot->view.heap, heap->name, sizeof(slot->view.heap));
	stack_note(&slot->view.calls.allocated);
	slot->view.calls.freed.nr = 0;
	slot->heap = heap;
	atomic_long_inc(&heap->guarded);
	set_state(g, slot, GUARD_LIVE);
	return p;
}

/*
 * === find and free ===
 */

/* The slot of the page @p lies in, or NULL: that is between two */
static struct guard_slot *slot_of(const struct guard *g, const void *p)
{
	unsigned int page = page_of(g, p);

	return page % 2 ? &g->slots[page / 2] : NULL;
}

/* What is wrong with @p as an object */
static enum gomalloc_misuse kind_locked(const struct guard *g, const void *p)
{
	const struct guard_slot *slot = slot_of(g, p);

	lockdep_assert_held(&g->lock);
	if (!slot)
		return GOMALLOC_INTERIOR;
	if (slot->state == GUARD_FRESH)
		return GOMALLOC_NEVER_ALLOCATED;
	if (slot->state != GUARD_LIVE && slot->state != GUARD_PENDING)
		return GOMALLOC_DOUBLE_FREE;
	if (slot->object != p)
		return GOMALLOC_INTERIOR;
	return slot->state == GUARD_PENDING ? GOMALLOC_PENDING : GOMALLOC_OK;
}

/* The start of the object in the page of @p, which the caller holds */
const void *guard_object(struct guard *g, const void *p)
{
	const struct guard_slot *slot = slot_of(g, p);

	return slot ? slot->object : p;
}
EXPORT_SYMBOL_IF_KUNIT(guard_object);

/*
 * Take the object at @p from its user, one with the mark of guard_set_pending() only
 * if @pending. Return: GOMALLOC_OK, and *@slot is for guard_check() and
 * guard_release(); or what is wrong with it. Any context but NMI.
 */
enum gomalloc_misuse guard_claim(struct guard *g, const void *p, bool pending,
				 struct guard_slot **slot)
{
	enum gomalloc_misuse kind;
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	kind = kind_locked(g, p);
	if (pending && kind == GOMALLOC_PENDING)
		kind = GOMALLOC_OK;
	if (!kind) {
		*slot = slot_of(g, p);
		(*slot)->state = GUARD_TAKEN;
	}
	raw_spin_unlock_irqrestore(&g->lock, flags);
	if (!kind)
		stack_note(&(*slot)->view.calls.freed);
	return kind;
}

static void copy_view(struct guard_view *view, const struct guard_slot *slot,
		      const void *p)
{
	*view = slot->view;
	view->object = slot->object;
	view->size = slot->size;
	view->off = p - slot->object;
}

/* Return: false, and *@view tells where: bytes beside the object were written to */
bool guard_check(struct guard *g, struct guard_slot *slot,
		 struct guard_view *view)
{
	const u8 *page = guard_page_address(g, page_of_slot(g, slot));
	const u8 *p = slot->object, *end = p + slot->size, *at;

	at = find_written(end, page + PAGE_SIZE);
	if (at == page + PAGE_SIZE)
		at = find_written(page, p);
	if (at == p)
		return true;
	copy_view(view, slot, at);
	atomic_long_inc(&slot->heap->misuses[GOMALLOC_BESIDE]);
	return false;
}

static void wait_locked(struct guard *g, struct guard_slot *slot)
{
	unsigned int last = (g->first + g->nr_waiting) % g->nr;

	lockdep_assert_held(&g->lock);
	slot->state = GUARD_FREED;
	g->waiting[last] = slot - g->slots;
	g->nr_waiting++;
}

/* The end of an object that was claimed: its page is not there any more */
void guard_release(struct guard *g, struct guard_slot *slot)
{
	unsigned int page = page_of_slot(g, slot);
	unsigned long flags;

	if (want_init_on_free())
		memset(slot->object, 0, slot->size);
	atomic_long_dec(&slot->heap->guarded);
	raw_spin_lock_irqsave(&g->lock, flags);
	guard_hide(g, page);
	hide_again_locked(g, page - 1);
	hide_again_locked(g, page + 1);
	wait_locked(g, slot);
	raw_spin_unlock_irqrestore(&g->lock, flags);
}

/* Return: what is wrong with the object at @p, else *@heap is its heap */
enum gomalloc_misuse guard_set_pending(struct guard *g, const void *p,
				       struct gomalloc_heap **heap)
{
	enum gomalloc_misuse kind;
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	kind = kind_locked(g, p);
	if (!kind) {
		slot_of(g, p)->state = GUARD_PENDING;
		*heap = slot_of(g, p)->heap;
	}
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return kind;
}

/* As mvmap_find() */
enum gomalloc_misuse guard_find(struct guard *g, const void *p, size_t *size,
				struct gomalloc_heap **heap)
{
	enum gomalloc_misuse kind;
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	kind = kind_locked(g, p);
	if (!kind || kind == GOMALLOC_PENDING) {
		*size = slot_of(g, p)->size;
		*heap = slot_of(g, p)->heap;
	}
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return kind;
}

/* Bytes from @p, which may be within an object, to the end of that; 0: it is not live */
size_t guard_room(struct guard *g, const void *p)
{
	struct guard_slot *slot = slot_of(g, p);
	unsigned long flags;
	size_t room = 0;

	raw_spin_lock_irqsave(&g->lock, flags);
	if (slot && p >= slot->object && p < slot->object + slot->size &&
	    (slot->state == GUARD_LIVE || slot->state == GUARD_PENDING))
		room = slot->object + slot->size - p;
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return room;
}

/*
 * === what an address is ===
 */

/* From the nearest byte of the object */
static unsigned long distance(const struct guard_slot *slot, const void *p)
{
	return p < slot->object ? slot->object - p :
				  p - (slot->object + slot->size) + 1;
}

/* Is @a rather than @b what @p has to do with? A live object is, then the nearer one. */
static bool is_rather(const struct guard_slot *a, const struct guard_slot *b,
		      const void *p)
{
	bool live = a->state == GUARD_LIVE, other = b->state == GUARD_LIVE;

	if (live != other)
		return live;
	return distance(a, p) < distance(b, p);
}

/* The slot, if it ever had an object */
static struct guard_slot *used_slot(struct guard *g, unsigned int i)
{
	return i < g->nr && g->slots[i].object ? &g->slots[i] : NULL;
}

/* The slot whose object @p has to do with, or NULL: there never was one */
static struct guard_slot *nearest_locked(struct guard *g, const void *p)
{
	unsigned int page = page_of(g, p);
	struct guard_slot *left, *right;

	lockdep_assert_held(&g->lock);
	right = used_slot(g, page / 2);
	if (page % 2)
		return right;
	left = page ? used_slot(g, page / 2 - 1) : NULL;
	if (!left || !right)
		return left ?: right;
	return is_rather(left, right, p) ? left : right;
}

/*
 * Tell of an address of the pool's, and count a misuse of that @kind for the heap.
 * Return: false: no object ever had to do with it.
 */
bool guard_look(struct guard *g, const void *p, enum gomalloc_misuse kind,
		struct guard_view *view)
{
	struct guard_slot *slot;
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	slot = nearest_locked(g, p);
	if (slot) {
		copy_view(view, slot, p);
		if (slot->heap)
			atomic_long_inc(&slot->heap->misuses[kind]);
	}
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return slot;
}

/* By the state that the page is in */
static enum gomalloc_misuse open_locked(struct guard *g, unsigned int page)
{
	struct guard_slot *slot = page % 2 ? &g->slots[page / 2] : NULL;

	lockdep_assert_held(&g->lock);
	/* It has come meanwhile, or another has opened it */
	if (test_bit(page, g->shown) ||
	    (slot && slot->state != GUARD_FREED && slot->state != GUARD_FRESH))
		return GOMALLOC_OK;
	__set_bit(page, g->shown);
	guard_show(g, page);
	return slot ? GOMALLOC_USED_AFTER_FREE : GOMALLOC_OUT_OF_BOUNDS;
}

/*
 * An access to @addr, of the pool, has faulted: let it go on. Return: what it was;
 * GOMALLOC_OK: nothing, the page is there by now. Any context; a NMI is not told.
 */
enum gomalloc_misuse guard_open(struct guard *g, unsigned long addr)
{
	unsigned int page = page_of(g, (void *)addr);
	enum gomalloc_misuse kind;
	unsigned long flags;

	/* It may have interrupted who holds the lock */
	if (in_nmi()) {
		guard_show(g, page);
		return GOMALLOC_OK;
	}
	raw_spin_lock_irqsave(&g->lock, flags);
	kind = open_locked(g, page);
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return kind;
}

/*
 * === a heap goes ===
 */

/* Return: the slot has a live object of @heap, and is GUARD_TAKEN now */
static bool take_of_heap(struct guard *g, struct guard_slot *slot,
			 const struct gomalloc_heap *heap)
{
	unsigned long flags;
	bool live;

	raw_spin_lock_irqsave(&g->lock, flags);
	live = slot->heap == heap && slot->state == GUARD_LIVE;
	if (live)
		slot->state = GUARD_TAKEN;
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return live;
}

/* What is told of its objects from now on has only its name */
static void forget_heap(struct guard *g, const struct gomalloc_heap *heap)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < g->nr; i++) {
		raw_spin_lock_irqsave(&g->lock, flags);
		if (g->slots[i].heap == heap)
			g->slots[i].heap = NULL;
		raw_spin_unlock_irqrestore(&g->lock, flags);
	}
}

/* Free what is left of a heap that goes away, and report it */
void guard_release_heap(struct gomalloc_heap *heap)
{
	/* Pairs with the release of who makes it */
	struct guard *g = smp_load_acquire(&heap->sys->guard);
	struct guard_slot *slot;

	if (!g)
		return;
	for (slot = g->slots; slot < g->slots + g->nr; slot++) {
		if (!take_of_heap(g, slot, heap))
			continue;
		pr_warn("leak: heap %s: a guarded object of %u bytes\n",
			heap->name, slot->size);
		stack_print(&slot->view.calls.allocated, "allocated");
		stack_note(&slot->view.calls.freed);
		guard_release(g, slot);
	}
	forget_heap(g, heap);
}
