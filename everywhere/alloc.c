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

/*
 * The function in the place of @name: @params are its parameters, @args these as arguments,
 * and if @may it is served. What does that is in functions of their own, so that no
 * register is saved for a request that is the kernel's. All calls of these are tail calls.
 */
#define DEFINE_HOOK(name, params, args, may, size, gfp, node, caller)			\
static noinline void *serve_##name params						\
{											\
	return serve(size, gfp, node, caller) ?: static_call(original_##name) args;	\
}											\
											\
static noinline void *look_##name params						\
{											\
	if (policy_takes(size, gfp, caller))						\
		return serve_##name args;						\
	return static_call(original_##name) args;					\
}											\
											\
void *everywhere_##name params								\
{											\
	if ((may) && static_branch_likely(&alloc_serves)) {				\
		if (static_branch_unlikely(&policy_is_picky))				\
			return look_##name args;					\
		if (policy_may_serve(size, gfp, caller))				\
			return serve_##name args;					\
	}										\
	return static_call(original_##name) args;					\
}

#if !COMPAT_HAS_NOPROF
DEFINE_HOOK(__kmalloc, (size_t size, gfp_t gfp), (size, gfp),
	    true, size, gfp, NUMA_NO_NODE, _RET_IP_)
DEFINE_HOOK(__kmalloc_node, (size_t size, gfp_t gfp, int node), (size, gfp, node),
	    true, size, gfp, node, _RET_IP_)
DEFINE_HOOK(__kmalloc_node_track_caller,
	    (size_t size, gfp_t gfp, int node, unsigned long caller), (size, gfp, node, caller),
	    true, size, gfp, node, caller)
DEFINE_HOOK(kmalloc_trace, (struct kmem_cache *s, gfp_t gfp, size_t size), (s, gfp, size),
	    true, size, gfp, NUMA_NO_NODE, _RET_IP_)
DEFINE_HOOK(kmalloc_node_trace,
	    (struct kmem_cache *s, gfp_t gfp, int node, size_t size), (s, gfp, node, size),
	    true, size, gfp, node, _RET_IP_)
DEFINE_HOOK(kmalloc_large, (size_t size, gfp_t gfp), (size, gfp),
	    true, size, gfp, NUMA_NO_NODE, _RET_IP_)
DEFINE_HOOK(kmalloc_large_node, (size_t size, gfp_t gfp, int node), (size, gfp, node),
	    true, size, gfp, node, _RET_IP_)
#else
/* Those that ask for a bucket of their own get it: to be apart is what it is for */
#ifdef CONFIG_SLAB_BUCKETS
#define NO_BUCKET	(!(b))
#else
#define NO_BUCKET	true
#endif

DEFINE_HOOK(__kmalloc_noprof, (DECL_TOKEN_PARAMS(size, token), gfp_t gfp),
	    (PASS_TOKEN_PARAMS(size, token), gfp),
	    true, size, gfp, NUMA_NO_NODE, _RET_IP_)
DEFINE_HOOK(__kmalloc_node_noprof,
	    (DECL_KMALLOC_PARAMS(size, b, token), gfp_t gfp, int node),
	    (PASS_KMALLOC_PARAMS(size, b, token), gfp, node),
	    NO_BUCKET, size, gfp, node, _RET_IP_)
DEFINE_HOOK(__kmalloc_node_track_caller_noprof,
	    (DECL_KMALLOC_PARAMS(size, b, token), gfp_t gfp, int node, unsigned long caller),
	    (PASS_KMALLOC_PARAMS(size, b, token), gfp, node, caller),
	    NO_BUCKET, size, gfp, node, caller)
DEFINE_HOOK(__kmalloc_cache_noprof, (struct kmem_cache *s, gfp_t gfp, size_t size), (s, gfp, size),
	    true, size, gfp, NUMA_NO_NODE, _RET_IP_)
DEFINE_HOOK(__kmalloc_cache_node_noprof,
	    (struct kmem_cache *s, gfp_t gfp, int node, size_t size), (s, gfp, node, size),
	    true, size, gfp, node, _RET_IP_)
DEFINE_HOOK(__kmalloc_large_noprof, (size_t size, gfp_t gfp), (size, gfp),
	    true, size, gfp, NUMA_NO_NODE, _RET_IP_)
DEFINE_HOOK(__kmalloc_large_node_noprof, (size_t size, gfp_t gfp, int node), (size, gfp, node),
	    true, size, gfp, node, _RET_IP_)
#endif

#if COMPAT_HAS_ALIGN
/* What vmalloc() can do as well is not to be waited for, see kvmalloc() */
static gfp_t kvmalloc_gfp(size_t size, gfp_t gfp)
{
	if (size <= PAGE_SIZE)
		return gfp;
	if (!(gfp & __GFP_RETRY_MAYFAIL))
		gfp &= ~__GFP_DIRECT_RECLAIM;
	return (gfp | __GFP_NOWARN) & ~__GFP_NOFAIL;
}

DEFINE_HOOK(__kvmalloc_node_noprof,
	    (DECL_KMALLOC_PARAMS(size, b, token), unsigned long align, gfp_t gfp, int node),
	    (PASS_KMALLOC_PARAMS(size, b, token), align, gfp, node),
	    NO_BUCKET, size, kvmalloc_gfp(size, gfp), node, _RET_IP_)
#endif

#if COMPAT_HAS_POOL
/* The pool looks at what it has as at objects of a slab: they are the kernel's */
void *everywhere_mempool_kmalloc(gfp_t gfp, void *pool_data)
{
	return static_call(original___kmalloc)((size_t)pool_data, gfp);
}
#endif
