// SPDX-License-Identifier: GPL-2.0
/*
 * malloc_free - gofree()
 *
 * What: the exported call that frees: its hot path, and what that does not settle:
 *	odd kinds of objects, a shut gate, misuse.
 * Locks: none of its own. The hot path runs in a class of this CPU's mcache, its
 *	gate shut, with preemption off and interrupts on.
 * Owns: what all heaps share.
 * Invariant: the mark of an object is the first thing a free looks at.
 */
#include <linux/export.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "gate.h"
#include "hook.h"
#include "malloc_free.h"
#include "mcache.h"
#include "mlarge.h"
#include "mspan.h"
#include "mtiny.h"
#include "mvmap.h"
#include "object.h"
#include "pagemap.h"
#include "quarantine.h"
#include "recycle.h"
#include "redzone.h"
#include "report.h"
#include "request.h"
#include "trace.h"
#include "watch.h"

struct gomalloc_sys gomalloc_sys = {
	.scavenge_ms = 1000,
	.sample.track.names = "*",
};
EXPORT_SYMBOL_IF_KUNIT(gomalloc_sys);

/*
 * === what the hot path does not settle ===
 */

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

/* See malloc_free_marked(); of a span that is not debugged, or was looked at */
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

/* See malloc_free_marked() */
noinline void malloc_free_debugged(struct mspan *span, unsigned int index,
				   unsigned long caller)
{
	if (redzone_end(span, index, caller))
		malloc_free_claimed(span, index);
	else
		hook_free(span, mspan_object(span, index));
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
		if (object_has_zone(&o))
			redzone_check(o.span, o.index, caller);
		kind = object_claim(&o, &empty);
	}
	if (unlikely(kind))
		report_misuse(sys, kind, p, o.span, caller);
	preempt_enable();
	if (empty)
		malloc_free_marked(o.span, o.index, caller);
}

/*
 * === the hot path ===
 */

/* The last object of a tiny block is freed */
static noinline void free_tiny_slot(const void *p, struct mspan *span)
{
	preempt_enable();
	hook_free(span, mtiny_block((unsigned long)p));
	mcache_free_slot(span, mspan_tiny_index(span, p));
}

/* The class is shut, or of another node */
static noinline void free_least_slot(struct mspan *span, unsigned int index)
{
	preempt_enable();
	malloc_free_claimed(span, index);
}

static noinline void free_anything(const void *p, struct mspan *span,
				   unsigned long caller)
{
	preempt_enable();
	malloc_free(p, caller);
}

/* What is not a large object either is anything */
static noinline void free_large(const void *p, struct mspan *span,
				unsigned long caller)
{
	if (span->state != MSPAN_LARGE || (unsigned long)p != span->base ||
	    in_nmi() || !object_claim_large(span))
		return free_anything(p, span, caller);
	preempt_enable();
	hook_free(span, p);
	mlarge_free(span);
}

/* An object of 8 bytes: as the hot path, but it has a bit. What is not live is anything. */
static noinline void free_least(const void *p, struct mspan *span,
				unsigned long caller)
{
	unsigned long off = (unsigned long)p - span->base;
	unsigned long index = off / BIT_STATE_SIZE;
	unsigned long *word = mspan_state_word(span, index);
	struct mcache_class *mc;
	int gate;

	if (index >= span->nelems || off % BIT_STATE_SIZE ||
	    span->heap->flags & HEAP_HARDENS_FREES ||
	    !test_and_clear_bit(mspan_state_bit(p), word))
		return free_anything(p, span, caller);
	mc = mspan_class_here(span);
	gate = READ_ONCE(mc->gate);
	if (unlikely(gate != span->nid))
		return free_least_slot(span, index);
	gate_shut_open(mc);
	hook_free(span, p);
	if (unlikely(mc->top == mc->end))
		return mcache_free_full(p, (u8 *)word, mc);
	recycle_push(mc, (void *)p, (u8 *)word);
	gate_open(mc, gate);
	preempt_enable();
}

/*
 * The tail of gofree() for what is not an object of @span, which was found for
 * @p, that the hot path settles: a tiny one, or anything. Preemption is off.
 */
static noinline void free_other(const void *p, struct mspan *span,
				unsigned long caller)
{
	struct mcache_slot __percpu *mcaches;
	u16 *mask;
	int left;

	if (unlikely(!mspan_is_tiny(span)))
		return mspan_has_state_bits(span) ? free_least(p, span, caller) :
						    free_large(p, span, caller);
	hook_free_tiny(span, p);
	/* While the object holds the span */
	mcaches = span->mcaches;
	left = mspan_drop_tiny(span, p, &mask);
	if (unlikely(left < 0))
		return free_anything(p, span, caller);
	if (unlikely(!left))
		return free_tiny_slot(p, span);
	if (likely(left == TINY_FILLING))
		mtiny_rewind(mcaches, p, mask);
	preempt_enable();
}

/*
 * The hot path of what frees: @p, for which @span was found with preemption off. Return:
 * NULL: it is done; or @span, and it is not, with preemption off.
 */
static __always_inline struct mspan *free_hot(const void *p, struct mspan *span)
{
	struct mcache_class *mc;
	u64 quotient;
	u8 *state;
	int gate;

	quotient = mspan_quotient(span, p);
	/* So that the second comparison is with memory, and no register is copied */
	barrier();
	if (unlikely((u32)(quotient >> 32) >= span->fast_nelems ||
		     (u32)quotient >= span->divmul))
		return span;
	state = &span->objstate[quotient >> 32];
	if (unlikely(*state != OBJECT_ALLOCATED))
		return span;
	mc = mspan_class_here(span);
	/* Shut, or of another node */
	gate = READ_ONCE(mc->gate);
	if (unlikely(gate != span->nid))
		return span;
	gate_shut_open(mc);
	*state = OBJECT_FREED;
	hook_free(span, p);
	if (unlikely(mc->top == mc->end)) {
		mcache_free_full(p, state, mc);
		return NULL;
	}
	recycle_push(mc, (void *)p, state);
	gate_open(mc, gate);
	preempt_enable();
	return NULL;
}

/**
 * gofree() - free an object of any heap
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * What is not a live object is reported once per call site, counted and
 * otherwise ignored: an object freed before, a pointer into one, a pointer
 * from elsewhere, any value at all.
 *
 * Context: Any but NMI. An object that gokvmalloc() mapped is freed later
 * where the caller cannot sleep.
 */
void gofree(const void *p)
{
	struct mspan *span;

	if (trace_is_watched())
		return malloc_free(p, _RET_IP_);
	/* Nothing, but where KASAN has given it one */
	p = kasan_reset_tag(p);
	preempt_disable();
	span = free_hot(p, pagemap_lookup_near(p));
	if (unlikely(span))
		free_other(p, span, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gofree);

/* What may be another's, in full */
static noinline bool free_if_ours(const void *p, unsigned long caller)
{
	if (ZERO_OR_NULL_PTR(p))
		return true;
	if (is_vmalloc_addr(p) ? !mvmap_is_object(&gomalloc_sys, p) :
				 pagemap_entry(p) == &pagemap_foreign_page)
		return false;
	malloc_free(p, caller);
	return true;
}

/* The tail of gofree_try(), as free_other(); a page of ours may be taken for foreign here */
static noinline bool free_other_if_ours(const void *p, struct mspan *span,
					unsigned long caller)
{
	if (span == &pagemap_foreign_page) {
		preempt_enable();
		return free_if_ours(p, caller);
	}
	free_other(p, span, caller);
	return true;
}

/* Objects that are mapped, or guarded, lie elsewhere; NULL does, too */
static __always_inline bool is_direct(const void *p)
{
	return (unsigned long)p >= PAGE_OFFSET && p < high_memory;
}

/**
 * gofree_try_track_caller() - gofree_try() in the name of another
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 * @caller: who has freed it, for who listens and for reports
 *
 * Context: as gofree().
 * Return: as gofree_try().
 */
bool gofree_try_track_caller(const void *p, unsigned long caller)
{
	struct mspan *span;

	if (trace_is_watched())
		return free_if_ours(p, caller);
	p = kasan_reset_tag(p);
	preempt_disable();
	span = pagemap_lookup_ours(p);
	if (unlikely(!span)) {
		preempt_enable();
		return is_direct(p) ? false : free_if_ours(p, caller);
	}
	span = free_hot(p, span);
	if (unlikely(span))
		return free_other_if_ours(p, span, caller);
	return true;
}
EXPORT_SYMBOL_GPL(gofree_try_track_caller);
