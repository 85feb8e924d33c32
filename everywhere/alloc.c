// SPDX-License-Identifier: GPL-2.0
/*
 * alloc - what runs in the place of the kernel's functions that allocate
 *
 * What: a request is served by the heap, or is the kernel's own function's, which is then
 *	a tail call: it sees its caller's address.
 * Locks: none; any context but NMI.
 * Owns: the key that says whether requests are served, and the heap.
 * Invariant: a request that has seen the key turned is counted by flight.c until
 *	its object is handed out.
 */
#include <linux/numa.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <trace/events/kmem.h>

#include "alloc.h"
#include "flight.h"
#include "policy.h"
#include "table.h"

DEFINE_STATIC_KEY_FALSE(alloc_serves);
struct gomalloc_heap *alloc_heap __read_mostly;

static noinline void *tell(void *p, size_t size, gfp_t gfp, int node, unsigned long caller)
{
	trace_kmalloc(caller, p, size, gosize(p), gfp, node);
	return p;
}

/* What is not is the kernel's at once: no register has to be kept for that */
static __always_inline bool is_ours(size_t size, gfp_t gfp, unsigned long caller)
{
	return static_branch_likely(&alloc_serves) && policy_serves(size, gfp, caller);
}

/* Return: the object; or NULL: ask the kernel */
static __always_inline void *serve(size_t size, gfp_t gfp, int node, unsigned long caller)
{
	void *p = NULL;

	flight_begin();
	/* Again: from here on who turns it waits */
	if (static_branch_likely(&alloc_serves))
		p = gomalloc_heap_alloc_track_caller(alloc_heap, policy_size(size),
						     gfp & ~__GFP_ACCOUNT, 0, node, caller);
	flight_end();
	if (trace_kmalloc_enabled() && p)
		return tell(p, size, gfp, node, caller);
	return p;
}

/* An object of ours, or what @original gives, a call of the kernel's own function */
#define SERVE(size, gfp, node, caller, original)			\
	(is_ours(size, gfp, caller) ?					\
	 serve(size, gfp, node, caller) ?: (original) : (original))

#if !COMPAT_HAS_NOPROF
void *everywhere___kmalloc(size_t size, gfp_t gfp)
{
	return SERVE(size, gfp, NUMA_NO_NODE, _RET_IP_,
		     static_call(original___kmalloc)(size, gfp));
}

void *everywhere___kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return SERVE(size, gfp, node, _RET_IP_,
		     static_call(original___kmalloc_node)(size, gfp, node));
}

void *everywhere___kmalloc_node_track_caller(size_t size, gfp_t gfp, int node,
					     unsigned long caller)
{
	return SERVE(size, gfp, node, caller,
		     static_call(original___kmalloc_node_track_caller)(size, gfp, node, caller));
}

void *everywhere_kmalloc_trace(struct kmem_cache *s, gfp_t gfp, size_t size)
{
	return SERVE(size, gfp, NUMA_NO_NODE, _RET_IP_,
		     static_call(original_kmalloc_trace)(s, gfp, size));
}

void *everywhere_kmalloc_node_trace(struct kmem_cache *s, gfp_t gfp, int node, size_t size)
{
	return SERVE(size, gfp, node, _RET_IP_,
		     static_call(original_kmalloc_node_trace)(s, gfp, node, size));
}

void *everywhere_kmalloc_large(size_t size, gfp_t gfp)
{
	return SERVE(size, gfp, NUMA_NO_NODE, _RET_IP_,
		     static_call(original_kmalloc_large)(size, gfp));
}

void *everywhere_kmalloc_large_node(size_t size, gfp_t gfp, int node)
{
	return SERVE(size, gfp, node, _RET_IP_,
		     static_call(original_kmalloc_large_node)(size, gfp, node));
}
#else
/* Those that ask for a bucket of their own get it: to be apart is what it is for */
#ifdef CONFIG_SLAB_BUCKETS
#define HAS_BUCKET	(b)
#else
#define HAS_BUCKET	false
#endif

void *everywhere___kmalloc_noprof(size_t size, gfp_t gfp)
{
	return SERVE(size, gfp, NUMA_NO_NODE, _RET_IP_,
		     static_call(original___kmalloc_noprof)(size, gfp));
}

void *everywhere___kmalloc_node_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t gfp, int node)
{
	if (HAS_BUCKET)
		return static_call(original___kmalloc_node_noprof)
			(PASS_BUCKET_PARAMS(size, b), gfp, node);
	return SERVE(size, gfp, node, _RET_IP_,
		     static_call(original___kmalloc_node_noprof)
			(PASS_BUCKET_PARAMS(size, b), gfp, node));
}

void *everywhere___kmalloc_node_track_caller_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t gfp,
						    int node, unsigned long caller)
{
	if (HAS_BUCKET)
		return static_call(original___kmalloc_node_track_caller_noprof)
			(PASS_BUCKET_PARAMS(size, b), gfp, node, caller);
	return SERVE(size, gfp, node, caller,
		     static_call(original___kmalloc_node_track_caller_noprof)
			(PASS_BUCKET_PARAMS(size, b), gfp, node, caller));
}

void *everywhere___kmalloc_cache_noprof(struct kmem_cache *s, gfp_t gfp, size_t size)
{
	return SERVE(size, gfp, NUMA_NO_NODE, _RET_IP_,
		     static_call(original___kmalloc_cache_noprof)(s, gfp, size));
}

void *everywhere___kmalloc_cache_node_noprof(struct kmem_cache *s, gfp_t gfp, int node,
					     size_t size)
{
	return SERVE(size, gfp, node, _RET_IP_,
		     static_call(original___kmalloc_cache_node_noprof)(s, gfp, node, size));
}

void *everywhere___kmalloc_large_noprof(size_t size, gfp_t gfp)
{
	return SERVE(size, gfp, NUMA_NO_NODE, _RET_IP_,
		     static_call(original___kmalloc_large_noprof)(size, gfp));
}

void *everywhere___kmalloc_large_node_noprof(size_t size, gfp_t gfp, int node)
{
	return SERVE(size, gfp, node, _RET_IP_,
		     static_call(original___kmalloc_large_node_noprof)(size, gfp, node));
}
#endif
