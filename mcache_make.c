// SPDX-License-Identifier: GPL-2.0
/*
 * mcache_make - caches for CPUs, and stacks for their classes
 *
 * What: a CPU gets a cache of a heap when it first uses that, and a class of it a
 *	stack at the first free. Where the slab allocator cannot be called a worker
 *	makes what is wanted; until then objects go past the cache.
 * Locks: the gate of a class, to give it a stack.
 * Owns: the caches, from when they are made until the heap goes.
 * Invariant: the slot of a CPU has &shut_mcache until its cache is there, and that
 *	is never written to.
 */
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "context.h"
#include "gate.h"
#include "hook.h"
#include "ledger.h"
#include "mcache_make.h"
#include "mcache_release.h"
#include "meta.h"
#include "mheap.h"
#include "mspan.h"
#include "mtiny.h"
#include "recycle.h"

/*
 * === caches ===
 */

/*
 * In the place of a cache that is not there yet: every gate is shut, so that the hot
 * paths need not ask whether there is one.
 */
static struct mcache shut_mcache = {
	.class = {
		[0 ... NUM_SPAN_CLASSES - 1] = {
			.gate	= GATE_SHUT,
			.nid	= NUMA_NO_NODE,
			.span	= &emptymspan,
		},
	},
	.tiny = TINY_NONE,
};

/* A CPU learns its node late, if it was not there when the machine started */
void mcache_set_node(struct mcache *cache, int cpu)
{
	int nid = cpu_to_mem(cpu);
	struct mcache_class *mc;

	if (nid == NUMA_NO_NODE)
		nid = first_memory_node;
	for (mc = cache->class; mc < cache->class + NUM_SPAN_CLASSES; mc++) {
		mc->nid = nid;
		mc->gate = nid;
	}
}

static void init_cache(struct mcache *cache, struct gomalloc_heap *heap, int cpu)
{
	struct mcache_class *mc;

	cache->heap = heap;
	cache->cpu = cpu;
	cache->tiny = TINY_NONE;
	init_llist_head(&cache->offered_stacks);
	mcache_set_node(cache, cpu);
	for (mc = cache->class; mc < cache->class + NUM_SPAN_CLASSES; mc++) {
		recycle_init(mc);
		mc->span = &emptymspan;
		mc->grow = 1;
	}
}

/* No CPU has a cache yet. Return: 0, or -ENOMEM. */
int mcache_create_slots(struct gomalloc_heap *heap, gfp_t gfp)
{
	int cpu;

	init_llist_head(&heap->made_mcaches);
	heap->mcaches = alloc_percpu_gfp(struct mcache_slot, gfp);
	if (!heap->mcaches)
		return -ENOMEM;
	hook_ignore_percpu(heap->mcaches);
	for_each_possible_cpu(cpu)
		per_cpu_ptr(heap->mcaches, cpu)->cache = &shut_mcache;
	return 0;
}

/* The heap is not in use, and what its caches had was released */
void mcache_destroy_slots(struct gomalloc_heap *heap)
{
	struct mcache *cache, *next;
	struct llist_node *all;

	if (!heap->mcaches)
		return;
	all = llist_del_all(&heap->made_mcaches);
	llist_for_each_entry_safe(cache, next, all, node)
		meta_free(heap, META_MCACHE, cache);
	free_percpu(heap->mcaches);
}

/*
 * Give a CPU its cache. The caller may call other allocators. Return: the cache, which
 * another may have made meanwhile; or NULL.
 */
struct mcache *mcache_create(struct gomalloc_heap *heap, int cpu, gfp_t gfp)
{
	struct mcache_slot *slot = per_cpu_ptr(heap->mcaches, cpu);
	struct mcache *cache, *old;

	cache = meta_alloc_node(heap, META_MCACHE, gfp | __GFP_ZERO,
				cpu_to_mem(cpu));
	if (!cache)
		return NULL;
	init_cache(cache, heap, cpu);
	/* Pairs with gate_mcache_here() and gate_mcache_of() */
	old = cmpxchg(&slot->cache, &shut_mcache, cache);
	if (old != &shut_mcache) {
		meta_free(heap, META_MCACHE, cache);
		return old;
	}
	llist_add(&cache->node, &heap->made_mcaches);
	return cache;
}

/* For a cache, which is not worth any effort, and only makes things faster */
#define CACHE_GFP	(__GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN)

/* Let a worker make what this CPU wants. Of a heap that goes away no one wants any. */
static void queue_make(struct gomalloc_heap *heap)
{
	/* Pairs with scavenge_exit() */
	if (!READ_ONCE(heap->dying))
		queue_work(heap->sys->wq, &heap->stack_work);
}

/* The CPU may change on the way; then another one has got its cache early */
static bool make_here(struct gomalloc_heap *heap, bool may_alloc, gfp_t gfp)
{
	if (may_alloc)
		return mcache_create(heap, raw_smp_processor_id(), gfp);
	WRITE_ONCE(raw_cpu_ptr(heap->mcaches)->wanted, true);
	WRITE_ONCE(heap->wants_mcache, true);
	queue_make(heap);
	return false;
}

/*
 * A request found the cache of this CPU shut: make one if there is none. Return: is
 * it worth another try?
 */
bool mcache_make_here(struct gomalloc_heap *heap, gfp_t gfp)
{
	bool blocks = gfpflags_allow_blocking(gfp);

	return !gate_mcache_here(heap)->heap &&
	       make_here(heap, blocks || context_is_preemptible(),
			 CACHE_GFP | (gfp & GFP_KERNEL));
}

static void make_wanted_caches(struct gomalloc_heap *heap)
{
	struct mcache_slot *slot;
	int cpu;

	if (!READ_ONCE(heap->wants_mcache))
		return;
	WRITE_ONCE(heap->wants_mcache, false);
	for_each_online_cpu(cpu) {
		slot = per_cpu_ptr(heap->mcaches, cpu);
		if (!READ_ONCE(slot->wanted))
			continue;
		WRITE_ONCE(slot->wanted, false);
		if (!gate_mcache_of(heap, cpu)->heap)
			mcache_create(heap, cpu, GFP_KERNEL | CACHE_GFP);
		cond_resched();
	}
}

/*
 * === stacks ===
 */

/*
 * Here the slab allocator cannot be called: let a task do it, and until then
 * objects go to their spans
 */
static void want_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache *cache = gate_mcache_here(heap);

	if (!cache->heap)
		return;
	set_bit(spc, cache->wanted);
	queue_make(heap);
}

/* The same of one that is larger than the class's, which has to do until then */
static void want_larger(struct gomalloc_heap *heap, unsigned int spc)
{
	struct mcache *cache = gate_mcache_here(heap);

	if (!cache->heap)
		return;
	set_bit(spc, cache->wanted_larger);
	queue_make(heap);
}

/* A stack that is not wanted any more: here the slab allocator may be out of reach */
static void retire_stack(struct gomalloc_heap *heap, struct recycle_stack *stack)
{
	if (context_is_preemptible())
		recycle_free_stack(heap, stack);
	else
		llist_add(&stack->node, &heap->retired_stacks);
}

/*
 * Open the stack of a class of this CPU; one that has none, or a smaller one, gets
 * @stack, if not NULL
 */
static void open_stack(struct gomalloc_heap *heap, unsigned int spc,
		       struct recycle_stack *stack)
{
	struct mcache_class *mc;

	mc = gate_enter(heap, spc);
	if (mc) {
		if (stack && recycle_attach(mc, stack))
			stack = NULL;
		else if (stack)
			stack = recycle_enlarge(mc, spc, stack);
		if (!mc->cap)
			recycle_grow(heap, mc, spc);
		gate_leave(mc);
		mcache_limit(heap, spc);
	}
	if (stack)
		retire_stack(heap, stack);
}

static const struct mcache_class *class_here(struct gomalloc_heap *heap,
					     unsigned int spc)
{
	return &gate_mcache_here(heap)->class[spc];
}

/* The CPU may change on the way; then another one has got its stacks early */
static void take_offered(struct gomalloc_heap *heap)
{
	struct mcache *cache = gate_mcache_here(heap);
	struct recycle_stack *stack, *next;
	struct llist_node *offered;

	offered = llist_del_all(&cache->offered_stacks);
	llist_for_each_entry_safe(stack, next, offered, node) {
		clear_bit(stack->spc, cache->offered);
		open_stack(heap, stack->spc, stack);
	}
}

static struct recycle_stack *first_stack(struct gomalloc_heap *heap,
					 unsigned int spc)
{
	return recycle_alloc_stack(heap, spc, recycle_first_room(spc));
}

static void make_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	if (!llist_empty(&gate_mcache_here(heap)->offered_stacks))
		take_offered(heap);
	else if (recycle_has_stack(class_here(heap, spc)))
		open_stack(heap, spc, NULL);
	else if (context_is_preemptible())
		open_stack(heap, spc, first_stack(heap, spc));
	else
		want_stack(heap, spc);
}

/*
 * Give this CPU a stack for @spc at the first free of the class, or open the
 * one it has. The CPU may change on the way; then another one has got its
 * stack early.
 */
void mcache_make_stack(struct gomalloc_heap *heap, unsigned int spc)
{
	if (heap->flags & GOMALLOC_HEAP_NO_RECYCLE || class_here(heap, spc)->cap)
		return;
	if (likely(gate_mcache_here(heap)->heap) ||
	    make_here(heap, context_is_preemptible(), CACHE_GFP))
		make_stack(heap, spc);
}

/*
 * A class of this CPU is to have a stack with @room for objects, which is more than it
 * has. No gate is shut; the CPU may have changed, and may do so on the way.
 */
static void enlarge_stack(struct gomalloc_heap *heap, unsigned int spc,
			  unsigned int room)
{
	struct recycle_stack *stack;

	if (!llist_empty(&gate_mcache_here(heap)->offered_stacks)) {
		take_offered(heap);
		return;
	}
	if (!context_is_preemptible()) {
		want_larger(heap, spc);
		return;
	}
	stack = recycle_alloc_stack(heap, spc, room);
	if (stack)
		open_stack(heap, spc, stack);
}

/*
 * The next time a stack of the class overflows there should be one with @room to
 * exchange it for, in the transfer cache or in its place
 */
void mcache_provide_stack(struct mcentral *central, unsigned int room)
{
	struct gomalloc_heap *heap = central->mheap->heap;
	unsigned int spc = central->spanclass;

	if (room > recycle_first_room(spc))
		enlarge_stack(heap, spc, room);
	else if (context_is_preemptible())
		recycle_provide_stack(central);
	else
		want_stack(heap, spc);
}

/* Offer a stack, which is wanted until the CPU has taken it. There is no @room: 0. */
static void offer_stack(struct mcache *cache, unsigned int spc, unsigned int room)
{
	struct recycle_stack *stack;

	if (!room || test_and_set_bit(spc, cache->offered))
		return;
	stack = recycle_alloc_stack(cache->heap, spc, room);
	if (stack)
		llist_add(&stack->node, &cache->offered_stacks);
	else
		clear_bit(spc, cache->offered);
}

/* A class that has a stack wants one for the transfer cache */
static void make_wanted(struct mcache *cache, unsigned int spc)
{
	const struct mcache_class *mc = &cache->class[spc];

	if (!recycle_has_stack(mc))
		offer_stack(cache, spc, recycle_first_room(spc));
	else if (spc >= NR_LARGE_SPAN_CLASSES)
		recycle_provide_stack(mheap_central(cache->heap->node[mc->nid], spc));
}

/* One that is full is as large as its stack, if that has not changed since */
static void make_larger(struct mcache *cache, unsigned int spc)
{
	unsigned int room = READ_ONCE(cache->class[spc].cap);

	offer_stack(cache, spc, recycle_next_room(spc, room));
}

/* Do what is to be done for the classes in @wanted */
static void make_each(struct mcache *cache, unsigned long *wanted,
		      void (*make)(struct mcache *cache, unsigned int spc))
{
	unsigned int spc;

	for_each_set_bit(spc, wanted, NUM_SPAN_CLASSES) {
		/* First, as it may be wanted again */
		clear_bit(spc, wanted);
		make(cache, spc);
		cond_resched();
	}
}

/* Make the stacks that frees on all CPUs have wanted; each takes its own */
static void make_stacks(struct work_struct *work)
{
	struct gomalloc_heap *heap = container_of(work, struct gomalloc_heap,
						  stack_work);
	struct mcache *cache;

	make_wanted_caches(heap);
	for_each_mcache(cache, heap) {
		make_each(cache, cache->wanted, make_wanted);
		make_each(cache, cache->wanted_larger, make_larger);
	}
	recycle_free_stacks(heap, &heap->retired_stacks);
}

void mcache_init_stacks(struct gomalloc_heap *heap)
{
	init_llist_head(&heap->retired_stacks);
	INIT_WORK(&heap->stack_work, make_stacks);
}
