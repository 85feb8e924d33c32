// SPDX-License-Identifier: GPL-2.0
/*
 * marena - blocks of pages by address, and the runs of pages in them
 *
 * What: a tree of arenas that finds the lowest one with a long enough run of
 *	free pages, and the bitmap of each.
 * Called by mheap.c, which owns the arenas and holds its lock across each call
 *	here. Calls nothing.
 * Invariant: longest is not less than the longest free run of an arena. It may
 *	be more, for taking a run does not look; who finds less corrects it.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/rbtree_augmented.h>

#include "compat.h"
#include "marena.h"

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

void marena_insert(struct rb_root *arenas, struct marena *arena)
{
	struct rb_node **link = &arenas->rb_node, *parent = NULL;
	struct marena *at;

	while (*link) {
		parent = *link;
		at = rb_arena(parent);
		at->subtree_longest = max(at->subtree_longest, arena->longest);
		link = arena->base < at->base ? &parent->rb_left
					      : &parent->rb_right;
	}
	arena->subtree_longest = arena->longest;
	rb_link_node(&arena->rb, parent, link);
	rb_insert_augmented(&arena->rb, arenas, &arena_callbacks);
}

void marena_erase(struct rb_root *arenas, struct marena *arena)
{
	rb_erase_augmented(&arena->rb, arenas, &arena_callbacks);
}

static void set_longest(struct marena *arena, unsigned int longest)
{
	arena->longest = longest;
	arena_callbacks_propagate(&arena->rb, NULL);
}

static bool subtree_fits(struct rb_node *node, unsigned int npages)
{
	return node && rb_arena(node)->subtree_longest >= npages;
}

/* The lowest arena in the subtree of @node that may have such a run */
static struct marena *subtree_lowest_fit(struct rb_node *node, unsigned int npages)
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

/* The lowest arena that may have a run of @npages; or NULL */
struct marena *marena_lowest_fit(struct rb_root *arenas, unsigned int npages)
{
	return subtree_lowest_fit(arenas->rb_node, npages);
}

/* The next one above @arena */
struct marena *marena_next_fit(struct marena *arena, unsigned int npages)
{
	struct rb_node *node = &arena->rb, *parent;

	if (subtree_fits(node->rb_right, npages))
		return subtree_lowest_fit(node->rb_right, npages);
	while ((parent = rb_parent(node))) {
		if (node == parent->rb_left) {
			if (rb_arena(parent)->longest >= npages)
				return rb_arena(parent);
			if (subtree_fits(parent->rb_right, npages))
				return subtree_lowest_fit(parent->rb_right, npages);
		}
		node = parent;
	}
	return NULL;
}

/* The lowest arena that ends above @addr */
struct marena *marena_from(struct rb_root *arenas, unsigned long addr)
{
	struct rb_node *node = arenas->rb_node;
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

/*
 * Take the lowest run of @npages pages, its number a multiple of @align, which
 * is a power of two. Return: its first page, or -1: there is none.
 */
int marena_take_run(struct marena *arena, unsigned int npages,
		    unsigned int align)
{
	unsigned long page;

	page = bitmap_find_next_zero_area(arena->used, arena->npages,
					  arena->first, npages, align - 1);
	if (page >= arena->npages) {
		set_longest(arena, longest_run(arena));
		return -1;
	}
	bitmap_set(arena->used, page, npages);
	arena->nfree -= npages;
	if (page == arena->first)
		arena->first = page + npages;
	if (!arena->nfree)
		set_longest(arena, 0);
	return page;
}

/* Give back what marena_take_run() gave */
void marena_put_run(struct marena *arena, unsigned int page,
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
		set_longest(arena, end - start);
}

/* For the unit tests: its counts agree with its bits and its subtree */
bool marena_valid(const struct marena *arena)
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
