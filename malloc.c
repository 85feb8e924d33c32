// SPDX-License-Identifier: GPL-2.0
/*
 * malloc - gomalloc() and gofree()
 *
 * What: the exported calls that allocate and free: the choice between tiny,
 *	small and large, the rules of kmalloc, and the two hot paths.
 * Locks: none of its own. The hot paths run in a class of this CPU's mcache,
 *	its gate shut, with preemption off and interrupts on.
 * Owns: what all heaps share, and the heap of gomalloc(): with the page map and
 *	the key of trace.c the only globals below the device.
 * Invariant: an object is handed out marked allocated, and its mark is the
 *	first thing a free looks at.
 */
#include <linux/export.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/topology.h>

#include "compat.h"
#include "fail.h"
#include "gate.h"
#include "hook.h"
#include "ledger.h"
#include "malloc.h"
#include "mcache.h"
#include "mheap.h"
#include "mlarge.h"
#include "mspan.h"
#include "mtiny.h"
#include "mvmap.h"
#include "object.h"
#include "pagemap.h"
#include "quarantine.h"
#include "recycle.h"
#include "report.h"
#include "request.h"
#include "retry.h"
#include "trace.h"
#include "watch.h"

#ifdef CONFIG_ARM64
static_assert(GOMALLOC_DMA_MINALIGN == ARCH_DMA_MINALIGN);
#endif

struct gomalloc_sys gomalloc_sys = {
	.scavenge_ms = 1000,
};
EXPORT_SYMBOL_IF_KUNIT(gomalloc_sys);

struct gomalloc_heap *gomalloc_default_heap __ro_after_init;
EXPORT_SYMBOL_IF_KUNIT(gomalloc_default_heap);

/*
 * === allocate ===
 */

/* What this CPU has not cached */
static noinline void *alloc_slow(unsigned int spc, gfp_t gfp,
				 struct gomalloc_heap *heap)
{
	void *p;

	if (!request_may_alloc(gfp))
		return NULL;
	p = mcache_alloc(heap, spc, gfp);
	return likely(p) ? p : retry_small(heap, spc, gfp, NUMA_NO_NODE);
}

/* Nothing on the stack and in the window; the caller is in the class @mc */
static noinline void *alloc_next_window(struct mcache_class *mc, gfp_t gfp,
					struct gomalloc_heap *heap)
{
	/* Not passed: the caller has no register for it */
	unsigned int spc = mc - gate_mcache_here(heap)->class;
	struct mcentral *central = mheap_central(heap->node[mc->nid], spc);
	bool state_bits = spc >> 1 == BIT_STATE_CLASS;
	void *p = NULL;

	recycle_note_miss(mc);
	if (READ_ONCE(central->nr_full_stacks) && recycle_transfer_in(mc, central))
		p = recycle_pop(mc, state_bits);
	else if (mcache_next_window(mc))
		mcache_next_free_fast(mc, &p, state_bits);
	gate_leave(mc);
	return likely(p) ? p : alloc_slow(spc, gfp, heap);
}

/*
 * The hot path. What is not likely is a tail call, with the arguments where
 * they are, so that nothing has to be kept on the stack; that is why only
 * checking kernels ask here whether the caller may sleep. Not for tiny and
 * large objects. @state_bits: @class is BIT_STATE_CLASS.
 */
static __always_inline void *alloc_object(unsigned long class, gfp_t gfp,
					  struct gomalloc_heap *heap,
					  bool noscan, bool state_bits)
{
	struct mcache_class *mc;
	int gate;
	void *p;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
	if (fail_alloc(heap, class_to_size[class], gfp))
		return NULL;
	preempt_disable();
	mc = &gate_mcache_here(heap)->class[class << 1 | noscan];
	gate = gate_shut(mc);
	if (unlikely(gate == GATE_SHUT)) {
		preempt_enable();
		return alloc_slow(class << 1 | noscan, gfp, heap);
	}
	p = recycle_pop(mc, state_bits);
	if (unlikely(!p) && unlikely(!mcache_next_free_fast(mc, &p, state_bits)))
		return alloc_next_window(mc, gfp, heap);
	gate_open(mc, gate);
	preempt_enable();
	return p;
}

/* Zeroed objects, and requests that are refused */
static noinline void *alloc_special(unsigned long class, gfp_t gfp,
				    struct gomalloc_heap *heap, bool noscan)
{
	void *p;

	if (unlikely(gfp & GFP_UNSERVED))
		return request_refuse_gfp(gfp);
	p = class == BIT_STATE_CLASS ?
	    alloc_object(BIT_STATE_CLASS, gfp, heap, noscan, true) :
	    alloc_object(class, gfp, heap, noscan, false);
	return likely(p) ? hook_zero(p, class_to_size[class]) : NULL;
}

static __always_inline void *alloc_small(unsigned long class, gfp_t gfp,
					 struct gomalloc_heap *heap,
					 bool noscan)
{
	if (unlikely(gfp & (GFP_UNSERVED | __GFP_ZERO)) ||
	    want_init_on_alloc(0))
		return alloc_special(class, gfp, heap, noscan);
	return alloc_object(class, gfp, heap, noscan, false);
}

/* Up to 8 bytes, or more than is small */
static noinline void *alloc_extreme(size_t size, gfp_t gfp,
				    struct gomalloc_heap *heap, bool noscan,
				    bool dma)
{
	if (size - 1 >= BIT_STATE_SIZE)
		return malloc_alloc_large(size, gfp, heap, noscan,
					  numa_mem_id());
	if (dma && GOMALLOC_DMA_MINALIGN > BIT_STATE_SIZE)
		return alloc_small(malloc_class(size, dma), gfp, heap, noscan);
	if (unlikely(gfp & (GFP_UNSERVED | __GFP_ZERO)) ||
	    want_init_on_alloc(0))
		return alloc_special(BIT_STATE_CLASS, gfp, heap, noscan);
	return alloc_object(BIT_STATE_CLASS, gfp, heap, noscan, true);
}

/* Any size but tiny ones that are packed; ZERO_SIZE_PTR for 0 */
static __always_inline void *alloc_any(size_t size, gfp_t gfp,
				       struct gomalloc_heap *heap, bool noscan,
				       bool dma)
{
	unsigned int class;

	/* Most sizes are in the first table, and one comparison tells */
	if (likely(size - BIT_STATE_SIZE - 1 < SMALL_SIZE_MAX - BIT_STATE_SIZE))
		class = malloc_class(size, dma);
	else if (likely(size - SMALL_SIZE_MAX - 1 < MAX_SMALL_SIZE - SMALL_SIZE_MAX))
		class = malloc_class(size, dma);
	else
		return alloc_extreme(size, gfp, heap, noscan, dma);
	return alloc_small(class, gfp, heap, noscan);
}

/* No slot of the tiny span class is cached: get one for this object */
static noinline void *alloc_tiny_slot(size_t size, gfp_t gfp,
				      struct gomalloc_heap *heap)
{
	return alloc_slow(TINY_SPAN_CLASS, gfp, heap);
}

/* No room in the block; the caller is in the tiny span class */
static noinline void *alloc_tiny_block(size_t size, gfp_t gfp,
				       struct gomalloc_heap *heap,
				       struct mcache *cache)
{
	LLIST_HEAD(empty);
	void *p = mtiny_start(cache, size, &empty);

	gate_leave(&cache->class[TINY_SPAN_CLASS]);
	mheap_free_spans(&empty);
	return likely(p) ? p : alloc_tiny_slot(size, gfp, heap);
}

/* The hot path of objects of 1 to 16 bytes; see alloc_object() */
static __always_inline void *alloc_tiny_object(size_t size, gfp_t gfp,
					       struct gomalloc_heap *heap)
{
	struct mcache *cache;
	int gate;
	void *p;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
	if (fail_alloc(heap, size, gfp))
		return NULL;
	preempt_disable();
	cache = gate_mcache_here(heap);
	gate = gate_shut(&cache->class[TINY_SPAN_CLASS]);
	if (unlikely(gate == GATE_SHUT)) {
		preempt_enable();
		return alloc_tiny_slot(size, gfp, heap);
	}
	if (unlikely(!mtiny_add(cache, size, &p)))
		return alloc_tiny_block(size, gfp, heap, cache);
	gate_open(&cache->class[TINY_SPAN_CLASS], gate);
	preempt_enable();
	return p;
}

/*
 * Zeroed objects, and requests that are refused. Where it is the caller who asks for
 * zeroes an object is not packed: when it grows in its slot, what a neighbour left
 * would show.
 */
static noinline void *alloc_tiny_special(size_t size, gfp_t gfp,
					 struct gomalloc_heap *heap)
{
	void *p;

	if (gfp & (GFP_UNSERVED | __GFP_ZERO))
		return alloc_any(hook_size(heap, size), gfp, heap, false,
				 false);
	p = alloc_tiny_object(size, gfp, heap);
	return likely(p) ? hook_zero(p, size) : NULL;
}

static __always_inline void *alloc_tiny(size_t size, gfp_t gfp,
					struct gomalloc_heap *heap)
{
	if (unlikely(gfp & (GFP_UNSERVED | __GFP_ZERO)) || want_init_on_alloc(0))
		return alloc_tiny_special(size, gfp, heap);
	return alloc_tiny_object(size, gfp, heap);
}

static noinline void *alloc_noscan(size_t size, gfp_t gfp,
				   struct gomalloc_heap *heap)
{
	return alloc_any(size, gfp, heap, true, true);
}

/*
 * Tiny objects are not packed, which is what noscan is good for. Where they are
 * taken in no order, the hot path will not do.
 */
static noinline void *alloc_hardened(size_t size, gfp_t gfp,
				     struct gomalloc_heap *heap, bool noscan,
				     bool dma)
{
	unsigned int class;
	void *p;

	noscan &= dma || size > TINY_SIZE;
	if (!(heap->flags & GOMALLOC_HEAP_RANDOM) || size - 1 >= MAX_SMALL_SIZE)
		return alloc_any(size, gfp, heap, noscan, dma);
	if (fail_alloc(heap, size, gfp))
		return NULL;
	class = malloc_class(size, dma);
	p = alloc_slow(class << 1 | noscan, gfp, heap);
	return p && want_init_on_alloc(gfp) ?
	       hook_zero(p, class_to_size[class]) : p;
}

static __always_inline void *alloc_flags(struct gomalloc_heap *heap, size_t size,
					 gfp_t gfp, unsigned int flags)
{
	bool noscan = flags & GOMALLOC_NOSCAN, dma = malloc_wants_lines(heap, flags);

	if (unlikely(heap->flags & HEAP_HARDENED))
		return alloc_hardened(hook_size(heap, size), gfp, heap, noscan,
				      dma);
	if (!noscan)
		return alloc_any(hook_size(heap, size), gfp, heap, false, dma);
	if (!dma && size - 1 < TINY_SIZE)
		return alloc_tiny(size, gfp, heap);
	return alloc_any(hook_size(heap, size), gfp, heap, true, dma);
}

/* The rest of malloc_alloc(); it tells nobody */
void *__malloc_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
		     unsigned int flags)
{
	return malloc_hooked(alloc_flags(heap, size, gfp, flags), size, gfp);
}

/*
 * The long way, with the caller. Where frees have to clear nothing is packed: they
 * would have to ask for the end of an object, which others move.
 */
noinline void *malloc_alloc_watched(struct gomalloc_heap *heap, size_t size,
				    gfp_t gfp, unsigned int flags,
				    unsigned long caller)
{
	void *p;

	if (want_init_on_free())
		flags = malloc_unpacked(heap, size, flags);
	p = __malloc_alloc(heap, size, gfp, flags);
	watch_alloc(heap, p, size, gfp, NUMA_NO_NODE, caller);
	return p;
}

/**
 * __gomalloc() - gomalloc() of a size that is not constant
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as gomalloc().
 * Return: as gomalloc().
 */
void *__gomalloc(size_t size, gfp_t gfp)
{
	struct gomalloc_heap *heap = gomalloc_default_heap;

	if (trace_is_watched())
		return malloc_alloc_watched(heap, size, gfp, 0, _RET_IP_);
	return malloc_hooked(alloc_any(hook_size(heap, size), gfp, heap, false,
				       true), size, gfp);
}
EXPORT_SYMBOL_GPL(__gomalloc);

/**
 * __gomalloc_class() - gomalloc() of a constant size
 * @class: gomalloc_size_class() of its gomalloc_dma_size(), which is more than 8
 * @gfp: as for kmalloc()
 * @size: the size itself, for the compiler to know
 *
 * Context: as gomalloc().
 * Return: as gomalloc().
 */
void *__gomalloc_class(unsigned int class, gfp_t gfp, size_t size)
{
	if (HOOKS || trace_is_watched())
		return malloc_alloc(gomalloc_default_heap, size, gfp, 0, _RET_IP_);
	return alloc_small(class, gfp, gomalloc_default_heap, false);
}
EXPORT_SYMBOL_GPL(__gomalloc_class);

/**
 * __gomalloc_noscan() - see gomalloc_noscan()
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as gomalloc().
 * Return: as gomalloc().
 */
void *__gomalloc_noscan(size_t size, gfp_t gfp)
{
	struct gomalloc_heap *heap = gomalloc_default_heap;

	if (trace_is_watched())
		return malloc_alloc_watched(heap, size, gfp, GOMALLOC_NOSCAN, _RET_IP_);
	if (GOMALLOC_DMA_MINALIGN == 1 && likely(size - 1 < TINY_SIZE))
		return malloc_hooked(alloc_tiny(size, gfp, heap), size, gfp);
	return malloc_hooked(alloc_noscan(hook_size(heap, size), gfp, heap),
			     size, gfp);
}
EXPORT_SYMBOL_GPL(__gomalloc_noscan);

/*
 * === free ===
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
	struct mcache_class *mc;
	struct mspan *span;
	u64 quotient;
	u8 *state;
	int gate;

	if (trace_is_watched())
		return malloc_free(p, _RET_IP_);
	/* Nothing, but where KASAN has given it one */
	p = kasan_reset_tag(p);
	preempt_disable();
	span = pagemap_lookup_near(p);
	quotient = mspan_quotient(span, p);
	/* So that the second comparison is with memory, and no register is copied */
	barrier();
	if (unlikely((u32)(quotient >> 32) >= span->fast_nelems ||
		     (u32)quotient >= span->divmul))
		goto other;
	state = &span->objstate[quotient >> 32];
	if (unlikely(*state != OBJECT_ALLOCATED))
		goto other;
	mc = mspan_class_here(span);
	/* Shut, or of another node */
	gate = READ_ONCE(mc->gate);
	if (unlikely(gate != span->nid))
		goto other;
	gate_shut_open(mc);
	*state = OBJECT_FREED;
	hook_free(span, p);
	if (unlikely(mc->top == mc->end))
		goto full;
	recycle_push(mc, (void *)p, state);
	gate_open(mc, gate);
	preempt_enable();
	return;

full:
	return mcache_free_full(p, state, mc);
other:
	return free_other(p, span, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gofree);
