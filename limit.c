// SPDX-License-Identifier: GPL-2.0
/*
 * limit - how many pages a heap may hold
 *
 * What: charges pages to a heap, and to the group of heaps that it may be of,
 *	before they are asked for, and changes its limits: a hard one that is
 *	never passed, and a soft one beyond which the heap gives back what it
 *	can.
 * Called by mgrow.c, mrelease.c, kvmalloc.c for pages; api.c and dev.c for the
 *	limits. Calls scavenge.c.
 * Locks: heap->limit_mutex, so that limits change one after the other.
 * Invariant: held_pages covers every page of every arena and mapped object,
 *	and never passes a limit that was set.
 */
#include <linux/mm.h>

#include "compat.h"
#include "heap.h"

static bool exceeds(unsigned long held, unsigned long limit)
{
	return limit && held > limit;
}

static unsigned long held_pages(struct gomalloc_heap *heap)
{
	return atomic_long_read(&heap->held_pages);
}

static void note_peak(struct gomalloc_heap *heap, long held)
{
	long peak = atomic_long_read(&heap->peak_pages);

	while (held > peak &&
	       !atomic_long_try_cmpxchg(&heap->peak_pages, &peak, held))
		;
}

/*
 * === groups of heaps ===
 */

void heap_group_init(struct heap_group *group, const int *limit_mb)
{
	atomic_long_set(&group->held_pages, 0);
	group->limit_mb = limit_mb;
}

static bool group_over_limit(const struct heap_group *group, long held)
{
	int limit_mb = READ_ONCE(*group->limit_mb);

	return limit_mb > 0 &&
	       held > (long)limit_mb << (20 - PAGE_SHIFT);
}

/* Return: false, nothing counted: @npages more would be too many */
static bool group_charge(struct heap_group *group, unsigned long npages)
{
	long held;

	if (!group)
		return true;
	held = atomic_long_add_return(npages, &group->held_pages);
	if (!group_over_limit(group, held))
		return true;
	atomic_long_sub(npages, &group->held_pages);
	return false;
}

static void group_uncharge(struct heap_group *group, unsigned long npages)
{
	if (group)
		atomic_long_sub(npages, &group->held_pages);
}

/*
 * === heaps ===
 */

static void uncharge(struct gomalloc_heap *heap, unsigned long npages)
{
	atomic_long_sub(npages, &heap->held_pages);
}

static bool charge(struct gomalloc_heap *heap, unsigned long npages)
{
	long held = atomic_long_read(&heap->held_pages);

	do {
		if (exceeds(held + npages, READ_ONCE(heap->limit_pages)))
			return false;
	} while (!atomic_long_try_cmpxchg(&heap->held_pages, &held,
					  held + npages));
	/*
	 * The cmpxchg is a full barrier and pairs with the one of
	 * heap_set_limits(): either it sees our pages or we see its limit.
	 */
	if (unlikely(exceeds(held + npages, READ_ONCE(heap->limit_pages)))) {
		uncharge(heap, npages);
		return false;
	}
	note_peak(heap, held + npages);
	return true;
}

/* Return: false, nothing counted: @npages more would pass a limit */
bool heap_charge(struct gomalloc_heap *heap, unsigned long npages)
{
	if (!group_charge(heap->group, npages))
		return false;
	if (charge(heap, npages))
		return true;
	group_uncharge(heap->group, npages);
	return false;
}

void heap_uncharge(struct gomalloc_heap *heap, unsigned long npages)
{
	uncharge(heap, npages);
	group_uncharge(heap->group, npages);
}

/* Would a block for a run of @npages be too much? */
bool heap_over_limit(struct gomalloc_heap *heap, unsigned long npages)
{
	struct heap_group *group = heap->group;

	npages = 1UL << get_order(npages << PAGE_SHIFT);
	return exceeds(held_pages(heap) + npages,
		       READ_ONCE(heap->limit_pages)) ||
	       (group && group_over_limit(group,
					  atomic_long_read(&group->held_pages) +
					  npages));
}

/* Would @npages more be beyond what the heap should hold? */
bool heap_over_soft_limit(struct gomalloc_heap *heap, unsigned long npages)
{
	return exceeds(held_pages(heap) + npages, READ_ONCE(heap->soft_pages));
}

/* Pages that @bytes allow; 0, for no limit, only of 0 */
static unsigned long to_pages(size_t bytes)
{
	return bytes ? max(bytes >> PAGE_SHIFT, 1UL) : 0;
}

static int set_limits_locked(struct gomalloc_heap *heap, unsigned long limit,
			     unsigned long soft)
{
	unsigned long old = heap->limit_pages;

	lockdep_assert_held(&heap->limit_mutex);
	WRITE_ONCE(heap->limit_pages, limit);
	/* Pairs with the cmpxchg of charge() */
	smp_mb();
	if (exceeds(held_pages(heap), limit))
		heap_trim(heap);
	if (exceeds(held_pages(heap), limit)) {
		WRITE_ONCE(heap->limit_pages, old);
		return -EBUSY;
	}
	WRITE_ONCE(heap->soft_pages, soft);
	if (heap_over_soft_limit(heap, 0))
		heap_wake_scavenger(heap);
	return 0;
}

/*
 * Set both limits, in bytes, 0 for none. Sleeps. Return: 0; -EINVAL: the soft
 * one is above the hard one; -EBUSY: the heap holds more than @limit although
 * it was trimmed, and its limits are as they were.
 */
int heap_set_limits(struct gomalloc_heap *heap, size_t limit, size_t soft)
{
	int err;

	if (limit && soft > limit)
		return -EINVAL;
	mutex_lock(&heap->limit_mutex);
	err = set_limits_locked(heap, to_pages(limit), to_pages(soft));
	mutex_unlock(&heap->limit_mutex);
	return err;
}
