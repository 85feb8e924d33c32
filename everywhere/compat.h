/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat - what of kmalloc's family differs between kernels
 *
 * The only file of this folder that may ask for a version. Each entry names the
 * release that brought the change.
 */
#ifndef _EVERYWHERE_COMPAT_H
#define _EVERYWHERE_COMPAT_H

#include <linux/version.h>

/*
 * The functions that are replaced, X() for each: those that free and look at
 * objects, and those that allocate. 6.11 gave the latter other names. Since 7.3
 * kvmalloc() is one of them, and krealloc() has a node and an alignment. Kbuild has
 * the releases that this is for; what is said of 7.3 may be true of some before it.
 */
#define COMPAT_FREES(X)		\
	X(kfree)		\
	X(kfree_sensitive)	\
	X(kmem_cache_free_bulk)	\
	X(ksize)

/*
 * Until 6.8 a pool of kmalloc()'s objects asks for the size of one as only a slab knows it;
 * with KASAN it has the slab's looked at since, too, and so has io_uring.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define COMPAT_HAS_POOL		1
#define COMPAT_POOL(X)		X(mempool_kmalloc)
#else
#define COMPAT_HAS_POOL		0
#define COMPAT_POOL(X)
#endif

/*
 * 7.3 may find the beginning of what kfree_rcu() was given by the place of its head alone,
 * in a slab or at the beginning of a page.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
#define COMPAT_HAS_RCU		0
#define COMPAT_RCU(X)
#else
#define COMPAT_HAS_RCU		1
#define COMPAT_RCU(X)		X(kvfree_call_rcu)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define COMPAT_HAS_NOPROF	0
#define COMPAT_HAS_ALIGN	0
#define COMPAT_RESIZES(X)	X(krealloc)
#define COMPAT_ALLOCS(X)		\
	X(__kmalloc)			\
	X(__kmalloc_node)		\
	X(__kmalloc_node_track_caller)	\
	X(kmalloc_trace)		\
	X(kmalloc_node_trace)		\
	X(kmalloc_large)		\
	X(kmalloc_large_node)
#else
#define COMPAT_HAS_NOPROF	1
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
#define COMPAT_HAS_ALIGN	0
#define COMPAT_RESIZES(X)	X(krealloc_noprof)
#define COMPAT_KVMALLOC(X)
#else
#define COMPAT_HAS_ALIGN	1
#define COMPAT_RESIZES(X)	X(krealloc_node_align_noprof)
#define COMPAT_KVMALLOC(X)	X(__kvmalloc_node_noprof)
#endif
#define COMPAT_ALLOCS(X)			\
	COMPAT_KVMALLOC(X)			\
	X(__kmalloc_noprof)			\
	X(__kmalloc_node_noprof)		\
	X(__kmalloc_node_track_caller_noprof)	\
	X(__kmalloc_cache_noprof)		\
	X(__kmalloc_cache_node_noprof)		\
	X(__kmalloc_large_noprof)		\
	X(__kmalloc_large_node_noprof)
#endif

#ifndef __ASSEMBLY__
#include <linux/cache.h>
#include <linux/ftrace.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/tcp.h>

#if COMPAT_HAS_RCU
/* Which <linux/gomalloc_kmalloc.h> declares as the kernel's header does, by another name */
void gomalloc_kvfree_call_rcu(struct kvfree_rcu_head *head, void *ptr);
#endif

/* 6.4 made of the two calls for functions of one's own choice the only ones */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define compat_register_direct		register_ftrace_direct_multi
#define compat_unregister_direct	unregister_ftrace_direct_multi
#else
#define compat_register_direct		register_ftrace_direct

static inline int compat_unregister_direct(struct ftrace_ops *ops, unsigned long addr)
{
	return unregister_ftrace_direct(ops, addr, false);
}
#endif

/* 7.3 passes on what kind of object is asked for, where a kernel keeps kinds apart */
#ifndef DECL_TOKEN_PARAMS
#define DECL_TOKEN_PARAMS(size, token)		size_t (size)
#define PASS_TOKEN_PARAMS(size, token)		(size)
#define DECL_KMALLOC_PARAMS(size, b, token)	DECL_BUCKET_PARAMS(size, b)
#define PASS_KMALLOC_PARAMS(size, b, token)	PASS_BUCKET_PARAMS(size, b)
#endif

/*
 * From 6.3 until 7.3 the heads of small packets are told from those of kmalloc() by their
 * size alone, which no size of kmalloc's is, but may be one of ours. 0 where they are not.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define COMPAT_SKB_HEAD		0
#else
#ifdef GRO_MAX_HEAD
#define COMPAT_SKB_ROOM		max(MAX_TCP_HEADER, GRO_MAX_HEAD + NET_SKB_PAD + NET_IP_ALIGN)
#else
#define COMPAT_SKB_ROOM		MAX_TCP_HEADER
#endif
#define COMPAT_SKB_SMALL	SKB_HEAD_ALIGN(COMPAT_SKB_ROOM)
#define COMPAT_SKB_HEAD							\
	(is_power_of_2(COMPAT_SKB_SMALL) ? COMPAT_SKB_SMALL + L1_CACHE_BYTES : COMPAT_SKB_SMALL)
#endif
#endif /* __ASSEMBLY__ */

#endif /* _EVERYWHERE_COMPAT_H */
