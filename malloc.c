// SPDX-License-Identifier: GPL-2.0
/*
 * malloc - gomalloc()
 *
 * What: the exported calls that allocate: the choice between tiny, small and large,
 *	the rules of kmalloc, and the hot path.
 * Locks: none of its own. The hot path runs in a class of this CPU's mcache,
 *	its gate shut, with preemption off and interrupts on.
 * Owns: the heap of gomalloc(): with the page map, what all heaps share, and the key
 *	of trace.c the only globals below the device.
 * Invariant: an object is handed out marked allocated.
 */
#include <linux/export.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/topology.h>

#include "compat.h"
#include "fail.h"
#include "gate.h"
#include "guard.h"
#include "hook.h"
#include "malloc.h"
#include "malloc_large.h"
#include "mcache.h"
#include "mheap.h"
#include "mspan.h"
#include "mtiny.h"
#include "object.h"
#include "recycle.h"
#include "redzone.h"
#include "request.h"
#include "retry.h"
#include "trace.h"
#include "track.h"
#include "watch.h"

#ifdef CONFIG_ARM64
static_assert(GOMALLOC_DMA_MINALIGN == ARCH_DMA_MINALIGN);
#endif

struct gomalloc_heap *gomalloc_default_heap __ro_after_init;
EXPORT_SYMBOL_IF_KUNIT(gomalloc_default_heap);

/* Whom gomalloc() asks: that, or its stand-in while requests are sampled */
static struct gomalloc_heap *front __read_mostly;

void malloc_set_front(struct gomalloc_heap *heap)
{
	smp_store_release(&front, heap); /* pairs with who reads it, by the address */
}
EXPORT_SYMBOL_IF_KUNIT(malloc_set_front);

/*
 * === allocate ===
 */

static void *alloc_behind(unsigned int spc, gfp_t gfp,
			  struct gomalloc_heap *heap);
static void *alloc_tiny_behind(size_t size, gfp_t gfp,
			       struct gomalloc_heap *heap);

/* What this CPU has not cached */
static noinline void *alloc_slow(unsigned int spc, gfp_t gfp,
				 struct gomalloc_heap *heap)
{
	void *p;

	if (unlikely(heap->behind))
		return alloc_behind(spc, gfp, heap->behind);
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
					 bool noscan, bool state_bits)
{
	if (unlikely(gfp & (GFP_UNSERVED | __GFP_ZERO)) ||
	    want_init_on_alloc(0))
		return alloc_special(class, gfp, heap, noscan);
	return alloc_object(class, gfp, heap, noscan, state_bits);
}

/* Up to 8 bytes, or more than is small */
static noinline void *alloc_extreme(size_t size, gfp_t gfp,
				    struct gomalloc_heap *heap, bool noscan,
				    bool dma)
{
	if (size - 1 >= BIT_STATE_SIZE)
		return malloc_alloc_large(size, gfp, heap, noscan, numa_mem_id());
	if (dma && GOMALLOC_DMA_MINALIGN > BIT_STATE_SIZE)
		return alloc_small(malloc_class(size, dma), gfp, heap, noscan, false);
	return alloc_small(BIT_STATE_CLASS, gfp, heap, noscan, true);
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
	return alloc_small(class, gfp, heap, noscan, false);
}

/* No slot of the tiny span class is cached: get one for this object */
static noinline void *alloc_tiny_slot(size_t size, gfp_t gfp,
				      struct gomalloc_heap *heap)
{
	if (unlikely(heap->behind))
		return alloc_tiny_behind(size, gfp, heap->behind);
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
static __always_inline void *alloc_hardened(size_t size, gfp_t gfp,
					    struct gomalloc_heap *heap,
					    bool noscan, bool dma)
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

static __always_inline void *alloc_plain(struct gomalloc_heap *heap, size_t size,
					 gfp_t gfp, bool noscan, bool dma)
{
	if (!noscan)
		return alloc_any(hook_size(heap, size), gfp, heap, false, dma);
	if (!dma && size - 1 < TINY_SIZE)
		return alloc_tiny(size, gfp, heap);
	return alloc_any(hook_size(heap, size), gfp, heap, true, dma);
}

/*
 * For redzone.c, which clears the object itself: it looks at first how the slot was
 * left. Not for large sizes.
 */
static noinline void *alloc_debugged(size_t size, gfp_t gfp,
				     struct gomalloc_heap *heap, bool noscan,
				     bool dma)
{
	unsigned int class = malloc_class(redzone_room(heap, size), dma);
	gfp_t raw = gfp & ~__GFP_ZERO;
	void *p;

	if (unlikely(gfp & GFP_UNSERVED))
		return request_refuse_gfp(gfp);
	if (!(heap->flags & GOMALLOC_HEAP_RANDOM))
		p = alloc_object(class, raw, heap, noscan, false);
	else
		p = fail_alloc(heap, size, gfp) ? NULL :
		    alloc_slow(class << 1 | noscan, raw, heap);
	return p ? redzone_begin(heap, p, size, gfp) : NULL;
}

/* What is not debugged; so large that it can be tracked, if it may be. May be hardened. */
static void *alloc_trackable(size_t size, gfp_t gfp, struct gomalloc_heap *heap,
			     bool noscan, bool dma)
{
	size_t room = track_room(heap, size);

	noscan &= room == size;
	if (heap->flags & HEAP_HARDENED)
		return alloc_hardened(hook_size(heap, room), gfp, heap, noscan, dma);
	return alloc_plain(heap, room, gfp, noscan, dma);
}

static noinline void *alloc_sampled(size_t size, gfp_t gfp,
				    struct gomalloc_heap *heap, bool noscan,
				    bool dma)
{
	void *p = guard_sample(heap, size, noscan && size - 1 < TINY_SIZE, gfp);

	if (p)
		return p;
	p = redzone_wants(heap, size) ?
	    alloc_debugged(size, gfp, heap, noscan, dma) :
	    alloc_trackable(size, gfp, heap, noscan, dma);
	if (!ZERO_OR_NULL_PTR(p) && track_sample(heap, p, size))
		object_mark_tracked(p);
	return p;
}

/*
 * The gates of a stand-in are shut, so that who asks it comes here. What it wants
 * cleared is cleared where the stand-in was asked for it.
 */
static noinline void *alloc_behind(unsigned int spc, gfp_t gfp,
				   struct gomalloc_heap *heap)
{
	return alloc_sampled(class_to_size[spc >> 1], gfp & ~__GFP_ZERO, heap,
			     spc & 1, false);
}

static noinline void *alloc_tiny_behind(size_t size, gfp_t gfp,
					struct gomalloc_heap *heap)
{
	return alloc_sampled(size, gfp, heap, true, false);
}

/* Of a heap that is hardened, or sampled as sample.c has set its flag, or both */
static noinline void *alloc_looked_at(size_t size, gfp_t gfp,
				      struct gomalloc_heap *heap, bool noscan,
				      bool dma)
{
	if (unlikely(READ_ONCE(heap->flags) & HEAP_SAMPLED))
		return alloc_sampled(size, gfp, heap, noscan, dma);
	return alloc_hardened(hook_size(heap, size), gfp, heap, noscan, dma);
}

static __always_inline void *alloc_flags(struct gomalloc_heap *heap, size_t size,
					 gfp_t gfp, unsigned int flags)
{
	bool noscan = flags & GOMALLOC_NOSCAN, dma = malloc_wants_lines(heap, flags);

	/* HEAP_SAMPLED comes and goes; a request earlier or later does not matter */
	if (unlikely(data_race(heap->flags) & HEAP_LOOKED_AT))
		return alloc_looked_at(size, gfp, heap, noscan, dma);
	return alloc_plain(heap, size, gfp, noscan, dma);
}

/* The rest of malloc_alloc(); it tells nobody */
void *__malloc_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
		     unsigned int flags)
{
	return malloc_hooked(alloc_flags(heap, size, gfp, flags), size, gfp);
}

/*
 * The long way, with the caller. Where frees have to clear nothing is packed: they
 * would have to ask for the end of an object, which others move. Nor where each object
 * has a tag of its own.
 */
noinline void *malloc_alloc_watched(struct gomalloc_heap *heap, size_t size,
				    gfp_t gfp, unsigned int flags,
				    unsigned long caller)
{
	void *p;

	if (want_init_on_free() || compat_profiling_is_on())
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
	struct gomalloc_heap *heap = READ_ONCE(front);

	if (trace_is_watched())
		return malloc_alloc_watched(gomalloc_default_heap, size, gfp, 0, _RET_IP_);
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
	return alloc_small(class, gfp, READ_ONCE(front), false, false);
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
	struct gomalloc_heap *heap = READ_ONCE(front);

	if (trace_is_watched())
		return malloc_alloc_watched(gomalloc_default_heap, size, gfp,
					    GOMALLOC_NOSCAN, _RET_IP_);
	if (GOMALLOC_DMA_MINALIGN == 1 && likely(size - 1 < TINY_SIZE))
		return malloc_hooked(alloc_tiny(size, gfp, heap), size, gfp);
	return malloc_hooked(alloc_noscan(hook_size(heap, size), gfp, heap), size, gfp);
}
EXPORT_SYMBOL_GPL(__gomalloc_noscan);
