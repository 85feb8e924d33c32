// SPDX-License-Identifier: GPL-2.0
/*
 * heaplist - all heaps of the module, by number
 *
 * What: enters heaps and takes them off, and finds one for somebody who is not its
 *	user: for a statistic, say. Whoever has found one pins it, and who takes it
 *	off waits for that; nothing is held meanwhile, so that to look at a heap
 *	for long delays its own end and no other's; it is told to make one.
 * Locks: the xarray's own, which protects who owns a heap, too.
 * Invariant: a heap in the list is complete; numbers are not used again.
 */
#include <linux/wait_bit.h>
#include <linux/xarray.h>

#include "compat.h"
#include "heap.h"
#include "heaplist.h"

void heaplist_init(struct gomalloc_sys *sys)
{
	xa_init_flags(&sys->heaps, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
}

/* All heaps are destroyed */
void heaplist_exit(struct gomalloc_sys *sys)
{
	xa_destroy(&sys->heaps);
}

/* Enter a heap, which gets its number. Return: 0, or -ENOMEM. */
int heaplist_add(struct gomalloc_sys *sys, struct gomalloc_heap *heap, gfp_t gfp)
{
	int err = xa_alloc_cyclic(&sys->heaps, &heap->id, heap,
				  XA_LIMIT(1, U32_MAX), &sys->last_heap_id,
				  gfp);

	if (err < 0)
		return -ENOMEM;
	atomic_inc(&sys->nr_heaps);
	return 0;
}

/* Sleeps until nobody looks at it any more */
void heaplist_remove(struct gomalloc_heap *heap)
{
	struct gomalloc_sys *sys = heap->sys;

	xa_erase(&sys->heaps, heap->id);
	/* Who sums all spans, as add_node() of stats.c, makes an end */
	WRITE_ONCE(heap->leaving, true);
	atomic_dec(&sys->nr_heaps);
	/* Pairs with the release of heaplist_unpin() */
	wait_var_event(&heap->pins, !atomic_read_acquire(&heap->pins));
}

/*
 * The heap with the lowest number from *@id on, which @id gets; or NULL. It stays
 * until heaplist_unpin().
 */
struct gomalloc_heap *heaplist_pin_next(struct gomalloc_sys *sys,
					unsigned long *id)
{
	struct gomalloc_heap *heap;

	xa_lock(&sys->heaps);
	heap = xa_find(&sys->heaps, id, U32_MAX, XA_PRESENT);
	if (heap)
		atomic_inc(&heap->pins);
	xa_unlock(&sys->heaps);
	return heap;
}
EXPORT_SYMBOL_IF_KUNIT(heaplist_pin_next);

/* The heap of that number, or NULL. It stays until heaplist_unpin(). */
struct gomalloc_heap *heaplist_pin(struct gomalloc_sys *sys, u32 id)
{
	struct gomalloc_heap *heap;

	xa_lock(&sys->heaps);
	heap = xa_load(&sys->heaps, id);
	if (heap)
		atomic_inc(&heap->pins);
	xa_unlock(&sys->heaps);
	return heap;
}
EXPORT_SYMBOL_IF_KUNIT(heaplist_pin);

void heaplist_unpin(struct gomalloc_heap *heap)
{
	atomic_t *pins = &heap->pins;

	/* The heap may be gone behind this; the address is only compared */
	if (atomic_dec_and_test(pins))
		wake_up_var(pins);
}
EXPORT_SYMBOL_IF_KUNIT(heaplist_unpin);
