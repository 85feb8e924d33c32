// SPDX-License-Identifier: GPL-2.0
/*
 * marena - arenas by address, and the runs of pages in them
 *
 * What: a tree of arenas that finds the lowest one with a long enough run of
 *	free pages and the highest one to release pages of, and the bitmap of each.
 * Locks: that of the mheap which owns the arenas, held across each call here.
 * Invariant: longest is not less than the longest free run of an arena. It may
 *	be more, for taking a run does not look; who finds less corrects it.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/rbtree_augmented.h>

#include "compat.h"
#include "marena.h"

/*
 * === arenas by address ===
 */

static struct marena *rb_arena(struct rb_node *node)
{
	return rb_entry_safe(node, struct marena, rb);
}

/* Of this arena alone. Without a free page longest is 0: marena_take_runs() */
static struct marena_subtree only(const struct marena *arena)
{
	return (struct marena_subtree){
		.longest = arena->longest,
		.broken = arena->longest ? arena->broken : 0,
	};
}

static __always_inline void add_subtree(struct marena_subtree *sum,
					const struct rb_node *node)
{
	const struct marena_subtree *subtree;

	if (!node)
		return;
	subtree = &rb_entry(node, struct marena, rb)->subtree;
	sum->longest = max(sum->longest, subtree->longest);
	sum->broken |= subtree->broken;
}

static bool is_same(const struct marena_subtree *a,
		    const struct marena_subtree *b)
{
	return a->longest == b->longest && a->broken == b->broken;
}

/* For the macro below. Return: is it as it was, so that no one above changes? */
static bool compute_subtree(struct marena *arena, bool exit)
{
	struct marena_subtree sum = only(arena);

	add_subtree(&sum, arena->rb.rb_left);
	add_subtree(&sum, arena->rb.rb_right);
	if (exit && is_same(&sum, &arena->subtree))
		return true;
	arena->subtree = sum;
	return false;
}

RB_DECLARE_CALLBACKS(static, arena_callbacks, struct marena, rb, subtree,
		     compute_subtree)

/* The order of the tree. @at has @base, and may be gone. */
static bool is_below(const struct marena *arena, unsigned long base,
		     const struct marena *at)
{
	return arena->base != base ? arena->base < base : arena < at;
}

void marena_insert(struct rb_root *arenas, struct marena *arena)
{
	struct rb_node **link = &arenas->rb_node, *parent = NULL;
	struct marena *at;

	arena->subtree = only(arena);
	while (*link) {
		parent = *link;
		at = rb_arena(parent);
		add_subtree(&at->subtree, &arena->rb);
		link = is_below(arena, at->base, at) ? &parent->rb_left
						     : &parent->rb_right;
	}
	rb_link_node(&arena->rb, parent, link);
	rb_insert_augmented(&arena->rb, arenas, &arena_callbacks);
}

void marena_erase(struct rb_root *arenas, struct marena *arena)
{
	rb_erase_augmented(&arena->rb, arenas, &arena_callbacks);
}

static noinline void set_longest(struct marena *arena, unsigned int longest)
{
	arena->longest = longest;
	arena_callbacks_propagate(&arena->rb, NULL);
}

/* The same for more than it was, which asks no one's children */
static noinline void raise_longest(struct marena *arena, unsigned int longest)
{
	const unsigned int broken = arena->broken;
	struct rb_node *node = &arena->rb;
	struct marena_subtree *subtree;

	arena->longest = longest;
	do {
		subtree = &rb_entry(node, struct marena, rb)->subtree;
		if (subtree->longest < longest)
			subtree->longest = longest;
		else if (subtree->broken >= broken)
			break;
		subtree->broken |= broken;
		node = rb_parent(node);
	} while (node);
}

/* A page is gone, and the arena no whole block, if it was one */
static void set_broken(struct marena *arena)
{
	arena->broken = 1;
	set_longest(arena, arena->nfree ? arena->longest : 0);
}

static bool subtree_fits(struct rb_node *node, unsigned int npages)
{
	return node && rb_arena(node)->subtree.longest >= npages;
}

static bool subtree_broken(struct rb_node *node)
{
	return node && rb_arena(node)->subtree.broken;
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

/* The highest arena that has a free page; or NULL */
struct marena *marena_highest_free(struct rb_root *arenas)
{
	struct rb_node *node = arenas->rb_node;

	if (!subtree_fits(node, 1))
		return NULL;
	for (;;) {
		if (subtree_fits(node->rb_right, 1)) {
			node = node->rb_right;
			continue;
		}
		if (rb_arena(node)->longest)
			return rb_arena(node);
		node = node->rb_left;
	}
}

/* The highest one that is, besides, no whole block; or NULL */
struct marena *marena_highest_broken(struct rb_root *arenas)
{
	struct rb_node *node = arenas->rb_node;

	if (!subtree_broken(node))
		return NULL;
	for (;;) {
		if (subtree_broken(node->rb_right)) {
			node = node->rb_right;
			continue;
		}
		if (only(rb_arena(node)).broken)
			return rb_arena(node);
		node = node->rb_left;
	}
}

/* The lowest arena that is @at with @base, which may be gone, or above that */
struct marena *marena_from(struct rb_root *arenas, unsigned long base,
			   const struct marena *at)
{
	struct rb_node *node = arenas->rb_node;
	struct marena *best = NULL;

	while (node) {
		if (is_below(rb_arena(node), base, at)) {
			node = node->rb_right;
		} else {
			best = rb_arena(node);
			node = node->rb_left;
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

/* By the logarithm of the alignment: the pages of a word that are aligned */
static const u64 aligned_pages[] = {
	0xffffffffffffffff, 0x5555555555555555, 0x1111111111111111,
	0x0101010101010101, 0x0001000100010001, 0x0000000100000001,
	0x0000000000000001,
};

/* The lowest run of @npages among the pages @free of one word, or -1 */
static __always_inline int run_in_word(unsigned long free, unsigned int npages,
				       unsigned int align)
{
	unsigned int length = 1, step;

	/* Each bit says that a run of this length begins there */
	for (; length < npages; length += step) {
		step = min(length, npages - length);
		free &= free >> step;
	}
	free &= aligned_pages[__ffs(align)];
	return free ? __ffs(free) : -1;
}

/* The lowest run that lies in one word, as nearly all do; or -1 */
static __always_inline int find_in_words(const struct marena *arena,
					 unsigned int npages,
					 unsigned int align)
{
	unsigned int word = BIT_WORD(arena->first);
	unsigned long free;
	int bit;

	for (; word < BITS_TO_LONGS(arena->npages); word++) {
		free = ~arena->used[word];
		if (hweight_long(free) < npages)
			continue;
		bit = run_in_word(free, npages, align);
		if (bit >= 0)
			return word * BITS_PER_LONG + bit;
	}
	return -1;
}

/* Any run, across words or with a coarser alignment than its length; or -1 */
static noinline int find_run(struct marena *arena, unsigned int npages,
			     unsigned int align)
{
	unsigned long page;

	page = bitmap_find_next_zero_area(arena->used, arena->npages,
					  arena->first, npages, align - 1);
	return page < arena->npages ? page : -1;
}

/* Note a miss: do not look for such a run again before one is freed */
static noinline unsigned int note_miss(struct marena *arena,
				       unsigned int npages,
					unsigned int align)
{
	if (align == npages)
		arena->unaligned |= align & ~1U;
	set_longest(arena, longest_run(arena));
	return 0;
}

static bool in_one_word(unsigned int page, unsigned int npages)
{
	return page % BITS_PER_LONG + npages <= BITS_PER_LONG;
}

static unsigned long word_mask(unsigned int page, unsigned int npages)
{
	return ~0UL >> (BITS_PER_LONG - npages) << page % BITS_PER_LONG;
}

/* How many runs of @npages there are in a row at @page, up to @nr, in its word */
static unsigned int runs_in_row(const struct marena *arena, unsigned int page,
				unsigned int npages, unsigned int nr)
{
	unsigned long used = arena->used[BIT_WORD(page)] >> page % BITS_PER_LONG;
	unsigned int length = BITS_PER_LONG - page % BITS_PER_LONG;

	if (used)
		length = __ffs(used);
	return min(nr, length / npages);
}

/*
 * Take up to @nr runs of @npages pages each, in a row, the number of the first
 * page a multiple of @align, which is a power of two: at the lowest place, if
 * not one across two words of bits. Return: their number and the first page in
 * *@page; 0: there is none.
 */
unsigned int marena_take_runs(struct marena *arena, unsigned int npages,
			      unsigned int align, unsigned int nr,
			      unsigned int *page)
{
	int found = -1;

	if (arena->unaligned & align)
		return 0;
	if (npages <= BITS_PER_LONG && align <= npages) {
		found = find_in_words(arena, npages, align);
		/* An aligned run of a power of two lies in one word */
		if (found < 0 && align == npages)
			return note_miss(arena, npages, align);
	}
	if (found >= 0) {
		nr = nr == 1 ? 1 : runs_in_row(arena, found, npages, nr);
		npages *= nr;
		arena->used[BIT_WORD(found)] |= word_mask(found, npages);
	} else {
		found = find_run(arena, npages, align);
		if (found < 0)
			return note_miss(arena, npages, align);
		nr = 1;
		bitmap_set(arena->used, found, npages);
	}
	*page = found;
	arena->nfree -= npages;
	if (found == arena->first)
		arena->first = found + npages;
	if (!arena->nfree)
		set_longest(arena, 0);
	return nr;
}

/* The first free page of those in a row that end before @page */
static __always_inline unsigned int row_start(const struct marena *arena,
					      unsigned int page)
{
	unsigned int bit = page % BITS_PER_LONG, last;
	unsigned long used = arena->used[BIT_WORD(page)] & (BIT(bit) - 1);

	/* Mostly it is in the same word */
	if (used)
		return page - bit + __fls(used) + 1;
	last = find_last_bit(arena->used, page);
	return last < page ? last + 1 : 0;
}

/* The first page from @page on that is used, or where the arena ends */
static __always_inline unsigned int row_end(const struct marena *arena,
					    unsigned int page)
{
	unsigned int bit = page % BITS_PER_LONG;
	unsigned long used;

	if (bit) {
		used = arena->used[BIT_WORD(page)] >> bit;
		if (used)
			return page + __ffs(used);
	}
	return find_next_bit(arena->used, arena->npages, page);
}

/*
 * A run may have become longer than any that was known. Rounded up, so that it
 * does not happen for each page of an arena that empties.
 */
static void note_longer(struct marena *arena, unsigned int page,
			unsigned int npages)
{
	unsigned int length = row_end(arena, page + npages) -
			      row_start(arena, page);

	if (length > arena->longest)
		raise_longest(arena, min_t(unsigned int, arena->npages,
					   roundup_pow_of_two(length)));
}

/* Free a run that marena_take_runs() gave */
void marena_put_run(struct marena *arena, unsigned int page,
		    unsigned int npages)
{
	if (in_one_word(page, npages))
		arena->used[BIT_WORD(page)] &= ~word_mask(page, npages);
	else
		bitmap_clear(arena->used, page, npages);
	arena->nfree += npages;
	arena->first = min(arena->first, page);
	arena->unaligned = 0;
	if (arena->nfree > arena->longest)
		note_longer(arena, page, npages);
}

/* A page of a run is gone when that is put back, and the others are */
void marena_lose_page(struct marena *arena)
{
	arena->gone++;
	set_broken(arena);
}

/* The highest free page, of an arena that has one */
static unsigned int last_free(const struct marena *arena)
{
	unsigned int word = BITS_TO_LONGS(arena->npages) - 1;

	while (!~arena->used[word])
		word--;
	return word * BITS_PER_LONG + __fls(~arena->used[word]);
}

/*
 * Part with free pages for good: with the highest run, or so much of its upper
 * end. The arena has a free page. Return: how many, and the first in *@page.
 */
unsigned int marena_part_with_run(struct marena *arena, unsigned int most,
				  unsigned int *page)
{
	unsigned int end = last_free(arena) + 1;
	unsigned long used = find_last_bit(arena->used, end);
	unsigned int start = used < end ? used + 1 : 0;
	unsigned int npages = min(end - start, most);

	*page = end - npages;
	bitmap_set(arena->used, *page, npages);
	arena->nfree -= npages;
	arena->gone += npages;
	set_broken(arena);
	return npages;
}

/* All pages of a new arena are free */
void marena_init(struct marena *arena, unsigned long base, unsigned int npages)
{
	unsigned int words = BITS_TO_LONGS(npages);

	arena->base = base;
	arena->npages = npages;
	arena->nfree = npages;
	arena->longest = npages;
	arena->broken = npages < MARENA_BLOCK;
	bitmap_zero(arena->used, npages);
	/* What is beyond the end is not free */
	if (npages % BITS_PER_LONG)
		arena->used[words - 1] = ~0UL << npages % BITS_PER_LONG;
}

/* For the unit tests: its counts agree with its bits and its subtree */
bool marena_valid(const struct marena *arena)
{
	unsigned int used = bitmap_weight(arena->used, arena->npages);
	struct marena_subtree sum = {
		.longest = arena->longest,
		.broken = arena->nfree && (arena->gone ||
					   arena->npages < MARENA_BLOCK),
	};

	add_subtree(&sum, arena->rb.rb_left);
	add_subtree(&sum, arena->rb.rb_right);
	return used + arena->nfree == arena->npages &&
	       longest_run(arena) <= arena->longest &&
	       find_first_zero_bit(arena->used, arena->npages) >=
	       arena->first &&
	       arena->subtree.longest == sum.longest &&
	       arena->subtree.broken == sum.broken;
}
