// SPDX-License-Identifier: GPL-2.0
/*
 * guard_pool - the pages of guarded objects
 *
 * What: makes the pool of guard.c, and takes it apart. Behind each other address of
 *	it is a page of its own, for an object; behind the rest always the same one,
 *	which is there only after a fault.
 * Locks: none; nobody else sees the pool when it is made, and when it goes.
 * Owns: the pages, their mapping and their entries in the page table.
 * Invariant: behind an address is always the same page.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "guard.h"
#include "guard_pool.h"

static void free_pages_of(struct guard *g)
{
	unsigned int i;

	for (i = 1; i < guard_nr_pages(g); i += 2) {
		if (g->pages[i])
			__free_page(g->pages[i]);
	}
	if (g->pages[0])
		__free_page(g->pages[0]);
}

/* Return: false: no memory */
static bool get_pages(struct guard *g)
{
	unsigned int i;

	for (i = 0; i < guard_nr_pages(g); i++) {
		g->pages[i] = i && i % 2 == 0 ? g->pages[0] :
						alloc_page(GFP_KERNEL);
		if (!g->pages[i])
			return false;
	}
	return true;
}

/* Return: false: a page is not to be hidden here */
static bool hide_all(struct guard *g)
{
	unsigned int i;

	for (i = 0; i < guard_nr_pages(g); i++) {
		if (!guard_page_find(&g->table[i],
				     (unsigned long)guard_page_address(g, i))) {
			/* Nothing is hidden, and nothing to be shown again */
			kvfree(g->table);
			g->table = NULL;
			return false;
		}
	}
	for (i = 0; i < guard_nr_pages(g); i++)
		guard_hide(g, i);
	return true;
}

/* All but the mapping. Return: false: no memory */
static bool get_memory(struct guard *g, bool hides)
{
	unsigned int i;

	g->turn = turn_create();
	g->slots = kvcalloc(g->nr, sizeof(*g->slots), GFP_KERNEL);
	g->waiting = kvcalloc(g->nr, sizeof(*g->waiting), GFP_KERNEL);
	g->shown = kvcalloc(BITS_TO_LONGS(guard_nr_pages(g)), sizeof(long), GFP_KERNEL);
	g->pages = kvcalloc(guard_nr_pages(g), sizeof(*g->pages), GFP_KERNEL);
	if (hides)
		g->table = kvcalloc(guard_nr_pages(g), sizeof(*g->table), GFP_KERNEL);
	if (!g->turn || !g->slots || !g->waiting || !g->shown || !g->pages ||
	    (hides && !g->table) || !get_pages(g))
		return false;
	for (i = 0; i < g->nr; i++)
		g->waiting[i] = i;
	g->nr_waiting = g->nr;
	return true;
}

/* No object is live, and nobody looks at it any more */
void guard_pool_destroy(struct guard *g)
{
	unsigned int i;

	for (i = 0; g->base && g->table && i < guard_nr_pages(g); i++)
		guard_show(g, i);
	if (g->base)
		vunmap((void *)g->base);
	if (g->pages)
		free_pages_of(g);
	kvfree(g->pages);
	kvfree(g->table);
	kvfree(g->shown);
	kvfree(g->waiting);
	kvfree(g->slots);
	free_percpu(g->turn);
	kfree(g);
}
EXPORT_SYMBOL_IF_KUNIT(guard_pool_destroy);

/*
 * A pool for @nr objects, none of which is asked for before its @rate is set; without
 * @hides no page faults, and only what was written shows. Return: it; NULL: there is
 * no memory, or no page can be hidden. Sleeps.
 */
struct guard *guard_pool_create(unsigned int nr, bool hides)
{
	struct guard *g = kzalloc(sizeof(*g), GFP_KERNEL);

	if (!g)
		return NULL;
	raw_spin_lock_init(&g->lock);
	g->nr = nr;
	if (!get_memory(g, hides))
		goto err;
	g->base = (unsigned long)vmap(g->pages, guard_nr_pages(g), VM_MAP, PAGE_KERNEL);
	if (!g->base)
		goto err;
	g->bytes = (unsigned long)guard_nr_pages(g) << PAGE_SHIFT;
	if (!hides || hide_all(g))
		return g;
err:
	guard_pool_destroy(g);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(guard_pool_create);
