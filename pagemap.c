// SPDX-License-Identifier: GPL-2.0
/*
 * pagemap - from an address to its span
 *
 * What: a table of leaves of 512 entries, indexed by the number of the page
 *	in the direct map; an entry is the page's span.
 * Locks: readers take none. Entries are written by the mheap that has the
 *	arena. Leaves are installed with cmpxchg and stay until the module
 *	goes. pagemap_mutex lets one memory hotplug event at a time grow the
 *	table.
 * Invariant: an entry is not &pagemap_foreign_page if and only if an arena
 *	holds the page. A slot of the table without a leaf holds @no_leaf, so
 *	that a lookup tests neither.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/memory.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "pagemap.h"

struct pagemap *pagemap __read_mostly;
EXPORT_SYMBOL_IF_KUNIT(pagemap);

struct mspan pagemap_free_page;
EXPORT_SYMBOL_IF_KUNIT(pagemap_free_page);

struct mspan pagemap_foreign_page;
EXPORT_SYMBOL_IF_KUNIT(pagemap_foreign_page);

/* Where nothing is ours */
static struct pagemap_leaf no_leaf = {
	.span = { [0 ... PAGEMAP_LEAF_PAGES - 1] = &pagemap_foreign_page },
};

/* A table that was outgrown; readers may hold it, so it stays */
struct old_map {
	struct old_map	*next;
	struct pagemap	*map;
};

static DEFINE_MUTEX(pagemap_mutex);
static struct old_map *old_maps;		/* pagemap_mutex */

static unsigned long page_number(unsigned long addr)
{
	return (addr - PAGE_OFFSET) >> PAGE_SHIFT;
}

static unsigned long nr_leaves_to(unsigned long end_pfn)
{
	unsigned long end = (unsigned long)__va(PFN_PHYS(end_pfn));

	return DIV_ROUND_UP(page_number(end), PAGEMAP_LEAF_PAGES);
}

/* Return: 0, or -ENOMEM with the table as it was */
static int pagemap_grow(unsigned long end_pfn)
{
	unsigned long nr = nr_leaves_to(end_pfn), had = 0, i;
	struct pagemap *map;
	struct old_map *old;

	if (pagemap)
		had = pagemap->nr;
	if (nr <= had)
		return 0;
	map = kvmalloc(struct_size(map, leaf, nr), GFP_KERNEL);
	old = kzalloc(sizeof(*old), GFP_KERNEL);
	if (!map || !old) {
		kvfree(map);
		kfree(old);
		return -ENOMEM;
	}
	/*
	 * A leaf installed in the old table behind this copy is of no use, and
	 * pagemap_exit() finds it there. Only a growing mheap installs any, and
	 * it looks again: pagemap_reserve().
	 */
	map->nr = nr;
	for (i = 0; i < nr; i++)
		map->leaf[i] = i < had ? READ_ONCE(pagemap->leaf[i]) : &no_leaf;
	old->map = pagemap;
	old->next = old_maps;
	old_maps = old;
	/* Pairs with the address dependency of pagemap_lookup() */
	smp_store_release(&pagemap, map);
	return 0;
}

static int pagemap_memory_event(struct notifier_block *nb,
				unsigned long action, void *data)
{
	struct memory_notify *range = data;
	int err = 0;

	if (action == MEM_GOING_ONLINE) {
		mutex_lock(&pagemap_mutex);
		err = pagemap_grow(range->start_pfn + range->nr_pages);
		mutex_unlock(&pagemap_mutex);
	}
	return notifier_from_errno(err);
}

static struct notifier_block pagemap_nb = {
	.notifier_call = pagemap_memory_event,
};

static unsigned long highest_pfn(void)
{
	unsigned long end = 0;
	int nid;

	for_each_online_node(nid)
		end = max(end, pgdat_end_pfn(NODE_DATA(nid)));
	return end;
}

int pagemap_init(void)
{
	int err;

	/* First, so that no memory comes between the look and the notifier */
	err = register_memory_notifier(&pagemap_nb);
	if (err)
		return err;
	mutex_lock(&pagemap_mutex);
	err = pagemap_grow(highest_pfn());
	mutex_unlock(&pagemap_mutex);
	if (err)
		unregister_memory_notifier(&pagemap_nb);
	return err;
}

static void free_leaf(struct pagemap_leaf *leaf)
{
	if (leaf != &no_leaf)
		kfree(leaf);
}

static void free_old_map(struct old_map *old)
{
	unsigned long i;

	/* The first one follows none */
	for (i = 0; old->map && i < old->map->nr; i++) {
		if (old->map->leaf[i] != pagemap->leaf[i])
			free_leaf(old->map->leaf[i]);
	}
	kvfree(old->map);
	kfree(old);
}

/* All arenas are gone, and no call comes in any more */
void pagemap_exit(void)
{
	struct old_map *old;
	unsigned long i;

	unregister_memory_notifier(&pagemap_nb);
	while ((old = old_maps)) {
		old_maps = old->next;
		free_old_map(old);
	}
	for (i = 0; i < pagemap->nr; i++)
		free_leaf(pagemap->leaf[i]);
	kvfree(pagemap);
}

/* Return: the leaf now in slot @i of the table, or NULL: no memory */
static struct pagemap_leaf *install_leaf(unsigned long i, gfp_t gfp)
{
	struct pagemap_leaf **slot = &READ_ONCE(pagemap)->leaf[i];
	struct pagemap_leaf *leaf, *other;

	other = READ_ONCE(*slot);
	if (other != &no_leaf)
		return other;
	leaf = kmalloc(sizeof(*leaf), gfp);
	if (!leaf)
		return NULL;
	*leaf = no_leaf;
	/* Pairs with the address dependency of pagemap_lookup() */
	other = cmpxchg(slot, &no_leaf, leaf);
	if (other == &no_leaf)
		return leaf;
	kfree(leaf);
	return other;
}

/*
 * Make sure that pagemap_set() can write the entries of a new arena.
 * Return: 0, -ENOMEM, or -ERANGE for memory that no event announced.
 */
int pagemap_reserve(unsigned long base, unsigned int npages, gfp_t gfp)
{
	unsigned long last = page_number(base) + npages - 1;
	unsigned long i = page_number(base) >> PAGEMAP_LEAF_SHIFT;
	struct pagemap *map;

	for (; i <= last >> PAGEMAP_LEAF_SHIFT; i++) {
		if (i >= READ_ONCE(pagemap)->nr) {
			pr_warn_once("memory at %#lx was not announced; reload the module\n",
				     i << (PAGEMAP_LEAF_SHIFT + PAGE_SHIFT));
			return -ERANGE;
		}
		do {
			map = READ_ONCE(pagemap);
			if (!install_leaf(i, gfp))
				return -ENOMEM;
		} while (map != READ_ONCE(pagemap));
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(pagemap_reserve);

/* Return: the entries of an arena's pages, or NULL: they are in several leaves */
struct mspan **pagemap_entries(unsigned long base, unsigned int npages)
{
	unsigned long page = page_number(base);
	unsigned long at = page & (PAGEMAP_LEAF_PAGES - 1);

	if (at + npages > PAGEMAP_LEAF_PAGES)
		return NULL;
	return &READ_ONCE(READ_ONCE(pagemap)->leaf[page >> PAGEMAP_LEAF_SHIFT])
		->span[at];
}

/* pagemap_fill() for pages in any number of leaves */
void pagemap_set(unsigned long base, unsigned int npages, struct mspan *span)
{
	unsigned long page = page_number(base);
	unsigned int n;

	for (; npages; npages -= n) {
		n = min_t(unsigned long, npages, PAGEMAP_LEAF_PAGES -
			  (page & (PAGEMAP_LEAF_PAGES - 1)));
		pagemap_fill(pagemap_entries(base, n), n, span);
		base += (unsigned long)n << PAGE_SHIFT;
		page += n;
	}
}
EXPORT_SYMBOL_IF_KUNIT(pagemap_set);
