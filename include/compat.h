/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat - what differs between the supported kernels, 6.1 to 7.3
 *
 * The only file that may ask for a version. Each entry names the release that
 * brought the change.
 */
#ifndef _GOMALLOC_COMPAT_H
#define _GOMALLOC_COMPAT_H

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/kconfig.h>
#include <linux/list_lru.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/*
 * Early releases of 6.1 have KUnit and not this; they build without it only. A
 * test that links a part of the module exports nothing.
 */
#if IS_ENABLED(CONFIG_KUNIT) && !defined(GOMALLOC_BELOW)
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

/* 6.10 brought memory allocation profiling; what it tells, calls take the long way for */
#ifdef CONFIG_MEM_ALLOC_PROFILING
#include <linux/alloc_tag.h>

#define compat_profiling_is_on()	mem_alloc_profiling_enabled()
/* For the caller's tag, and not for one of the line that calls it */
#define compat_alloc_pages_node		alloc_pages_node_noprof

/* 6.18 can say that a tag does not count everything */
static inline void compat_profiling_missed(struct alloc_tag *tag)
{
#ifdef CODETAG_FLAG_INACCURATE
	alloc_tag_set_inaccurate(tag);
#endif
}
#else
#define compat_profiling_is_on()	false
#define compat_alloc_pages_node		alloc_pages_node
#endif

/* 6.2 gave the object itself to what kfree_rcu() calls, in place of where its head is in it */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define COMPAT_KVFREE_RCU_ARG	rcu_callback_t

/* The object of a call of kvfree_call_rcu() */
static inline const void *compat_kvfree_rcu_object(const void *head,
						   COMPAT_KVFREE_RCU_ARG arg)
{
	return head ? head - (unsigned long)arg : (const void *)arg;
}
#else
#define COMPAT_KVFREE_RCU_ARG	void *

static inline const void *compat_kvfree_rcu_object(const void *head,
						   COMPAT_KVFREE_RCU_ARG arg)
{
	return arg;
}
#endif

/* 6.2 made ksize() a question; before, who asks may use all of the object */
#define COMPAT_KSIZE_CLAIMS	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0))

/* 7.3 made a type of its own of what kfree_rcu() is given, and has a kvfree() for any context */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
#define kvfree_rcu_head		rcu_head
#define compat_kvfree_atomic	kvfree
#define COMPAT_RCU_HEAD_IS_LINK	0
#else
#define compat_kvfree_atomic	kvfree_atomic
/* It may be no more than a pointer */
#define COMPAT_RCU_HEAD_IS_LINK	IS_ENABLED(CONFIG_KVFREE_RCU_BATCHED)
#endif

/* 6.3 removed what only GFP_ATOMIC had, and what it did */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define COMPAT_GFP_ATOMIC	__GFP_ATOMIC
#else
#define COMPAT_GFP_ATOMIC	0
#endif

/* 6.3 made vm_flags constant */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void compat_vm_flags_mod(struct vm_area_struct *vma,
				       unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#else
#define compat_vm_flags_mod	vm_flags_mod
#endif

/* 6.4 made MAX_ORDER inclusive, 6.8 renamed it */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define GOMALLOC_MAX_ORDER	(MAX_ORDER - 1)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define GOMALLOC_MAX_ORDER	MAX_ORDER
#else
#define GOMALLOC_MAX_ORDER	MAX_PAGE_ORDER
#endif

/*
 * 6.10 taught RISC-V to exchange less than four bytes. Until then the word around
 * them is exchanged: a neighbour that changes meanwhile costs another round.
 */
#if IS_ENABLED(CONFIG_RISCV) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
/* Of the @bytes at @p. Return: what was there. */
static __always_inline u32 compat_cmpxchg_part(void *p, unsigned int bytes,
					       u32 old, u32 new)
{
	/* Signed: of an unsigned word with bit 31 it says it did, and does not */
	s32 *word = PTR_ALIGN_DOWN(p, sizeof(*word)), seen = READ_ONCE(*word);
	unsigned int shift = (p - (void *)word) * BITS_PER_BYTE;
	u32 mask = GENMASK(bytes * BITS_PER_BYTE - 1, 0) << shift;

	do {
		if ((seen & mask) >> shift != old)
			break;
	} while (!try_cmpxchg(word, &seen, (seen & ~mask) | new << shift));
	return (seen & mask) >> shift;
}

static __always_inline u8 compat_cmpxchg_u8(u8 *p, u8 old, u8 new)
{
	return compat_cmpxchg_part(p, sizeof(*p), old, new);
}

static __always_inline bool compat_try_cmpxchg_u16(u16 *p, u16 *old, u16 new)
{
	u16 seen = compat_cmpxchg_part(p, sizeof(*p), *old, new);
	bool done = seen == *old;

	*old = seen;
	return done;
}
#else
#define compat_cmpxchg_u8	cmpxchg
#define compat_try_cmpxchg_u16	try_cmpxchg
#endif

/*
 * 6.10 made macros of krealloc() and kvrealloc(), 6.12 took the old size from the latter,
 * and 6.18 gave both an alignment and a node; 7.3 may have a token beside the size. Here
 * is the function that stands below each, and what it is given.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define COMPAT_KREALLOC		krealloc
#define COMPAT_KVREALLOC	kvrealloc
#define COMPAT_KREALLOC_PARAMS	(const void *p, size_t size, gfp_t gfp)
#define COMPAT_KVREALLOC_PARAMS	(const void *p, size_t old_size, size_t size, gfp_t gfp)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define COMPAT_KREALLOC		krealloc_noprof
#define COMPAT_KVREALLOC	kvrealloc_noprof
#define COMPAT_KREALLOC_PARAMS	(const void *p, size_t size, gfp_t gfp)
#define COMPAT_KVREALLOC_PARAMS	COMPAT_KREALLOC_PARAMS
#else
#ifndef DECL_TOKEN_PARAMS
#define DECL_TOKEN_PARAMS(size, token)	size_t (size)
#endif
#define COMPAT_KREALLOC		krealloc_node_align_noprof
#define COMPAT_KVREALLOC	kvrealloc_node_align_noprof
#define COMPAT_KREALLOC_PARAMS						\
	(const void *p, DECL_TOKEN_PARAMS(size, token), unsigned long align, gfp_t gfp, int node)
#define COMPAT_KVREALLOC_PARAMS	COMPAT_KREALLOC_PARAMS
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define COMPAT_OLD_SIZE		old_size
#define compat_kvrealloc	kvrealloc
#else
#define COMPAT_OLD_SIZE		0
#define compat_kvrealloc(p, old_size, size, gfp)	kvrealloc(p, size, gfp)
#endif

/* 6.13 made one of two calls */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define compat_hrtimer_setup(timer, fn, mode)				\
do {									\
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);			\
	(timer)->function = (fn);					\
} while (0)
#else
#define compat_hrtimer_setup(timer, fn, mode) \
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, mode)
#endif

/* 6.13 made the namespace of an export a string */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define GOMALLOC_IMPORT_KUNIT_NS() \
	MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define GOMALLOC_IMPORT_KUNIT_NS() \
	MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#endif

/* Before 6.15 kfree() freed the page of what is neither a slab's nor kmalloc()'s */
#define COMPAT_KFREE_REFUSES	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0))

/* 6.17 gave a name to what was the default */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU	0
#endif

/* By node, and by memory cgroup */
#define COMPAT_SHRINKER_FLAGS	(SHRINKER_NUMA_AWARE | SHRINKER_MEMCG_AWARE)

typedef unsigned long (*compat_shrink_fn)(struct shrinker *shrinker,
					  struct shrink_control *sc);

/* 6.7 made shrinkers, with something of their user's, and frees them by RCU */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
struct compat_shrinker {
	struct shrinker	shrinker;
	void		*data;
};

static inline void *compat_shrinker_data(struct shrinker *shrinker)
{
	return container_of(shrinker, struct compat_shrinker, shrinker)->data;
}

static inline struct shrinker *
compat_shrinker_create(compat_shrink_fn count, compat_shrink_fn scan,
		       void *data, const char *name)
{
	struct compat_shrinker *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->shrinker.flags = COMPAT_SHRINKER_FLAGS;
	s->shrinker.seeks = DEFAULT_SEEKS;
	s->shrinker.count_objects = count;
	s->shrinker.scan_objects = scan;
	s->data = data;
	if (!register_shrinker(&s->shrinker, "%s", name))
		return &s->shrinker;
	kfree(s);
	return NULL;
}

static inline void compat_shrinker_destroy(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(container_of(shrinker, struct compat_shrinker, shrinker));
}
#else
static inline void *compat_shrinker_data(struct shrinker *shrinker)
{
	return shrinker->private_data;
}

static inline struct shrinker *
compat_shrinker_create(compat_shrink_fn count, compat_shrink_fn scan,
		       void *data, const char *name)
{
	struct shrinker *s = shrinker_alloc(COMPAT_SHRINKER_FLAGS, "%s", name);

	if (!s)
		return NULL;
	s->count_objects = count;
	s->scan_objects = scan;
	s->private_data = data;
	shrinker_register(s);
	return s;
}

static inline void compat_shrinker_destroy(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}
#endif

/* 6.5 brought __free(kfree); only tests ask */
#define COMPAT_HAS_FREE_KFREE	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0))

/* 6.8 renamed what finds the node and the cgroup by the item */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define compat_list_lru_add	list_lru_add
#define compat_list_lru_del	list_lru_del
#else
#define compat_list_lru_add	list_lru_add_obj
#define compat_list_lru_del	list_lru_del_obj
#endif

/* 6.13 no longer tells the lock, which is held */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define COMPAT_LRU_WALK_CB(name)					\
	enum lru_status name(struct list_head *item,			\
			     struct list_lru_one *list,			\
			     spinlock_t *lock, void *arg)
#else
#define COMPAT_LRU_WALK_CB(name)					\
	enum lru_status name(struct list_head *item,			\
			     struct list_lru_one *list, void *arg)
#endif

/*
 * May @p be constant for kstrdup_const()? Only the kernel knows which part of its image
 * is; where that lies by itself, what is elsewhere is none of it.
 */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#define compat_may_be_constant(p)					\
	((unsigned long)(p) >= __START_KERNEL_map &&			\
	 (unsigned long)(p) < MODULES_VADDR)
#else
#define compat_may_be_constant(p)	true
#endif

#endif /* _GOMALLOC_COMPAT_H */
