// SPDX-License-Identifier: GPL-2.0
/*
 * mvmap - objects of scattered pages, mapped in one piece
 *
 * What: serves gokvmalloc() what the page allocator has no contiguous pages for.
 *	To unmap sleeps, and nothing tells a caller that may not from one that
 *	may (an RCU reader can be preempted), so that all of them only say so. An
 *	address of a guarded object is passed on to guard.c.
 * Locks: the xarray's own, irq-safe, which keeps the objects; sys->vmap_mutex,
 *	while freed ones are unmapped.
 * Owns: the pages and the mapping of each object in the xarray, and of those that
 *	are freed and still to be unmapped.
 * Invariant: an address is in the xarray if and only if it is the start of a
 *	live object; whoever erases it frees the object. What is in neither is
 *	in heap->vmap_pages for as long as it is charged.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/kasan.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "compat.h"
#include "guard.h"
#include "hook.h"
#include "ledger.h"
#include "meta.h"
#include "mvmap.h"
#include "report.h"

/* KASAN may have given the mapping a tag, which gofree() does not look at */
static unsigned long key_of(const void *p)
{
	return (unsigned long)kasan_reset_tag(p) >> PAGE_SHIFT;
}

static void free_pages_of(struct mvmap *map)
{
	unsigned long i;

	for (i = 0; i < map->nr_pages && map->pages[i]; i++) {
		__free_page(map->pages[i]);
		cond_resched();
	}
}

/* vfree() of others unmaps and frees no page; the address may be another's by now */
static bool is_mapped(const struct mvmap *map)
{
	return vmalloc_to_page(map->addr) == map->pages[0];
}

/* What others have unmapped may have no shadow any more */
static void forget(const struct mvmap *map)
{
	if (HOOKS && is_mapped(map))
		hook_free_mapped(map->addr, map->nr_pages << PAGE_SHIFT);
}

static void report_unmapped(const struct mvmap *map)
{
	atomic_long_inc(&map->heap->misuses[GOMALLOC_KFREE]);
	pr_err_ratelimited("kvfree() or vfree() of a mapped object: %p, caller unknown, use catch_kfree=1; heap %s, %lu pages; they are released now\n",
			   map->addr, map->heap->name, map->nr_pages);
}

/* May sleep */
static void destroy(struct mvmap *map)
{
	if (map->addr && is_mapped(map))
		vunmap(map->addr);
	else if (map->addr)
		report_unmapped(map);
	free_pages_of(map);
	atomic_long_sub(map->nr_pages, &map->heap->vmap_pages);
	ledger_uncharge(map->heap, map->nr_pages);
	kvfree(map->pages);
	meta_free(map->heap, META_MVMAP, map);
}

/* Sleeps. When it returns, all that was freed when it was called is released. */
void mvmap_drain(struct gomalloc_sys *sys)
{
	struct mvmap *map, *next;

	/* What others have taken off the list they have released by then */
	mutex_lock(&sys->vmap_mutex);
	llist_for_each_entry_safe(map, next, llist_del_all(&sys->vmaps_freed), freed)
		destroy(map);
	mutex_unlock(&sys->vmap_mutex);
}
EXPORT_SYMBOL_IF_KUNIT(mvmap_drain);

static void drain_work(struct work_struct *work)
{
	mvmap_drain(container_of(work, struct gomalloc_sys, vmap_work));
}

/* At a limit, what others have freed may be what is missing. Sleeps. */
static bool charge(struct gomalloc_heap *heap, unsigned long nr_pages)
{
	if (ledger_charge(heap, nr_pages))
		return true;
	mvmap_drain(heap->sys);
	return ledger_charge(heap, nr_pages);
}

static bool get_pages(struct mvmap *map, gfp_t gfp, int node)
{
	unsigned long i;

	for (i = 0; i < map->nr_pages; i++) {
		/* Who is killed gets no more, as of vmalloc() */
		if (fatal_signal_pending(current) && !(gfp & __GFP_NOFAIL))
			return false;
		map->pages[i] = compat_alloc_pages_node(node, gfp, 0);
		if (!map->pages[i])
			return false;
		cond_resched();
	}
	return true;
}

/* vmap() allocates with GFP_KERNEL; hold it to what the caller allows */
static void *map_pages(struct mvmap *map, gfp_t gfp)
{
	unsigned int saved;
	void *addr;

	if (!(gfp & __GFP_IO)) {
		saved = memalloc_noio_save();
		addr = vmap(map->pages, map->nr_pages, VM_MAP, PAGE_KERNEL);
		memalloc_noio_restore(saved);
	} else if (!(gfp & __GFP_FS)) {
		saved = memalloc_nofs_save();
		addr = vmap(map->pages, map->nr_pages, VM_MAP, PAGE_KERNEL);
		memalloc_nofs_restore(saved);
	} else {
		addr = vmap(map->pages, map->nr_pages, VM_MAP, PAGE_KERNEL);
	}
	return addr;
}

static struct mvmap *make_record(struct gomalloc_heap *heap,
				 unsigned long nr_pages, gfp_t gfp)
{
	struct mvmap *map;

	if (!charge(heap, nr_pages))
		return NULL;
	map = meta_alloc(heap, META_MVMAP, gfp | __GFP_ZERO);
	if (!map)
		goto err_uncharge;
	map->pages = kvcalloc(nr_pages, sizeof(*map->pages), gfp);
	if (!map->pages)
		goto err_free;
	/* They are found by the address, which is no reference to the object */
	hook_ignore(map->pages);
	map->heap = heap;
	map->nr_pages = nr_pages;
	atomic_long_add(nr_pages, &heap->vmap_pages);
	return map;

err_free:
	meta_free(heap, META_MVMAP, map);
err_uncharge:
	ledger_uncharge(heap, nr_pages);
	return NULL;
}

/* Return: is the object known, in the place of one that others gave to vfree()? */
static bool enter(struct mvmap *map, gfp_t gfp)
{
	struct mvmap *old = xa_store_irq(&map->heap->sys->vmaps,
					 key_of(map->addr), map, gfp);

	if (xa_err(old))
		return false;
	if (old)
		destroy(old);
	return true;
}

/* Return: the object, page-aligned, of @node or NUMA_NO_NODE; or NULL. Sleeps. */
void *mvmap_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp, int node)
{
	gfp_t meta = (gfp & ~(__GFP_ZERO | __GFP_THISNODE)) |
		     ledger_page_gfp(heap);
	struct mvmap *map;
	void *addr;

	map = make_record(heap, PFN_UP(size), meta);
	if (!map)
		return NULL;
	if (!get_pages(map, gfp | ledger_page_gfp(heap), node))
		goto err_destroy;
	map->addr = map_pages(map, gfp);
	if (!map->addr)
		goto err_destroy;
	/* Once it is known anyone may free it */
	addr = map->addr;
	hook_alloc_mapped(heap, addr, size, map->nr_pages << PAGE_SHIFT, meta);
	if (enter(map, meta))
		return addr;
	hook_free_mapped(addr, map->nr_pages << PAGE_SHIFT);

err_destroy:
	destroy(map);
	return NULL;
}

/*
 * Any context, but that of a guarded object takes a lock; it may be freed by then
 */
bool mvmap_is_object(struct gomalloc_sys *sys, const void *p)
{
	if (guard_has(sys, p))
		return guard_room(sys->guard, p) && guard_object(sys->guard, p) == p;
	return !offset_in_page(p) && xa_load(&sys->vmaps, key_of(p));
}

/* The caller has the lock, so that a wrong @p does no harm. *@map may be NULL. */
static enum gomalloc_misuse find_locked(struct gomalloc_sys *sys, const void *p,
					struct mvmap **map)
{
	lockdep_assert_held(&sys->vmaps.xa_lock);
	*map = offset_in_page(p) ? NULL : xa_load(&sys->vmaps, key_of(p));
	if (!*map)
		return GOMALLOC_FOREIGN;
	return (*map)->pending ? GOMALLOC_PENDING : GOMALLOC_OK;
}

static enum gomalloc_misuse take(struct gomalloc_sys *sys, const void *p,
				 bool pending, struct mvmap **map)
{
	enum gomalloc_misuse kind;
	unsigned long flags;

	xa_lock_irqsave(&sys->vmaps, flags);
	kind = find_locked(sys, p, map);
	if (pending && kind == GOMALLOC_PENDING)
		kind = GOMALLOC_OK;
	if (!kind) {
		__xa_erase(&sys->vmaps, key_of(p));
		forget(*map);
	}
	xa_unlock_irqrestore(&sys->vmaps, flags);
	return kind;
}

static enum gomalloc_misuse free_guarded(struct gomalloc_sys *sys, const void *p,
					 bool pending)
{
	struct guard_slot *slot;
	struct guard_view view;
	enum gomalloc_misuse kind = guard_claim(sys->guard, p, pending, &slot);

	if (kind)
		return kind;
	if (!guard_check(sys->guard, slot, &view))
		report_guarded(sys, GOMALLOC_BESIDE, &view,
			       stack_caller(&view.calls.freed), "");
	guard_release(sys->guard, slot);
	return GOMALLOC_OK;
}

/* Where the object begins that has @addr in its first page; the caller holds it */
const void *mvmap_object(struct gomalloc_sys *sys, const void *addr)
{
	if (guard_has(sys, addr))
		return guard_object(sys->guard, addr);
	return (void *)((unsigned long)addr & PAGE_MASK);
}

/*
 * Free the object at @p, one with the mark of mvmap_set_pending() only if the caller
 * has set it. Return: what is wrong with it, if it is not freed. Any context but NMI.
 */
enum gomalloc_misuse mvmap_free(struct gomalloc_sys *sys, const void *p,
				bool pending)
{
	enum gomalloc_misuse kind;
	struct mvmap *map;

	if (guard_has(sys, p))
		return free_guarded(sys, p, pending);
	kind = take(sys, p, pending, &map);
	/* Else who was first has queued it */
	if (!kind && llist_add(&map->freed, &sys->vmaps_freed))
		queue_work(sys->wq, &sys->vmap_work);
	return kind;
}

/* Return: what is wrong with the object at @p, else *@heap is its heap */
enum gomalloc_misuse mvmap_set_pending(struct gomalloc_sys *sys, const void *p,
				       struct gomalloc_heap **heap)
{
	enum gomalloc_misuse kind;
	struct mvmap *map;
	unsigned long flags;

	if (guard_has(sys, p))
		return guard_set_pending(sys->guard, p, heap);
	xa_lock_irqsave(&sys->vmaps, flags);
	kind = find_locked(sys, p, &map);
	if (!kind) {
		map->pending = true;
		*heap = map->heap;
	}
	xa_unlock_irqrestore(&sys->vmaps, flags);
	return kind;
}

/*
 * Usable bytes of the object at @p, and its heap. Return: GOMALLOC_FOREIGN: there is
 * none; GOMALLOC_PENDING: it is as mvmap_set_pending() left it.
 */
enum gomalloc_misuse mvmap_find(struct gomalloc_sys *sys, const void *p,
				size_t *size, struct gomalloc_heap **heap)
{
	enum gomalloc_misuse kind;
	struct mvmap *map;
	unsigned long flags;

	if (guard_has(sys, p))
		return guard_find(sys->guard, p, size, heap);
	xa_lock_irqsave(&sys->vmaps, flags);
	kind = find_locked(sys, p, &map);
	if (map) {
		*size = map->nr_pages << PAGE_SHIFT;
		*heap = map->heap;
	}
	xa_unlock_irqrestore(&sys->vmaps, flags);
	return kind;
}

/* An object of another heap may be freed at any time, but not under the lock */
static bool is_of_heap(struct gomalloc_heap *heap, unsigned long key)
{
	struct xarray *vmaps = &heap->sys->vmaps;
	struct mvmap *map;
	unsigned long flags;
	bool is;

	xa_lock_irqsave(vmaps, flags);
	map = xa_load(vmaps, key);
	is = map && map->heap == heap;
	xa_unlock_irqrestore(vmaps, flags);
	return is;
}

/* Free what is left of a heap that goes away, and report it */
void mvmap_release_heap(struct gomalloc_heap *heap)
{
	struct gomalloc_sys *sys = heap->sys;
	unsigned long key, objects = 0;
	struct mvmap *map;

	guard_release_heap(heap);
	mvmap_drain(sys);
	xa_for_each(&sys->vmaps, key, map) {
		if (!is_of_heap(heap, key) || take(sys, map->addr, false, &map))
			continue;
		objects++;
		destroy(map);
	}
	if (objects)
		pr_warn("leak: heap %s: %lu mapped objects\n", heap->name,
			objects);
}

void mvmap_init(struct gomalloc_sys *sys)
{
	xa_init_flags(&sys->vmaps, XA_FLAGS_LOCK_IRQ);
	init_llist_head(&sys->vmaps_freed);
	mutex_init(&sys->vmap_mutex);
	INIT_WORK(&sys->vmap_work, drain_work);
}

void mvmap_exit(struct gomalloc_sys *sys)
{
	cancel_work_sync(&sys->vmap_work);
	xa_destroy(&sys->vmaps);
}
