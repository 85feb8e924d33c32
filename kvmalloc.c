// SPDX-License-Identifier: GPL-2.0
/*
 * kvmalloc - objects of scattered pages, mapped in one piece
 *
 * What: gokvmalloc(), which serves what no block of the page allocator can hold.
 * Called by kernel code, malloc.c, heap.c. Calls malloc.c, the page allocator,
 *	vmap(), heap.c for the limit.
 * Locks: the xarray's own, irq-safe, which keeps the objects.
 * Owns: the pages and the mapping of each object in the xarray.
 * Invariant: an address is in the xarray if and only if it is the start of a
 *	live object; whoever erases it frees the object.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "compat.h"
#include "heap.h"
#include "kvmalloc.h"
#include "malloc.h"

/**
 * struct kvobject - a mapped object
 * @heap: whose limit it counts against
 * @addr: where it is mapped
 * @nr_pages: pages of it
 * @pages: the pages
 * @work: frees it where the freer cannot sleep
 */
struct kvobject {
	struct gomalloc_heap	*heap;
	void			*addr;
	unsigned long		nr_pages;
	struct page		**pages;
	struct work_struct	work;
};

static unsigned long key_of(const void *p)
{
	return (unsigned long)p >> PAGE_SHIFT;
}

static void free_pages_of(struct kvobject *kv)
{
	unsigned long i;

	for (i = 0; i < kv->nr_pages && kv->pages[i]; i++) {
		__free_page(kv->pages[i]);
		cond_resched();
	}
}

/* May sleep */
static void destroy(struct kvobject *kv)
{
	if (kv->addr)
		vunmap(kv->addr);
	free_pages_of(kv);
	heap_uncharge(kv->heap, kv->nr_pages);
	kvfree(kv->pages);
	kfree(kv);
}

static void destroy_work(struct work_struct *work)
{
	destroy(container_of(work, struct kvobject, work));
}

static bool get_pages(struct kvobject *kv, gfp_t gfp)
{
	unsigned long i;

	for (i = 0; i < kv->nr_pages; i++) {
		kv->pages[i] = alloc_page(gfp);
		if (!kv->pages[i])
			return false;
		cond_resched();
	}
	return true;
}

/* vmap() allocates with GFP_KERNEL; hold it to what the caller allows */
static void *map_pages(struct kvobject *kv, gfp_t gfp)
{
	unsigned int saved;
	void *addr;

	if (!(gfp & __GFP_IO)) {
		saved = memalloc_noio_save();
		addr = vmap(kv->pages, kv->nr_pages, VM_MAP, PAGE_KERNEL);
		memalloc_noio_restore(saved);
	} else if (!(gfp & __GFP_FS)) {
		saved = memalloc_nofs_save();
		addr = vmap(kv->pages, kv->nr_pages, VM_MAP, PAGE_KERNEL);
		memalloc_nofs_restore(saved);
	} else {
		addr = vmap(kv->pages, kv->nr_pages, VM_MAP, PAGE_KERNEL);
	}
	return addr;
}

static struct kvobject *make_record(struct gomalloc_heap *heap,
				    unsigned long nr_pages, gfp_t gfp)
{
	struct kvobject *kv;

	if (!heap_charge(heap, nr_pages))
		return NULL;
	kv = kzalloc(sizeof(*kv), gfp);
	if (!kv)
		goto err_uncharge;
	kv->pages = kvcalloc(nr_pages, sizeof(*kv->pages), gfp);
	if (!kv->pages)
		goto err_free;
	kv->heap = heap;
	kv->nr_pages = nr_pages;
	INIT_WORK(&kv->work, destroy_work);
	return kv;

err_free:
	kfree(kv);
err_uncharge:
	heap_uncharge(heap, nr_pages);
	return NULL;
}

/* Return: the object, page-aligned; or NULL. Sleeps. */
void *kvmalloc_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
{
	gfp_t meta = gfp & ~(__GFP_ZERO | __GFP_THISNODE);
	struct kvobject *kv;
	void *addr;

	kv = make_record(heap, PFN_UP(size), meta);
	if (!kv)
		return NULL;
	if (!get_pages(kv, gfp | heap_page_gfp(heap)))
		goto err_destroy;
	kv->addr = map_pages(kv, gfp);
	if (!kv->addr)
		goto err_destroy;
	addr = kv->addr;
	if (xa_err(xa_store_irq(&heap->sys->vmaps, key_of(addr), kv, meta)))
		goto err_destroy;
	return addr;

err_destroy:
	destroy(kv);
	return NULL;
}

static struct kvobject *take(struct gomalloc_sys *sys, const void *p)
{
	struct kvobject *kv;
	unsigned long flags;

	if (offset_in_page(p))
		return NULL;
	xa_lock_irqsave(&sys->vmaps, flags);
	kv = __xa_erase(&sys->vmaps, key_of(p));
	xa_unlock_irqrestore(&sys->vmaps, flags);
	return kv;
}

/* Return: false if @p is not a live object. Does not sleep where it must not. */
bool kvmalloc_free(struct gomalloc_sys *sys, const void *p)
{
	struct kvobject *kv = take(sys, p);

	if (!kv)
		return false;
	if (preemptible())
		destroy(kv);
	else
		queue_work(sys->wq, &kv->work);
	return true;
}

/*
 * Return: usable bytes of the live object @p and its heap; 0 and nothing for
 * anything else. Under the lock, so that a wrong @p harms nobody.
 */
size_t kvmalloc_size(struct gomalloc_sys *sys, const void *p,
		     struct gomalloc_heap **heap)
{
	struct kvobject *kv;
	unsigned long flags;
	size_t size = 0;

	if (offset_in_page(p))
		return 0;
	xa_lock_irqsave(&sys->vmaps, flags);
	kv = xa_load(&sys->vmaps, key_of(p));
	if (kv) {
		size = kv->nr_pages << PAGE_SHIFT;
		*heap = kv->heap;
	}
	xa_unlock_irqrestore(&sys->vmaps, flags);
	return size;
}

/* Pages of the mapped objects of a heap */
unsigned long kvmalloc_count_pages(struct gomalloc_heap *heap)
{
	struct xarray *vmaps = &heap->sys->vmaps;
	unsigned long key, flags, npages = 0;
	struct kvobject *kv;

	/* Those of other heaps may be freed at any time */
	xa_lock_irqsave(vmaps, flags);
	xa_for_each(vmaps, key, kv) {
		if (kv->heap == heap)
			npages += kv->nr_pages;
	}
	xa_unlock_irqrestore(vmaps, flags);
	return npages;
}

/* An object of another heap may be freed at any time, but not under the lock */
static bool is_of_heap(struct gomalloc_heap *heap, unsigned long key)
{
	struct xarray *vmaps = &heap->sys->vmaps;
	struct kvobject *kv;
	unsigned long flags;
	bool is;

	xa_lock_irqsave(vmaps, flags);
	kv = xa_load(vmaps, key);
	is = kv && kv->heap == heap;
	xa_unlock_irqrestore(vmaps, flags);
	return is;
}

/* Free what is left of a heap that goes away, and report it */
void kvmalloc_release_heap(struct gomalloc_heap *heap)
{
	struct gomalloc_sys *sys = heap->sys;
	unsigned long key, objects = 0;
	struct kvobject *kv;

	flush_workqueue(sys->wq);
	xa_for_each(&sys->vmaps, key, kv) {
		if (!is_of_heap(heap, key) || !take(sys, kv->addr))
			continue;
		objects++;
		destroy(kv);
	}
	if (objects)
		pr_warn("leak: heap %s: %lu mapped objects\n", heap->name,
			objects);
}

void kvmalloc_init(struct gomalloc_sys *sys)
{
	xa_init_flags(&sys->vmaps, XA_FLAGS_LOCK_IRQ);
}

void kvmalloc_exit(struct gomalloc_sys *sys)
{
	xa_destroy(&sys->vmaps);
}

/**
 * gokvmalloc() - allocate memory, contiguous at least by its addresses
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gomalloc(); must allow sleeping for more than a block
 *
 * Tries for physically contiguous memory first, and not hard. The memory is
 * freed with gofree().
 *
 * Context: Task context; sleeps.
 * Return: the object, or NULL: no memory, or more than INT_MAX bytes.
 */
void *gokvmalloc(size_t size, gfp_t gfp)
{
	struct gomalloc_heap *heap = gomalloc_default_heap;
	gfp_t light = gfp | __GFP_NORETRY | __GFP_NOWARN;
	void *p = NULL;

	if (size <= PAGE_SIZE)
		return __gomalloc(size, gfp);
	if (size <= MALLOC_MAX_SIZE)
		p = __gomalloc(size, light & ~__GFP_NOFAIL);
	if (p || size > INT_MAX || !gfpflags_allow_blocking(gfp))
		return p;
	if (gfp & GFP_UNSERVED)
		return malloc_refuse_gfp(gfp);
	do {
		p = kvmalloc_alloc(heap, size, gfp & ~__GFP_NOFAIL);
	} while (!p && malloc_try_again(gfp));
	return p ?: malloc_failed(heap, size, gfp);
}
EXPORT_SYMBOL_GPL(gokvmalloc);
