// SPDX-License-Identifier: GPL-2.0
/*
 * pagemap - from an address to its span
 *
 * What: a hash table of leaves of 512 entries, by the address of their pages; an
 *	entry is the page's span. It knows nothing of where an architecture has
 *	its memory, nor which memory there is: a leaf comes with the first arena
 *	that needs it.
 * Locks: readers take none, and read RCU for the table. Entries are written by
 *	the mheap that has the arena. pagemap_lock, raw, irq-safe, innermost: the
 *	slots of the tables.
 * Owns: the table, and the leaves, which stay until the module goes.
 * Invariant: an entry is not &pagemap_foreign_page if and only if an arena
 *	holds the page. A slot of the table without a leaf holds @no_leaf, so
 *	that a look-up tests neither. While a larger table is filled, a new leaf
 *	goes into both.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "pagemap.h"

/* Slots of the first table: up to 32 MiB in leaves of their own */
#define FIRST_SLOTS	64

/* Slots for each leaf before the table grows; at 8/7 no more leaves are taken */
#define ROOMY		4

/* Slots that are copied at once where the caller cannot sleep */
#define SHORT_COPY	1024

struct pagemap *pagemap __read_mostly;
EXPORT_SYMBOL_IF_KUNIT(pagemap);

struct mspan pagemap_free_page;
EXPORT_SYMBOL_IF_KUNIT(pagemap_free_page);

struct mspan pagemap_foreign_page;
EXPORT_SYMBOL_IF_KUNIT(pagemap_foreign_page);

/* Where nothing is ours */
static struct pagemap_leaf no_leaf = {
	.key = PAGEMAP_NO_KEY,
	.span = { [0 ... PAGEMAP_LEAF_PAGES - 1] = &pagemap_foreign_page },
};

static DEFINE_RAW_SPINLOCK(pagemap_lock);
static struct pagemap *next_map;		/* [pagemap_lock] being filled */
static struct kmem_cache *leaf_cache;		/* [const] */

static void grow_work(struct work_struct *work);
static DECLARE_WORK(pagemap_work, grow_work);

/*
 * Return: an empty table, or NULL. __GFP_COMP means nothing to kmalloc(), but that this
 * table is not to be gomalloc's, where that stands in its place: it would ask for another.
 */
static struct pagemap *make_map(unsigned long slots, gfp_t gfp)
{
	struct pagemap *map;
	size_t size = struct_size(map, leaf, slots);
	unsigned long i;

	gfp |= __GFP_COMP;
	map = gfpflags_allow_blocking(gfp) ? kvmalloc(size, gfp) :
					     kmalloc(size, gfp);
	if (!map)
		return NULL;
	map->mask = slots - 1;
	map->nr = 0;
	for (i = 0; i < slots; i++)
		map->leaf[i] = &no_leaf;
	return map;
}

/* Where to look for a hash in the @n-th place: its bucket, then those behind it */
static unsigned long place(unsigned long hash, unsigned long n)
{
	return n < 2 ? hash ^ n : (hash & ~1UL) + n;
}

/* The slot of the leaf with @key, or the one where it would go; no table is full */
static struct pagemap_leaf **find_slot(struct pagemap *map, unsigned long key)
{
	unsigned long hash = pagemap_hash(key), n;
	struct pagemap_leaf **slot, *leaf;

	for (n = 0; ; n++) {
		slot = &map->leaf[place(hash, n) & map->mask];
		/* Pairs with the release of insert_locked(), by address dependency */
		leaf = READ_ONCE(*slot);
		if (leaf->key == key || leaf == &no_leaf)
			return slot;
	}
}

/* Return: the leaf, or one in which all is foreign. The caller reads RCU. */
static struct pagemap_leaf *find_leaf(unsigned long key)
{
	struct pagemap_leaf *leaf;
	struct pagemap *map;

	do {
		/* Pairs with the release of end_growth(), by address dependency */
		map = READ_ONCE(pagemap);
		leaf = READ_ONCE(*find_slot(map, key));
		/* In a slot that was empty there may be another leaf by now */
		if (leaf->key == key)
			return leaf;
		/*
		 * Pairs with that release, too: the address that the caller has
		 * may be of a leaf which only a newer table knows
		 */
		smp_rmb();
	} while (map != READ_ONCE(pagemap));
	return &no_leaf;
}

/* The rest of pagemap_lookup() */
struct mspan *pagemap_lookup_far(const void *p)
{
	return pagemap_leaf_span(find_leaf(pagemap_key(p)), p);
}
EXPORT_SYMBOL_IF_KUNIT(pagemap_lookup_far);

/*
 * === growth ===
 */

/* Return: the leaf that has the key now: @leaf, or one that had it before */
static struct pagemap_leaf *insert_locked(struct pagemap *map,
					  struct pagemap_leaf *leaf)
{
	struct pagemap_leaf **slot = find_slot(map, leaf->key);

	lockdep_assert_held(&pagemap_lock);
	if (*slot == &no_leaf) {
		map->nr++;
		/* Pairs with the address dependencies of who looks up */
		smp_store_release(slot, leaf);
	}
	return *slot;
}

/* A leaf at a time, so that the lock is not held for long */
static void copy_leaves(struct pagemap *from, struct pagemap *to, bool may_sleep)
{
	unsigned long i, flags;

	for (i = 0; i <= from->mask; i++) {
		if (READ_ONCE(from->leaf[i]) == &no_leaf)
			continue;
		raw_spin_lock_irqsave(&pagemap_lock, flags);
		insert_locked(to, from->leaf[i]);
		raw_spin_unlock_irqrestore(&pagemap_lock, flags);
		if (may_sleep)
			cond_resched();
	}
}

static void free_map_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct pagemap, rcu));
}

/*
 * From now on new leaves go into @next, too. Return: the table that it is for; or
 * NULL: another one is on its way, or there.
 */
static struct pagemap *begin_growth(struct pagemap *next)
{
	struct pagemap *old = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&pagemap_lock, flags);
	if (!next_map && next->mask > pagemap->mask) {
		next_map = next;
		old = pagemap;
	}
	raw_spin_unlock_irqrestore(&pagemap_lock, flags);
	return old;
}

static void end_growth(struct pagemap *next)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pagemap_lock, flags);
	/* Pairs with the address dependency of who looks up */
	smp_store_release(&pagemap, next);
	next_map = NULL;
	raw_spin_unlock_irqrestore(&pagemap_lock, flags);
}

/* Have a table of @slots, if no one else makes one */
static void grow(unsigned long slots, gfp_t gfp)
{
	struct pagemap *map, *old;

	/* The old one does, if it has to */
	gfp |= __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	map = make_map(slots, gfp & ~__GFP_NOFAIL);
	if (!map)
		return;
	old = begin_growth(map);
	if (!old) {
		kvfree(map);
		return;
	}
	copy_leaves(old, map, gfpflags_allow_blocking(gfp));
	end_growth(map);
	call_rcu(&old->rcu, free_map_rcu);
}

static unsigned long nr_slots(void)
{
	unsigned long slots;

	rcu_read_lock();
	slots = READ_ONCE(pagemap)->mask + 1;
	rcu_read_unlock();
	return slots;
}

static void grow_work(struct work_struct *work)
{
	grow(2 * nr_slots(), GFP_KERNEL);
}

/* Double the table: here, where the caller may sleep or it is soon done */
static void grow_soon(gfp_t gfp)
{
	unsigned long slots = nr_slots();

	if (gfpflags_allow_blocking(gfp) || slots <= SHORT_COPY)
		grow(2 * slots, gfp);
	else
		queue_work(system_unbound_wq, &pagemap_work);
}

/*
 * Enter a leaf. Return: the one that has its key now; or NULL: there is no room.
 * *@roomy tells whether the table is as large as it should be.
 */
static struct pagemap_leaf *insert(struct pagemap_leaf *leaf, bool *roomy)
{
	struct pagemap_leaf *found = NULL;
	unsigned long flags, slots;

	raw_spin_lock_irqsave(&pagemap_lock, flags);
	slots = pagemap->mask + 1;
	*roomy = pagemap->nr * ROOMY < slots;
	if (pagemap->nr * 8 < slots * 7) {
		found = insert_locked(pagemap, leaf);
		if (next_map)
			insert_locked(next_map, found);
	}
	raw_spin_unlock_irqrestore(&pagemap_lock, flags);
	return found;
}

/*
 * === entries ===
 */

static struct pagemap_leaf *look_up_leaf(unsigned long key)
{
	struct pagemap_leaf *leaf;

	rcu_read_lock();
	leaf = find_leaf(key);
	rcu_read_unlock();
	return leaf;
}

/* Return: 0 if there is a leaf with @key now, or -ENOMEM */
static int reserve_leaf(unsigned long key, gfp_t gfp)
{
	struct pagemap_leaf *leaf, *found;
	bool roomy;

	if (look_up_leaf(key) != &no_leaf)
		return 0;
	leaf = kmem_cache_alloc(leaf_cache, gfp);
	if (!leaf)
		return -ENOMEM;
	*leaf = no_leaf;
	leaf->key = key;
	found = insert(leaf, &roomy);
	/* No cgroup pays for the table of all */
	if (!roomy)
		grow_soon(gfp & ~__GFP_ACCOUNT);
	if (found != leaf)
		kmem_cache_free(leaf_cache, leaf);
	return found ? 0 : -ENOMEM;
}

/*
 * Make sure that pagemap_set() can write the entries of a new arena. Any context
 * that @gfp allows. Return: 0, or -ENOMEM.
 */
int pagemap_reserve(unsigned long base, unsigned int npages, gfp_t gfp)
{
	unsigned long last = pagemap_key((void *)base + (size_t)npages * PAGE_SIZE - 1);
	unsigned long key;
	int err = 0;

	for (key = pagemap_key((void *)base); !err && key <= last; key++)
		err = reserve_leaf(key, gfp);
	return err;
}

static unsigned long page_in_leaf(unsigned long base)
{
	return (base >> PAGE_SHIFT) & (PAGEMAP_LEAF_PAGES - 1);
}

/* Return: the entries of an arena's pages, or NULL: they are in several leaves */
struct mspan **pagemap_entries(unsigned long base, unsigned int npages)
{
	unsigned long at = page_in_leaf(base);

	if (at + npages > PAGEMAP_LEAF_PAGES)
		return NULL;
	return &look_up_leaf(pagemap_key((void *)base))->span[at];
}

/* pagemap_fill() for pages in any number of leaves */
void pagemap_set(unsigned long base, unsigned int npages, struct mspan *span)
{
	unsigned int n;

	for (; npages; npages -= n) {
		n = min_t(unsigned long, npages,
			  PAGEMAP_LEAF_PAGES - page_in_leaf(base));
		pagemap_fill(pagemap_entries(base, n), n, span);
		base += (unsigned long)n << PAGE_SHIFT;
	}
}
EXPORT_SYMBOL_IF_KUNIT(pagemap_set);

/* Return: 0, or -ENOMEM */
int pagemap_init(void)
{
	leaf_cache = kmem_cache_create("gomalloc_pagemap_leaf",
				       sizeof(struct pagemap_leaf), 0, 0, NULL);
	if (!leaf_cache)
		return -ENOMEM;
	pagemap = make_map(FIRST_SLOTS, GFP_KERNEL);
	if (pagemap)
		return 0;
	kmem_cache_destroy(leaf_cache);
	return -ENOMEM;
}

/* All arenas are gone, and no call comes in any more */
void pagemap_exit(void)
{
	unsigned long i;

	cancel_work_sync(&pagemap_work);
	/* For the tables that were outgrown */
	rcu_barrier();
	for (i = 0; i <= pagemap->mask; i++) {
		if (pagemap->leaf[i] != &no_leaf)
			kmem_cache_free(leaf_cache, pagemap->leaf[i]);
	}
	kvfree(pagemap);
	kmem_cache_destroy(leaf_cache);
}
