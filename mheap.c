// SPDX-License-Identifier: GPL-2.0
/*
 * mheap - pages of one heap on one node: arenas, and runs of pages in them
 *
 * What: cuts spans out of arenas, lowest address first, and takes them back;
 *	gets arenas from the page allocator and returns them.
 * Called by mcentral.c (spans of a class), mcache.c (large objects), heap.c,
 *	scavenge.c and stats.c. Calls pagemap.c, heap.c for the limit and the
 *	memory of a struct mspan, and the page allocator.
 * Locks: mheap->lock, raw, irq-safe, innermost. Protects the tree, each arena
 *	in it, the counters. Not held across alloc_pages*(): a heap that grows
 *	does so without it and enters the arena whole.
 * Owns: its arenas. A span in use belongs to whoever allocated it.
 * Invariant: the pages of all spans = used_pages = held_pages minus the free
 *	pages of all arenas. One empty arena is kept, the others go back.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rbtree_augmented.h>
#include <linux/slab.h>

#include "compat.h"
#include "heap.h"
#include "mheap.h"
#include "pagemap.h"

/* Blocks of 64 KiB to 2 MiB; larger only for an object that needs it */
#define GROW_ORDER_MIN	(PAGE_SHIFT < 16 ? 16 - PAGE_SHIFT : 0)
#define GROW_ORDER_MAX	(21 - PAGE_SHIFT)

/* Arenas that may hold a run but not an aligned one, before we ask for more */
#define MAX_MISALIGNED	4

/* Of the caller's flags, those that the records of an arena are made with */
#define META_GFP	(GFP_KERNEL | __GFP_HIGH | __GFP_MEMALLOC | \
			 __GFP_NOMEMALLOC | __GFP_NOWARN | __GFP_NORETRY | \
			 __GFP_RETRY_MAYFAIL)

/*
 * Flags that mean the object, not the block its span is cut from. Retrying
 * for __GFP_NOFAIL is malloc.c's: blocks are too large for the page allocator
 * to promise.
 */
#define NOT_FOR_PAGES	(__GFP_ZERO | __GFP_NOFAIL | __GFP_COMP | \
			 __GFP_ACCOUNT | __GFP_RECLAIMABLE | __GFP_MOVABLE)

/*
 * === arenas by address ===
 */

static inline unsigned int arena_longest(struct marena *arena)
{
	return arena->longest;
}

RB_DECLARE_CALLBACKS_MAX(static, arena_callbacks, struct marena, rb,
			 unsigned int, subtree_longest, arena_longest)

static struct marena *rb_arena(struct rb_node *node)
{
	return rb_entry_safe(node, struct marena, rb);
}

static void insert_arena_locked(struct mheap *h, struct marena *arena)
{
	struct rb_node **link = &h->arenas.rb_node, *parent = NULL;
	struct marena *at;

	lockdep_assert_held(&h->lock);
	while (*link) {
		parent = *link;
		at = rb_arena(parent);
		at->subtree_longest = max(at->subtree_longest, arena->longest);
		link = arena->base < at->base ? &parent->rb_left
					      : &parent->rb_right;
	}
	arena->subtree_longest = arena->longest;
	rb_link_node(&arena->rb, parent, link);
	rb_insert_augmented(&arena->rb, &h->arenas, &arena_callbacks);
	h->nr_arenas++;
	h->nr_empty++;
	h->held_pages += arena->npages;
	h->grows++;
}

static void erase_arena_locked(struct mheap *h, struct marena *arena)
{
	lockdep_assert_held(&h->lock);
	rb_erase_augmented(&arena->rb, &h->arenas, &arena_callbacks);
	h->nr_arenas--;
	h->nr_empty--;
	h->held_pages -= arena->npages;
}

static void set_longest_locked(struct marena *arena, unsigned int longest)
{
	arena->longest = longest;
	arena_callbacks_propagate(&arena->rb, NULL);
}

static bool subtree_fits(struct rb_node *node, unsigned int npages)
{
	return node && rb_arena(node)->subtree_longest >= npages;
}

/* The lowest arena in the subtree of @node that may have such a run */
static struct marena *lowest_fit(struct rb_node *node, unsigned int npages)
{
	if (!subtree_fits(node, npages))
		return NULL;
	for (;;) {
		if (subtree_fits(node->rb_left, npages)) {
			node = node->rb_left;
			continue;
		}
		if (rb_arena(node)->longest >= npages)
			return rb_arena(node);
		node = node->rb_right;
	}
}

/* The next one above @arena */
static struct marena *next_fit(struct marena *arena, unsigned int npages)
{
	struct rb_node *node = &arena->rb, *parent;

	if (subtree_fits(node->rb_right, npages))
		return lowest_fit(node->rb_right, npages);
	while ((parent = rb_parent(node))) {
		if (node == parent->rb_left) {
			if (rb_arena(parent)->longest >= npages)
				return rb_arena(parent);
			if (subtree_fits(parent->rb_right, npages))
				return lowest_fit(parent->rb_right, npages);
		}
		node = parent;
	}
	return NULL;
}

/*
 * === runs of pages in an arena ===
 */

static unsigned int longest_run(const struct marena *arena)
{
	unsigned int start, end, longest = 0;

	start = find_next_zero_bit(arena->used, arena->npages, arena->first);
	while (start < arena->npages) {
		end = find_next_bit(arena->used, arena->npages, start);
		longest = max(longest, end - start);
		start = find_next_zero_bit(arena->used, arena->npages, end);
	}
	return longest;
}

/* Return: the first page of the run, or -1: what it promised was not there */
static int take_run_locked(struct marena *arena, unsigned int npages,
			   unsigned int align)
{
	unsigned long page;

	page = bitmap_find_next_zero_area(arena->used, arena->npages,
					  arena->first, npages, align - 1);
	if (page >= arena->npages) {
		set_longest_locked(arena, longest_run(arena));
		return -1;
	}
	bitmap_set(arena->used, page, npages);
	arena->nfree -= npages;
	if (page == arena->first)
		arena->first = page + npages;
	if (!arena->nfree)
		set_longest_locked(arena, 0);
	return page;
}

static void put_run_locked(struct marena *arena, unsigned int page,
			   unsigned int npages)
{
	unsigned int start, end;

	bitmap_clear(arena->used, page, npages);
	arena->nfree += npages;
	arena->first = min(arena->first, page);
	end = find_next_bit(arena->used, arena->npages, page + npages);
	start = find_last_bit(arena->used, page);
	start = start < page ? start + 1 : 0;
	if (end - start > arena->longest)
		set_longest_locked(arena, end - start);
}

/*
 * === spans ===
 */

/* Natural alignment for powers of two, in pages; a page for other sizes */
static unsigned int run_align(unsigned int spc, unsigned int npages)
{
	size_t size = class_to_size[spc >> 1] ?: (size_t)npages << PAGE_SHIFT;

	return is_power_of_2(size) ? max_t(size_t, size >> PAGE_SHIFT, 1) : 1;
}

static void enter_span_locked(struct mheap *h, struct marena *arena,
			      unsigned int page, unsigned int npages,
			      struct mspan *span)
{
	lockdep_assert_held(&h->lock);
	if (arena->nfree + npages == arena->npages)
		h->nr_empty--;
	h->used_pages += npages;
	h->nr_spans++;
	span->arena = arena;
	span->base = arena->base + ((unsigned long)page << PAGE_SHIFT);
}

/* Give @span a run of pages, lowest address first. Return: false: no run. */
static bool mheap_alloc_span_locked(struct mheap *h, struct mspan *span,
				    unsigned int npages, unsigned int align)
{
	unsigned int want = npages, missed = 0;
	struct marena *arena;
	int page;

	lockdep_assert_held(&h->lock);
	arena = lowest_fit(h->arenas.rb_node, want);
	while (arena) {
		page = take_run_locked(arena, npages, align);
		if (page >= 0) {
			enter_span_locked(h, arena, page, npages, span);
			return true;
		}
		if (++missed == MAX_MISALIGNED)
			want = npages + align - 1;
		arena = next_fit(arena, want);
	}
	return false;
}

static void free_arena_pages(unsigned long base, unsigned int npages)
{
	struct page *page = virt_to_page((void *)base);
	unsigned int i;

	for (i = 0; i < npages; i++)
		__free_page(page + i);
}

/* Nobody but the caller knows the arena any more */
static void release_arena(struct gomalloc_heap *heap, struct marena *arena)
{
	pagemap_set(arena->base, arena->npages, NULL);
	free_arena_pages(arena->base, arena->npages);
	heap_uncharge(heap, arena->npages);
	kfree(arena);
}

/* Return: a block of 1 << @order pages with its records, or NULL */
static struct marena *mheap_sys_alloc(struct mheap *h, unsigned int order,
				      gfp_t gfp)
{
	unsigned int npages = 1U << order;
	struct marena *arena;
	struct page *page;

	if (!heap_charge(h->heap, npages))
		return NULL;
	arena = kzalloc(struct_size(arena, used, BITS_TO_LONGS(npages)),
			gfp & META_GFP);
	if (!arena)
		goto err_uncharge;
	page = alloc_pages_node(h->nid, gfp | heap_page_gfp(h->heap), order);
	if (!page)
		goto err_free_arena;
	split_page(page, order);
	arena->base = (unsigned long)page_address(page);
	arena->npages = npages;
	arena->nfree = npages;
	arena->longest = npages;
	if (pagemap_reserve(arena->base, npages, gfp & META_GFP))
		goto err_free_pages;
	pagemap_set(arena->base, npages, &pagemap_free_page);
	return arena;

err_free_pages:
	free_arena_pages(arena->base, npages);
err_free_arena:
	kfree(arena);
err_uncharge:
	heap_uncharge(h->heap, npages);
	return NULL;
}

/*
 * Get an arena for @npages: a large one if this node has it for the asking, in
 * the end one that just does, with all the force that the caller allows.
 */
static struct marena *mheap_grow(struct mheap *h, unsigned int npages,
				 gfp_t gfp)
{
	unsigned int need = get_order((size_t)npages << PAGE_SHIFT);
	gfp_t light = (gfp | __GFP_NOWARN | __GFP_NORETRY | __GFP_THISNODE) &
		      ~(__GFP_DIRECT_RECLAIM | __GFP_RETRY_MAYFAIL);
	unsigned int order = clamp_t(unsigned int, READ_ONCE(h->grow_order),
				     need, GOMALLOC_MAX_ORDER);
	struct marena *arena;

	for (; order > need; order--) {
		arena = mheap_sys_alloc(h, order, light);
		if (arena)
			return arena;
	}
	return mheap_sys_alloc(h, need, gfp);
}

/*
 * Enter @arena and cut the first span out of it in one go, so that no other
 * CPU can take the pages that this one asked for. The page allocator may have
 * gone to another node: then that node's mheap gets the arena.
 */
static struct mheap *enter_arena(struct mheap *h, struct marena *arena,
				 struct mspan *span, unsigned int npages)
{
	int nid = page_to_nid(virt_to_page((void *)arena->base));
	struct mheap *home = h->heap->node[nid];
	unsigned long flags;

	raw_spin_lock_irqsave(&home->lock, flags);
	insert_arena_locked(home, arena);
	enter_span_locked(home, arena, take_run_locked(arena, npages, 1),
			  npages, span);
	if (home->grow_order < GROW_ORDER_MAX)
		WRITE_ONCE(home->grow_order, home->grow_order + 1);
	raw_spin_unlock_irqrestore(&home->lock, flags);
	return home;
}

static bool alloc_run(struct mheap *h, struct mspan *span, unsigned int npages,
		      unsigned int align)
{
	unsigned long flags;
	bool done;

	raw_spin_lock_irqsave(&h->lock, flags);
	done = mheap_alloc_span_locked(h, span, npages, align);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return done;
}

/* Everything about the span but its state, then publish it */
static void make_span(struct mheap *h, struct mspan *span, unsigned int spc,
		      unsigned int npages)
{
	span->heap = h->heap;
	span->mcaches = h->heap->mcaches;
	span->nid = h->nid;
	mspan_init(span, spc, span->base, npages);
	/* A late freer of an earlier life takes the lock of what it reads here */
	WRITE_ONCE(span->central, spc >> 1 ? &h->central[spc] : NULL);
	WRITE_ONCE(span->state, spc >> 1 ? MSPAN_OWNED : MSPAN_LARGE);
	pagemap_set(span->base, npages, span);
}

/*
 * Return: a span of @npages with all its objects free, owned by the caller,
 * on @h's node if there is memory; or NULL.
 */
struct mspan *mheap_alloc(struct mheap *h, unsigned int spc,
			  unsigned int npages, gfp_t gfp)
{
	unsigned int align = run_align(spc, npages);
	struct marena *arena;
	struct mspan *span;

	gfp &= ~NOT_FOR_PAGES;
	span = heap_alloc_mspan(h->heap, spc, npages, gfp & META_GFP, h->nid);
	if (!span)
		return NULL;
	if (!alloc_run(h, span, npages, align)) {
		arena = mheap_grow(h, npages, gfp);
		if (!arena) {
			heap_free_mspan(h->heap, span);
			return NULL;
		}
		h = enter_arena(h, arena, span, npages);
	}
	make_span(h, span, spc, npages);
	return span;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_alloc);

/* Return: the arena, if it is empty with that and not the one to keep */
static struct marena *free_span_locked(struct mheap *h, struct mspan *span)
{
	struct marena *arena = span->arena;

	lockdep_assert_held(&h->lock);
	WRITE_ONCE(span->state, MSPAN_FREE);
	pagemap_set(span->base, span->npages, &pagemap_free_page);
	put_run_locked(arena, (span->base - arena->base) >> PAGE_SHIFT,
		       span->npages);
	h->used_pages -= span->npages;
	h->nr_spans--;
	if (arena->nfree < arena->npages)
		return NULL;
	if (!h->nr_empty++)
		return NULL;
	erase_arena_locked(h, arena);
	return arena;
}

/* Take back a span without live objects that nobody else can reach */
void mheap_free(struct mspan *span)
{
	struct gomalloc_heap *heap = span->heap;
	struct mheap *h = heap->node[span->nid];
	struct marena *arena;
	unsigned long flags;

	raw_spin_lock_irqsave(&h->lock, flags);
	arena = free_span_locked(h, span);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	heap_free_mspan(heap, span);
	if (arena)
		release_arena(heap, arena);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_free);

/* The same for a list that the caller collected under a lock */
void mheap_free_list(struct list_head *spans)
{
	struct mspan *span, *next;

	list_for_each_entry_safe(span, next, spans, list) {
		list_del(&span->list);
		mheap_free(span);
	}
}
EXPORT_SYMBOL_IF_KUNIT(mheap_free_list);

/* Return: the lowest arena without spans, out of the tree; or NULL */
static struct marena *take_empty_arena(struct mheap *h)
{
	struct marena *arena = NULL;
	unsigned long flags;
	struct rb_node *node;

	raw_spin_lock_irqsave(&h->lock, flags);
	for (node = h->nr_empty ? rb_first(&h->arenas) : NULL; node;
	     node = rb_next(node)) {
		arena = rb_arena(node);
		if (arena->nfree == arena->npages) {
			erase_arena_locked(h, arena);
			break;
		}
	}
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return node ? arena : NULL;
}

/* Give back all arenas without spans. Return: bytes. */
size_t mheap_trim(struct mheap *h)
{
	struct marena *arena;
	size_t bytes = 0;

	while ((arena = take_empty_arena(h))) {
		bytes += (size_t)arena->npages << PAGE_SHIFT;
		release_arena(h->heap, arena);
		cond_resched();
	}
	return bytes;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_trim);

/*
 * === walking and checking ===
 */

/* The lowest arena that ends above @addr */
static struct marena *arena_from(struct mheap *h, unsigned long addr)
{
	struct rb_node *node = h->arenas.rb_node;
	struct marena *arena, *best = NULL;

	while (node) {
		arena = rb_arena(node);
		if (arena->base + ((unsigned long)arena->npages << PAGE_SHIFT) >
		    addr) {
			best = arena;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

struct mspan *mheap_next_span_locked(struct mheap *h, unsigned long *addr)
{
	struct marena *arena;
	struct mspan *span;
	unsigned long page;

	lockdep_assert_held(&h->lock);
	while ((arena = arena_from(h, *addr))) {
		page = *addr > arena->base ?
		       (*addr - arena->base) >> PAGE_SHIFT : 0;
		page = find_next_bit(arena->used, arena->npages, page);
		*addr = arena->base + (page << PAGE_SHIFT);
		if (page == arena->npages)
			continue;
		span = span_of((void *)*addr);
		if (span) {
			*addr = span->base +
				((unsigned long)span->npages << PAGE_SHIFT);
			return span;
		}
		/* Taken and not yet entered, see make_span() */
		*addr += PAGE_SIZE;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_next_span_locked);

static bool arena_valid(struct marena *arena)
{
	unsigned int used = bitmap_weight(arena->used, arena->npages);
	unsigned int most = arena->longest;
	struct rb_node *child;

	child = arena->rb.rb_left;
	if (child)
		most = max(most, rb_arena(child)->subtree_longest);
	child = arena->rb.rb_right;
	if (child)
		most = max(most, rb_arena(child)->subtree_longest);
	return used + arena->nfree == arena->npages &&
	       longest_run(arena) <= arena->longest &&
	       find_first_zero_bit(arena->used, arena->npages) >=
	       arena->first &&
	       arena->subtree_longest == most;
}

bool mheap_valid(struct mheap *h)
{
	unsigned long held = 0, nfree = 0, flags;
	struct rb_node *node;
	bool valid = true;

	raw_spin_lock_irqsave(&h->lock, flags);
	for (node = rb_first(&h->arenas); node; node = rb_next(node)) {
		valid &= arena_valid(rb_arena(node));
		held += rb_arena(node)->npages;
		nfree += rb_arena(node)->nfree;
	}
	valid &= held == h->held_pages && held - nfree == h->used_pages;
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return valid;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_valid);

void mheap_init(struct mheap *h, struct gomalloc_heap *heap, int nid)
{
	unsigned int spc;

	raw_spin_lock_init(&h->lock);
	h->arenas = RB_ROOT;
	h->heap = heap;
	h->nid = nid;
	h->grow_order = GROW_ORDER_MIN;
	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++)
		mcentral_init(&h->central[spc], h, spc);
}

/* Nobody uses the heap any more; what its spans hold is lost to its users */
void mheap_destroy(struct mheap *h)
{
	unsigned long addr = 0, flags;
	struct mspan *span;

	for (;;) {
		raw_spin_lock_irqsave(&h->lock, flags);
		span = mheap_next_span_locked(h, &addr);
		raw_spin_unlock_irqrestore(&h->lock, flags);
		if (!span)
			break;
		mheap_free(span);
		cond_resched();
	}
	mheap_trim(h);
}
