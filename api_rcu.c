// SPDX-License-Identifier: GPL-2.0
/*
 * api_rcu - frees after a grace period
 *
 * What: gofree_rcu() and its kin. An object that waits for its callback is marked,
 *	so that no one else frees it meanwhile, nor gives it to gofree_rcu() again.
 * Locks: none of its own; the mark of an object is atomic.
 * Owns: the marked objects, and the list of those that have room for a pointer alone.
 * Invariant: heap->rcu_frees counts them until they are free.
 */
#include <linux/export.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "api_rcu.h"
#include "compat.h"
#include "hook.h"
#include "malloc.h"
#include "mlarge.h"
#include "mspan.h"
#include "mvmap.h"
#include "object.h"
#include "pagemap.h"
#include "redzone.h"
#include "report.h"
#include "watch.h"

/* Count what was marked, or report what is wrong with that. Return: is it marked? */
static bool note_pending(struct gomalloc_heap *heap, enum gomalloc_misuse kind,
			 const void *p, const struct mspan *span,
			 unsigned long caller)
{
	if (kind)
		report_misuse(&gomalloc_sys, kind, p, span, caller);
	else
		atomic_inc(&heap->rcu_frees);
	return !kind;
}

/* With preemption on: the lock of mapped objects may sleep on PREEMPT_RT */
static bool set_mapped_pending(const void *p, unsigned long caller)
{
	struct gomalloc_heap *heap = NULL;
	enum gomalloc_misuse kind;

	watch_free_mapped(&gomalloc_sys, p, caller);
	kind = mvmap_set_pending(&gomalloc_sys, p, &heap);
	return note_pending(heap, kind, p, NULL, caller);
}

/* Mark the object at @p. Return: false, and a report: it is not live, or marked. */
static bool set_pending(const void *p, unsigned long caller)
{
	enum gomalloc_misuse kind;
	struct object o;
	bool set;

	if (is_vmalloc_addr(p))
		return set_mapped_pending(p, caller);
	preempt_disable();
	kind = object_find(p, &o);
	if (!kind)
		watch_free(&o, caller);
	if (!kind && !object_set_pending(&o))
		kind = GOMALLOC_PENDING;
	set = note_pending(o.span ? o.span->heap : NULL, kind, p, o.span, caller);
	preempt_enable();
	return set;
}

/* Of a pending object; nobody else frees it, or its span */
static void free_small_or_large(struct mspan *span, const void *addr)
{
	struct object o = {
		.span = span,
		.index = mspan_index(span, addr),
	};
	bool empty;

	if (object_has_zone(&o))
		redzone_check(span, o.index, _RET_IP_);
	if (want_init_on_free() && span->state == MSPAN_LARGE)
		mlarge_clear_freed(span);
	else if (want_init_on_free())
		hook_zero(mspan_object(span, o.index), span->elemsize);
	preempt_disable();
	empty = object_clear_pending(&o);
	preempt_enable();
	if (empty)
		malloc_free_marked(span, o.index, _RET_IP_);
}

/* @addr lies in its first page. Return: its heap */
static struct gomalloc_heap *free_mapped(const void *addr)
{
	const void *p = mvmap_object(&gomalloc_sys, addr);
	struct gomalloc_heap *heap = NULL;
	size_t size;

	mvmap_find(&gomalloc_sys, p, &size, &heap);
	mvmap_free(&gomalloc_sys, p, true);
	return heap;
}

/* @addr lies in the first page of a pending object */
static void free_pending(const void *addr)
{
	struct mspan *span = span_of(addr);
	struct gomalloc_heap *heap;

	if (span) {
		heap = span->heap;
		free_small_or_large(span, addr);
	} else {
		heap = free_mapped(addr);
	}
	/*
	 * Last: heaps_destroy() waits for no callback that it does not count. Pairs
	 * with the acquire of who reads that it is 0.
	 */
	if (heap)
		atomic_dec_return_release(&heap->rcu_frees);
}

static void free_rcu_object(struct rcu_head *head)
{
	free_pending(head);
}

/**
 * gofree_call_rcu() - see gofree_rcu()
 * @head: within the first page of the object
 * @p: the object
 *
 * Context: Any but NMI.
 */
void gofree_call_rcu(struct rcu_head *head, const void *p)
{
	if (set_pending(p, _RET_IP_))
		call_rcu(head, free_rcu_object);
}
EXPORT_SYMBOL_GPL(gofree_call_rcu);

/* All that were listed before: those that come meanwhile queue it again */
static void free_listed(struct work_struct *work)
{
	struct gomalloc_sys *sys = container_of(work, struct gomalloc_sys, rcu_work);
	struct llist_node *all = llist_del_all(&sys->rcu_listed), *node, *next;

	synchronize_rcu();
	llist_for_each_safe(node, next, all)
		free_pending(node);
}

/**
 * api_rcu_free_listed() - gofree_call_rcu() of an object with room for a pointer alone
 * @head: within the first page of the object; a reader may look at what is behind the pointer
 * @p: the object
 *
 * Context: Any but NMI.
 */
void api_rcu_free_listed(void *head, const void *p)
{
	if (set_pending(p, _RET_IP_) && llist_add(head, &gomalloc_sys.rcu_listed))
		queue_work(gomalloc_sys.wq, &gomalloc_sys.rcu_work);
}

void api_rcu_init(struct gomalloc_sys *sys)
{
	init_llist_head(&sys->rcu_listed);
	INIT_WORK(&sys->rcu_work, free_listed);
}

/* For an object that has no room for a &struct rcu_head */
struct rcu_free {
	struct rcu_head	rcu;
	const void	*p;
};

static void free_rcu_other(struct rcu_head *head)
{
	struct rcu_free *f = container_of(head, struct rcu_free, rcu);
	const void *p = f->p;

	gofree(f);
	free_pending(p);
}

/* Has its mark no room to say that the object is pending? */
static bool is_without_pending(const void *p)
{
	struct mspan *span = span_of(p);

	return span && (mspan_is_tiny(span) || mspan_has_state_bits(span));
}

/**
 * gofree_rcu_mightsleep() - gofree() after a grace period, of any object
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * For objects without a &struct rcu_head. Waits for the grace period itself where
 * there is no memory for one. Tiny objects, and those of up to 8 bytes, wait in any case: their
 * mark has no room.
 *
 * Context: Task context; sleeps.
 */
void gofree_rcu_mightsleep(const void *p)
{
	struct rcu_free *f;

	might_sleep();
	if (ZERO_OR_NULL_PTR(p))
		return;
	f = is_without_pending(p) ? NULL : gomalloc(sizeof(*f), GFP_KERNEL | __GFP_NORETRY |
					 __GFP_NOWARN);
	if (!f) {
		synchronize_rcu();
		malloc_free(p, _RET_IP_);
		return;
	}
	f->p = p;
	if (set_pending(p, _RET_IP_))
		call_rcu(&f->rcu, free_rcu_other);
	else
		gofree(f);
}
EXPORT_SYMBOL_GPL(gofree_rcu_mightsleep);
