// SPDX-License-Identifier: GPL-2.0
/*
 * xarray - pointers by number: an array in the order of the numbers
 *
 * What: what is looked for is found by halving; what is entered moves what is above.
 * Locks: the user has one; that of the array itself is a leaf, so that who looks up
 *	needs none.
 */
#include <stdlib.h>

#include <host/kernel.h>

void xa_init_flags(struct xarray *xa, unsigned int flags)
{
	memset(xa, 0, sizeof(*xa));
}

void xa_destroy(struct xarray *xa)
{
	kfree(xa->entries);
	xa->entries = NULL;
	xa->nr = 0;
	xa->room = 0;
}

/* Where the first is that is not below @index */
static unsigned long find_locked(const struct xarray *xa, unsigned long index)
{
	unsigned long low = 0, high = xa->nr, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (xa->entries[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct xarray *xa, unsigned long at, unsigned long index)
{
	return at < xa->nr && xa->entries[at].index == index;
}

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max,
	      unsigned int filter)
{
	unsigned long at, flags;
	void *entry = NULL;

	raw_spin_lock_irqsave(&xa->lock, flags);
	at = find_locked(xa, *index);
	if (at < xa->nr && xa->entries[at].index <= max) {
		*index = xa->entries[at].index;
		entry = xa->entries[at].entry;
	}
	raw_spin_unlock_irqrestore(&xa->lock, flags);
	return entry;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	return xa_find(xa, &index, index, XA_PRESENT);
}

static bool grow_locked(struct xarray *xa)
{
	unsigned long room = 2 * xa->room + 8;
	struct host_xa_entry *entries;

	if (xa->nr < xa->room)
		return true;
	entries = realloc(xa->entries, room * sizeof(*entries));
	if (!entries)
		return false;
	xa->entries = entries;
	xa->room = room;
	return true;
}

static void *store_locked(struct xarray *xa, unsigned long index, void *entry)
{
	unsigned long at = find_locked(xa, index);
	void *old = NULL;

	if (is_at(xa, at, index)) {
		old = xa->entries[at].entry;
		xa->entries[at].entry = entry;
		return old;
	}
	if (!grow_locked(xa))
		return ERR_PTR(-ENOMEM);
	memmove(xa->entries + at + 1, xa->entries + at,
		(xa->nr - at) * sizeof(*xa->entries));
	xa->entries[at] = (struct host_xa_entry){ index, entry };
	xa->nr++;
	return NULL;
}

/* Return: what was there, NULL for nothing; or an ERR_PTR */
void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	unsigned long flags;
	void *old;

	raw_spin_lock_irqsave(&xa->lock, flags);
	old = store_locked(xa, index, entry);
	raw_spin_unlock_irqrestore(&xa->lock, flags);
	return old;
}

void *__xa_erase(struct xarray *xa, unsigned long index)
{
	unsigned long at, flags;
	void *old = NULL;

	raw_spin_lock_irqsave(&xa->lock, flags);
	at = find_locked(xa, index);
	if (is_at(xa, at, index)) {
		old = xa->entries[at].entry;
		xa->nr--;
		memmove(xa->entries + at, xa->entries + at + 1,
			(xa->nr - at) * sizeof(*xa->entries));
	}
	raw_spin_unlock_irqrestore(&xa->lock, flags);
	return old;
}

void *xa_store_irq(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	unsigned long flags;
	void *old;

	might_alloc(gfp);
	xa_lock_irqsave(xa, flags);
	old = __xa_store(xa, index, entry, gfp);
	xa_unlock_irqrestore(xa, flags);
	return old;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *old;

	xa_lock(xa);
	old = __xa_erase(xa, index);
	xa_unlock(xa);
	return old;
}

/* Return: 0, 1 if the numbers began anew, or -ENOMEM */
int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry,
		    struct xa_limit limit, u32 *next, gfp_t gfp)
{
	u32 at = max(*next, limit.min);
	int wrapped = 0;
	void *old;

	xa_lock(xa);
	while (xa_load(xa, at)) {
		wrapped |= at == limit.max;
		at = at == limit.max ? limit.min : at + 1;
	}
	old = __xa_store(xa, at, entry, gfp);
	if (!IS_ERR(old)) {
		*id = at;
		*next = at + 1;
	}
	xa_unlock(xa);
	return IS_ERR(old) ? (int)PTR_ERR(old) : wrapped;
}
