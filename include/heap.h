/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heap - one set of mcaches, mcentrals and mheaps with a name and a limit
 *
 * Private interface of heap.c, and of gomalloc_kmod.c what all heaps share.
 */
#ifndef _GOMALLOC_HEAP_H
#define _GOMALLOC_HEAP_H

#include <linux/atomic.h>
#include <linux/cpuhotplug.h>
#include <linux/gfp.h>
#include <linux/gomalloc.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "fail.h"
#include "mcache.h"
#include "mheap.h"
#include "mspan.h"
#include "report.h"

/**
 * struct gomalloc_sys - what all heaps of the module share
 * @tier: which of the caches below a span class needs; constant
 * @mspan_cache: memory of a struct mspan, by the bytes behind it. Type-stable:
 *	a freer may look at a span that was released meanwhile
 * @cpuhp_state: calls heap_cpu_dead() for each heap
 * @scavenge_ms: between two looks of a scavenger, 0 for none; a parameter
 * @cache_kb: KiB that a CPU may have at hand, for new heaps; a parameter
 * @heaps: all heaps, oldest first; @heaps_mutex, as the next two
 * @nr_heaps: their number; also read without the mutex
 * @last_heap_id: the id of the youngest
 * @heaps_mutex: a heap in the list stays while it is held
 * @wq: frees heaps, after a grace period, and scavenges them
 * @drain_wq: empties the CPUs' caches, each on its CPU
 * @vmaps: objects of gokvmalloc() that are mapped, by page number
 * @report: what was reported, see report.c
 * @fail: requests that are to fail, see fail.c
 * @debugfs: our folder there
 */
struct gomalloc_sys {
	u8			tier[NUM_SPAN_CLASSES];
	struct kmem_cache	*mspan_cache[MSPAN_TIERS];
	enum cpuhp_state	cpuhp_state;
	unsigned int		scavenge_ms;
	unsigned int		cache_kb;
	struct list_head	heaps;
	unsigned int		nr_heaps;
	u32			last_heap_id;
	struct mutex		heaps_mutex;	/* of the three above */
	struct workqueue_struct	*wq;
	struct workqueue_struct	*drain_wq;
	struct xarray		vmaps;
	struct report_state	report;
	struct fail_state	fail;
	struct dentry		*debugfs;
};

/**
 * struct heap_group - heaps that have a limit together
 * @held_pages: pages they hold; atomic
 * @limit_mb: MiB they may hold, 0 for no limit; may change at any time
 */
struct heap_group {
	atomic_long_t	held_pages;
	const int	*limit_mb;
};

/**
 * struct gomalloc_heap - a heap
 * @mcaches: a cache per CPU; constant, as all down to @group
 * @flags: GOMALLOC_HEAP_*, HEAP_QUARANTINE
 * @name: for reports
 * @quarantine: frees that a small object waits for; constant
 * @key: of what harden_take() draws; constant
 * @sys: what all heaps share
 * @group: heaps that it has a limit with; or NULL
 * @in_sys: in the list of all heaps; gomalloc_sys.heaps_mutex
 * @id: names it in that list; constant
 * @cache_bytes: that a CPU may have at hand; constant
 * @limit_pages: pages the heap may hold, 0 for no limit; @limit_mutex
 * @soft_pages: pages above which it gives back what it can; @limit_mutex
 * @limit_mutex: for those who change the limits
 * @held_pages: pages the heap holds, and those it is about to ask for; atomic
 * @peak_pages: the most of them ever; atomic
 * @shrunk_pages: pages that page reclaim has taken; atomic
 * @misuses: frees that were refused, by &enum gomalloc_misuse
 * @late_double_frees: found after the fact, not yet reported
 * @rcu_frees: gofree_rcu() calls that are still to come
 * @cpuhp_node: in the CPU hotplug core's list of heaps
 * @scavenge_work: gives back what the heap does not use, see scavenge.c
 * @dying: no more is to be done in the background
 * @drained_at: when the caches were last emptied because the heap was at its
 *	limit, in jiffies; races do no harm
 * @asked_at: the same, because the machine was short of memory
 * @shrinker: see shrink.c, as the next two
 * @reclaim_sem: whoever holds it for writing keeps page reclaim out
 * @oom_nb: called before the machine kills a process
 * @free_work: frees the heap's own memory
 * @nr_nodes: length of @node
 * @node: a mheap for each possible node; constant
 */
struct gomalloc_heap {
	struct mcache __percpu	*mcaches;
	unsigned int		flags;
	char			name[GOMALLOC_HEAP_NAME_LEN];
	unsigned int		quarantine;
	hsiphash_key_t		key;
	struct gomalloc_sys	*sys;
	struct heap_group	*group;
	struct list_head	in_sys;
	u32			id;

	size_t			cache_bytes;
	unsigned long		limit_pages;
	unsigned long		soft_pages;
	struct mutex		limit_mutex;	/* of the two above */
	atomic_long_t		held_pages;
	atomic_long_t		peak_pages;
	atomic_long_t		shrunk_pages;
	atomic_long_t		misuses[NR_GOMALLOC_MISUSES];
	atomic_t		late_double_frees;
	atomic_t		rcu_frees;

	struct hlist_node	cpuhp_node;
	struct delayed_work	scavenge_work;
	bool			dying;
	unsigned long		drained_at;
	unsigned long		asked_at;
	struct shrinker		*shrinker;
	struct rw_semaphore	reclaim_sem;	/* see above */
	struct notifier_block	oom_nb;
	struct rcu_work		free_work;
	unsigned int		nr_nodes;
	struct mheap		*node[];
};

/* gomalloc_kmod.c */
extern struct gomalloc_sys gomalloc_sys;
extern struct gomalloc_heap *gomalloc_default_heap;

int heap_sys_init(struct gomalloc_sys *sys);
void heap_sys_exit(struct gomalloc_sys *sys);
struct gomalloc_heap *heap_create(struct gomalloc_sys *sys,
				  const struct gomalloc_heap_params *params);
struct gomalloc_heap *
heap_create_in(struct gomalloc_sys *sys,
	       const struct gomalloc_heap_params *params,
	       struct heap_group *group);
void heap_destroy(struct gomalloc_heap *heap);

/* limit.c */
void heap_group_init(struct heap_group *group, const int *limit_mb);
bool heap_charge(struct gomalloc_heap *heap, unsigned long npages);
void heap_uncharge(struct gomalloc_heap *heap, unsigned long npages);
bool heap_over_limit(struct gomalloc_heap *heap, unsigned long npages);
bool heap_over_soft_limit(struct gomalloc_heap *heap, unsigned long npages);
int heap_set_limits(struct gomalloc_heap *heap, size_t limit, size_t soft);

static inline unsigned int heap_mspan_tier(const struct gomalloc_heap *heap,
					   unsigned int spc)
{
	return heap->sys->tier[spc];
}

struct mspan *heap_alloc_mspan(struct gomalloc_heap *heap, unsigned int spc,
			       gfp_t gfp, int nid);
void heap_free_mspan(struct gomalloc_heap *heap, struct mspan *span);

/* What the heap adds to the caller's flags when it asks for pages */
static inline gfp_t heap_page_gfp(const struct gomalloc_heap *heap)
{
	return heap->flags & GOMALLOC_HEAP_ACCOUNT ? __GFP_ACCOUNT : 0;
}

/* A double free that nobody saw at the time; mcache.c reports it later */
static inline void heap_note_late_double_free(struct gomalloc_heap *heap)
{
	atomic_inc(&heap->late_double_frees);
}

/* stats.c */
void heap_stats(struct gomalloc_heap *heap, struct gomalloc_stats *stats);
u64 heap_sum_counter(struct gomalloc_heap *heap, enum mcache_counter counter);
const char *heap_counter(struct gomalloc_heap *heap, unsigned int nr,
			 u64 *value);
void heap_class_stats(struct gomalloc_heap *heap,
		      struct gomalloc_class_stats *rows);

/* validate.c */
int heap_validate(struct gomalloc_heap *heap);
int heap_validate_live(struct gomalloc_heap *heap);

/* scavenge.c */
void heap_scavenge_init(struct gomalloc_heap *heap);
void heap_scavenge_exit(struct gomalloc_heap *heap);
void heap_wake_scavenger(struct gomalloc_heap *heap);
void heap_pause_scavenger(struct gomalloc_heap *heap);
bool heap_ask_caches(struct gomalloc_heap *heap, bool all);
void heap_release_parked(struct gomalloc_heap *heap);
size_t heap_release(struct gomalloc_heap *heap, size_t npages);
bool heap_make_room(struct gomalloc_heap *heap, size_t npages, gfp_t gfp);
size_t heap_trim_locked(struct gomalloc_heap *heap);
size_t heap_trim(struct gomalloc_heap *heap);

/* shrink.c */
int heap_shrink_init(struct gomalloc_heap *heap);
void heap_shrink_exit(struct gomalloc_heap *heap);

#endif /* _GOMALLOC_HEAP_H */
