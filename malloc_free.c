// SPDX-License-Identifier: GPL-2.0
/*
 * malloc_free - frees that the hot path does not settle
 *
 * What: odd kinds of objects, a shut gate, misuse.
 * Locks: none of its own.
 * Owns: what all heaps share.
 */
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "hook.h"
#include "malloc_free.h"
#include "mcache.h"
#include "mlarge.h"
#include "mspan.h"
#include "mvmap.h"
#include "object.h"
#include "quarantine.h"
#include "report.h"
#include "request.h"
#include "watch.h"

struct gomalloc_sys gomalloc_sys = {
	.scavenge_ms = 1000,
};
EXPORT_SYMBOL_IF_KUNIT(gomalloc_sys);

/* For init_on_free; what is not an object is left for malloc_free() to report */
static void clear_object(const void *p)
{
	bool large = false;
	struct object o;
	size_t size = 0;

	preempt_disable();
	if (!object_find(p, &o)) {
		large = o.span->state == MSPAN_LARGE;
		size = object_size(&o);
	}
	preempt_enable();
	if (large)
		mlarge_clear_freed(o.span);
	else
		hook_zero((void *)p, size);
}

static void free_mapped(struct gomalloc_sys *sys, const void *p,
			unsigned long caller)
{
	enum gomalloc_misuse kind;

	watch_free_mapped(sys, p, caller);
	kind = mvmap_free(sys, p, false);
	if (unlikely(kind))
		report_misuse(sys, kind, p, NULL, caller);
}

/* The slot of an object that the caller has marked freed, and nobody else */
void malloc_free_claimed(struct mspan *span, unsigned int index)
{
	hook_free(span, mspan_object(span, index));
	if (span->state == MSPAN_LARGE)
		mlarge_free(span);
	else if (span->heap->flags & HEAP_HARDENS_FREES)
		quarantine_free(span, index);
	else
		mcache_free_slot(span, index);
}

/* All that the hot path does not settle: odd kinds, a shut gate, misuse */
noinline void malloc_free(const void *p, unsigned long caller)
{
	struct gomalloc_sys *sys = &gomalloc_sys;
	enum gomalloc_misuse kind;
	bool empty = false;
	struct object o;

	if (ZERO_OR_NULL_PTR(p) || request_refuse_nmi())
		return;
	if (is_vmalloc_addr(p))
		return free_mapped(sys, p, caller);
	p = kasan_reset_tag(p);
	if (want_init_on_free())
		clear_object(p);
	/* Until the object is claimed a second free may release its span */
	preempt_disable();
	kind = object_find(p, &o);
	if (likely(!kind)) {
		watch_free(&o, caller);
		kind = object_claim(&o, &empty);
	}
	if (unlikely(kind))
		report_misuse(sys, kind, p, o.span, caller);
	preempt_enable();
	if (empty)
		malloc_free_claimed(o.span, o.index);
}
