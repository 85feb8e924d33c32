/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heap - what a heap is made of: types only, for all layers
 *
 * The structs that more than one layer looks into, as the kernel's mm_types.h
 * has them; what is done with them is in the header of each layer. Each field
 * says what guards it:
 *
 *   [const]	set before others can see the struct, and not changed after that
 *   [gate]	the gate of the class: code on this CPU that has shut it
 *   [central]	mcentral->lock
 *   [mheap]	mheap->lock
 *   [atomic]	atomic operations, from any CPU
 *   [llist]	lock-free list: pushed, and emptied as a whole, by any CPU
 *   [percpu]	this_cpu operations; others only read
 *   [racy]	READ_ONCE() and WRITE_ONCE(); a race costs a retry, no more
 *   [X]	the lock X
 */
#ifndef _GOMALLOC_HEAP_H
#define _GOMALLOC_HEAP_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cache.h>
#include <linux/cpuhotplug.h>
#include <linux/gomalloc.h>
#include <linux/list.h>
#include <linux/list_lru.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/numa.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/siphash.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "call_stack.h"
#include "counters.h"
#include "heap_flags.h"
#include "sample_state.h"
#include "sizeclasses.h"

struct gomalloc_heap;
struct mcentral;
struct mheap;
struct mspan;

#define NUM_SPAN_CLASSES	(2 * NUM_SIZE_CLASSES)
/* The first ones: scan and noscan of class 0 */
#define NR_LARGE_SPAN_CLASSES	2

/* Sizes in which the module keeps the memory of a struct mspan */
#define MSPAN_TIERS		8

/* What else of the module's own has a cache of slab's, see meta.c */
enum meta_kind {
	META_HEAP,
	META_MHEAP,
	META_MCACHE,
	META_MCENTRAL,
	META_MVMAP,
	META_ARENA,		/* a struct marena, in three sizes */
	META_STACK = META_ARENA + 3, /* a struct recycle_stack, in six */
	NR_META_KINDS = META_STACK + 6
};

/*
 * === misuse ===
 */

enum gomalloc_misuse {
	GOMALLOC_OK,
	GOMALLOC_DOUBLE_FREE,	/* the object was freed before */
	GOMALLOC_NEVER_ALLOCATED, /* the slot was never handed out */
	GOMALLOC_INTERIOR,	/* points into an object, not at its start */
	GOMALLOC_TINY,		/* no live object starts there in a tiny block */
	GOMALLOC_BEYOND,	/* points behind the last object of a span */
	GOMALLOC_FREE_PAGE,	/* the page is the heap's, no span uses it */
	GOMALLOC_FOREIGN,	/* not from gomalloc */
	GOMALLOC_WRITTEN,	/* written to after it was freed */
	GOMALLOC_PENDING,	/* gofree_rcu() is to free it */
	GOMALLOC_KFREE,		/* by kfree() of others, or they dropped a page */
	GOMALLOC_KREALLOC,	/* krealloc() or ksize() of others */
	GOMALLOC_COPY,		/* a copy beyond its end, or of what is not live */
	GOMALLOC_OUT_OF_BOUNDS,	/* an access beyond a guarded object */
	GOMALLOC_USED_AFTER_FREE, /* an access to one that was freed */
	GOMALLOC_BESIDE,	/* bytes beside one were written to */
	GOMALLOC_CORRUPT,	/* free by the bits of its span, and live */
	NR_GOMALLOC_MISUSES
};

#define REPORT_CALL_SITES	256
#define REPORT_TEXT_LEN		256
/* What is printed later, at most: at the rate limit's burst no more come */
#define REPORT_LATE		8

/**
 * struct report_late - what is printed later
 * @text: [report.lock] a line
 * @calls: [report.lock] who allocated and freed what it is about
 */
struct report_late {
	char			text[REPORT_TEXT_LEN];
	struct stack_pair	calls;
};

/**
 * struct report_state - what was reported
 * @lock: raw, irq-safe; innermost
 * @last: [lock] text of the newest report, printed or not
 * @late: [lock] texts that @work is to print
 * @nr_late: [lock] how many
 * @work: prints what was found where a console must not be waited for
 * @call_sites: [atomic] those that were reported; from 0 to an address, once
 * @foreign: [atomic] misuses that belong to no heap
 * @panic: [racy] stop the machine at the next one; a parameter
 */
struct report_state {
	raw_spinlock_t	lock;
	char		last[REPORT_TEXT_LEN];
	struct report_late late[REPORT_LATE];
	unsigned int	nr_late;
	struct work_struct work;
	unsigned long	call_sites[REPORT_CALL_SITES];
	atomic_long_t	foreign;
	bool		panic;
};

/*
 * === a CPU's cache ===
 */

/**
 * struct recycle_slot - a freed object on a recycle stack
 * @object: [gate] its address, so that taking it needs no look-up; NULL in the
 *	slot below the oldest one
 * @state: [gate] its state byte; that of a tiny slot is not a state and only
 *	says which slot it is
 */
struct recycle_slot {
	void	*object;
	u8	*state;
};

/**
 * struct recycle_stack - the memory of a stack
 * @node: [llist] of a stack that no class has: offered to one, or to be freed
 * @room: [const] objects that there is room for
 * @spc: [const] of an offered one, for which class
 * @nr: [central] objects on one in the transfer cache
 * @missed: [gate] how often what it had lost was missed soon after, as far as it counts
 * @slot: [gate] the first has no object, and stands below the oldest one; then
 *	@room for objects; the last is looked at by a flush, and not used
 */
struct recycle_stack {
	struct llist_node	node;
	u16			room;
	u8			spc;
	u8			missed;
	u16			nr;
	struct recycle_slot	slot[];
};

/* The gate of a mcache_class that is shut; else it is the node of the CPU */
#define GATE_SHUT	-1

/**
 * struct mcache_class - what one CPU has cached of one span class
 * @top: [gate] above the newest object of the recycle stack
 * @end: [gate] where @top is when the stack is full; the same for no stack
 * @span: [gate] what the CPU allocates from, &emptymspan for none; spares and
 *	used up ones are chained to it
 * @gate: [this CPU] GATE_SHUT while code of it is in the class, else @nid
 * @nid: [const] the node whose objects are recycled; set before the CPU comes
 *	online
 * @cap: [gate] how many objects may be on the stack now; its room is larger
 * @grow: [gate] spans to ask the mheap for the next time
 * @overflows: [gate] of the stack, since an allocation last found nothing on it
 *	nor in the window, as far as it counts; RECYCLE_MISSED: that was after some
 *
 * One of scan and one of noscan objects share a cache line.
 */
struct mcache_class {
	struct recycle_slot	*top;
	struct recycle_slot	*end;
	struct mspan		*span;
	int			gate;
	s16			nid;
	u8			cap;
	u8			grow:5;
	u8			overflows:3;
};

/**
 * struct mcache_slot - where a CPU finds its cache of a heap
 * @cache: [racy] set once, by cmpxchg; until then &shut_mcache, whose gates are shut
 * @wanted: [racy] the CPU wants one, and could not make it
 */
struct mcache_slot {
	struct mcache	*cache;
	bool		wanted;
};

/**
 * struct mcache - what one CPU has cached of one heap
 * @class: by span class
 * @tiny: [gate] tiny block being filled, with the offset of its free end in the
 *	low four bits; TINY_NONE for none. The gate is that of the tiny span class
 * @tiny_masks: [gate] the masks of its span; the same gate
 * @tiny_bit: [gate] the first bit there that is of the block; the same gate
 * @heap: [const] the heap; NULL of &shut_mcache
 * @node: [llist] in the heap's list of them
 * @cpu: [const] whose it is
 * @drain_csd: [atomic] by @drain_state: the interrupt that drains it, see drain.c
 * @cached: [atomic] bytes that the CPU may have cached, the sum of @charge
 * @cached_large: [atomic] of these, in classes of large objects
 * @hand: [racy] the class that mcache_evict() took last
 * @drain_state: [atomic] is that on its way, or at work?
 * @drain_all: [atomic] it is to drain classes in use, too
 * @drain_missed: [racy] the last one has left out a class that was shut
 * @wanted: [atomic] classes that want a stack, for &gomalloc_heap.stack_work
 * @wanted_larger: [atomic] those that want a larger one than they have
 * @offered_stacks: [llist] stacks that were made for them, one for a class
 * @offered: [atomic] for which
 * @quarantine: [atomic] objects that were freed, see quarantine.c; xchg only
 * @quarantined: [atomic] how many were put there
 * @charge: [gate] bytes that a class may have cached: its stack when full, and
 *	its spans but those used up; of class 0 what is there
 * @seen: [gate] what the drain found the last time, to tell if a class is idle
 */
struct mcache {
	struct mcache_class	class[NUM_SPAN_CLASSES] ____cacheline_aligned;
	unsigned long		tiny;
	unsigned long		*tiny_masks;
	unsigned int		tiny_bit;
	struct gomalloc_heap	*heap;
	struct llist_node	node;
	int			cpu;
	call_single_data_t	drain_csd;
	atomic_long_t		cached;
	atomic_long_t		cached_large;
	unsigned int		hand;
	int			drain_state;
	int			drain_all;
	bool			drain_missed;
	DECLARE_BITMAP(wanted, NUM_SPAN_CLASSES);
	DECLARE_BITMAP(wanted_larger, NUM_SPAN_CLASSES);
	struct llist_head	offered_stacks;
	DECLARE_BITMAP(offered, NUM_SPAN_CLASSES);
	void			**quarantine;
	atomic_t		quarantined;
	u32			charge[NUM_SPAN_CLASSES];
	u16			seen[NUM_SPAN_CLASSES];
};

/* What is narrower there than what it counts: &mcache_class.nid, &mspan.class_offset */
static_assert(MAX_NUMNODES <= S16_MAX);
static_assert(sizeof(struct mcache) <= U16_MAX);

/*
 * === what all CPUs of a node share ===
 */

/*
 * Lists of partial spans: those with a quarter of their objects live, at most;
 * with up to a half, up to three quarters, more
 */
#define MCENTRAL_FILLS	4

/* Recycle stacks in the transfer cache, full or empty */
#define MCENTRAL_STACKS	2

/**
 * struct mcentral - the spans of one span class and node
 * @lock: raw, irq-safe; taken inside a mcache's gate. Protects of each span that
 *	is PARTIAL or FULL free[], live and state, too
 * @partial: [central] spans with a free object, by how full they are
 * @nr_partial: [central] their number
 * @nr_full: [central] spans without one; they are on no list
 * @full_stacks: [central] recycle stacks on their way from a CPU that frees to
 *	one that allocates: the transfer cache
 * @empty_stacks: [central] those left there in exchange
 * @nr_full_stacks: [central] number of @full_stacks
 * @nr_empty_stacks: [central] number of @empty_stacks
 * @spanclass: [const] the class of its spans
 * @mheap: [const] where they come from
 */
struct mcentral {
	raw_spinlock_t		lock;
	struct list_head	partial[MCENTRAL_FILLS];
	unsigned int		nr_partial;
	unsigned int		nr_full;
	struct recycle_stack	*full_stacks[MCENTRAL_STACKS];
	struct recycle_stack	*empty_stacks[MCENTRAL_STACKS];
	u8			nr_full_stacks;
	u8			nr_empty_stacks;
	u8			spanclass;
	struct mheap		*mheap;
} ____cacheline_aligned_in_smp;

/**
 * struct lost_refs - references to pages that others dropped and had not
 * @puts: how many
 * @spc: span class of the last span, 0 also for pages that no span used
 * @base: address of its first page
 *
 * Of a mheap, those of spans that went: [mheap], until they are reported.
 */
struct lost_refs {
	unsigned int	puts;
	unsigned int	spc;
	unsigned long	base;
};

/**
 * struct mheap - the pages of a heap on one node
 * @lock: raw, irq-safe; taken inside a mcentral's lock
 * @arenas: [mheap] tree of &struct marena by address
 * @empty: [mheap] those of them that no span uses
 * @nr_arenas: [mheap] number of arenas
 * @held_pages: [mheap] pages in them
 * @used_pages: [mheap] pages that spans use
 * @peak_pages: [mheap] the most of them since the scavenger came by
 * @nr_spans: [mheap] spans, large ones included
 * @unused: [mheap] metadata of spans that are no more, by tier; a freer may
 *	still look at it, as at what is in the caches it came from
 * @nr_unused: [mheap] how many
 * @counted_pages: [mheap] of those not used, how many the kernel was told of
 * @grows: [mheap] arenas ever taken
 * @lost: [mheap] to be reported
 * @heap: [const] the heap
 * @nid: [const] the node
 * @central: [atomic] by span class, the spans with a free object; from
 *	&emptymcentral to one that is made with the first span, once
 */
struct mheap {
	raw_spinlock_t		lock;
	struct rb_root		arenas;
	struct list_head	empty;
	unsigned int		nr_arenas;
	unsigned long		held_pages;
	unsigned long		used_pages;
	unsigned long		peak_pages;
	unsigned long		nr_spans;
	struct llist_head	unused[MSPAN_TIERS];
	unsigned long		nr_unused;
	long			counted_pages;
	unsigned long		grows;
	struct lost_refs	lost;

	struct gomalloc_heap	*heap;
	int			nid;
	struct mcentral		*central[NUM_SPAN_CLASSES];
};

/*
 * === a mapped object ===
 */

/**
 * struct mvmap - a mapped object
 * @heap: [const] whose limit it counts against
 * @addr: [const] where it is mapped
 * @nr_pages: [const] pages of it
 * @pages: [const] the pages
 * @pending: [its xa_lock] gofree_rcu() is to free it
 * @freed: in the list of those to be unmapped
 */
struct mvmap {
	struct gomalloc_heap	*heap;
	void			*addr;
	unsigned long		nr_pages;
	struct page		**pages;
	bool			pending;
	struct llist_node	freed;
};

/*
 * === a heap ===
 */

/**
 * struct gomalloc_sys - what all heaps of the module share
 * @tier: [const] which of @mspan_cache a span class needs
 * @mspan_cache: [const] memory of a struct mspan, by the bytes behind it.
 *	Type-stable: a freer may look at a span that was released meanwhile
 * @meta_cache: [const] memory of other structs, by &enum meta_kind
 * @cpuhp_state: [const] calls heaps_cpu_dead() for each heap
 * @scavenge_ms: [racy] between two looks of a scavenger, 0 for none; a parameter
 * @cache_kb: [racy] KiB that a CPU may cache, for new heaps; a parameter
 * @heaps: [its xa_lock] all heaps by id, oldest first
 * @nr_heaps: [atomic] their number
 * @last_heap_id: [xa_lock of heaps] where the search for the next id begins
 * @module_nb: [const] called when a module goes
 * @own_nb: [const] called when one comes, too, see modheap.c
 * @shrinker: [const] see shrink.c
 * @oom_nb: [const] called before the machine kills a process
 * @holders_lock: of @holders
 * @holders: [holders_lock] heaps that hold pages, those who were looked at last at
 *	the end
 * @nr_holders: [holders_lock] their number
 * @accounted: [its locks] those of them that a memory cgroup pays for, by it
 * @wq: [const] frees heaps, after a grace period, scavenges them and makes stacks
 * @vmaps: [its xa_lock] objects of gokvmalloc() that are mapped, by page number
 * @vmaps_freed: [atomic] those that are freed and still to be unmapped
 * @vmap_mutex: for who unmaps them
 * @vmap_work: unmaps them
 * @rcu_listed: [llist] objects that wait for RCU and have room for a pointer alone, see api_rcu.c
 * @rcu_work: waits for it, and frees them
 * @report: what was reported, see report.c
 * @guard: [racy] the pool of guarded objects; from NULL to one, once
 * @track: [racy] the table of tracked objects; from NULL to one, once
 * @sample: [its mutex] what is sampled, see sample.c
 * @fail: [const] requests that are to fail, see fail.c
 * @debugfs: [const] our folder there, see debugfs_heap.c; or NULL
 * @sysfs: [const] and there, see sysfs.c
 * @node_held: [atomic] pages of arenas of all heaps, by node
 */
struct gomalloc_sys {
	u8			tier[NUM_SPAN_CLASSES];
	struct kmem_cache	*mspan_cache[MSPAN_TIERS];
	struct kmem_cache	*meta_cache[NR_META_KINDS];
	enum cpuhp_state	cpuhp_state;
	unsigned int		scavenge_ms;
	unsigned int		cache_kb;
	struct xarray		heaps;
	atomic_t		nr_heaps;
	u32			last_heap_id;
	struct notifier_block	module_nb;
	struct notifier_block	own_nb;
	struct shrinker		*shrinker;
	struct notifier_block	oom_nb;
	spinlock_t		holders_lock;	/* see above */
	struct list_head	holders;
	unsigned int		nr_holders;
	struct list_lru		accounted;
	struct workqueue_struct	*wq;
	struct xarray		vmaps;
	struct llist_head	vmaps_freed;
	struct mutex		vmap_mutex;	/* see above */
	struct work_struct	vmap_work;
	struct llist_head	rcu_listed;
	struct work_struct	rcu_work;
	struct report_state	report;
	struct guard		*guard;
	struct track		*track;
	struct sample_state	sample;
	struct fail_state	*fail;
	struct debugfs_state	*debugfs;
	struct sysfs_state	*sysfs;
	atomic_long_t		node_held[MAX_NUMNODES];
};

/**
 * struct heap_group - heaps that have a limit together
 * @held_pages: [atomic] pages they hold
 * @limit_mb: [racy] MiB they may hold, 0 for no limit
 */
struct heap_group {
	atomic_long_t		held_pages;
	const unsigned int	*limit_mb;
};

/**
 * enum heap_owner_state - where the owner of a heap is
 * @HEAP_OURS: the heap is one of the module's own
 * @HEAP_OWNED: it is there; the heap has a reference to our module
 * @HEAP_ORPHAN: it is gone; the reference is as it was
 */
enum heap_owner_state {
	HEAP_OURS,
	HEAP_OWNED,
	HEAP_ORPHAN,
};

/* No module has a longer name, with its terminating zero */
#define HEAP_OWNER_LEN	64

/**
 * struct gomalloc_heap - a heap
 * @mcaches: [const] where each CPU finds its cache
 * @made_mcaches: [llist] the caches; only pushed to until the heap goes
 * @flags: [const] GOMALLOC_HEAP_*, HEAP_QUARANTINE, HEAP_REDZONE; [racy] HEAP_SAMPLED
 * @debug: [sample.mutex] of HEAP_DEBUGGED, what is asked for
 * @name: [const] for reports
 * @quarantine: [const] frees that a small object waits for
 * @key: [const] of what mspan_take_random() draws
 * @sys: [const] what all heaps share
 * @group: [const] heaps that it has a limit with; or NULL
 * @behind: [const] of a stand-in, whose gates are shut: the heap that it stands
 *	for while the requests of gomalloc() are sampled; else NULL
 * @id: [const] names it among all heaps
 * @pins: [atomic] those who look at it and do not use it, see heaplist.c
 * @leaving: [racy] it is off the list: who looks at it for long is to make an end
 * @owner: [xa_lock of sys->heaps] the module that made it, to be compared; NULL for
 *	others
 * @owner_state: [xa_lock of sys->heaps, racy] where that is
 * @owner_name: [const] its name, also when it is gone
 * @counters: [percpu] events, see ledger.c
 * @cache_bytes: [const] that a CPU may have cached
 * @limit_pages: [limit_mutex, racy] pages the heap may hold, 0 for no limit
 * @soft_pages: [limit_mutex, racy] pages above which it releases what it can
 * @limit_mutex: for those who change the limits
 * @held_pages: [atomic] pages the heap holds, and those it is about to ask for
 * @vmap_pages: [atomic] those of mapped objects, which may have been freed
 * @peak_pages: [atomic] the most of them ever
 * @shrunk_pages: [atomic] pages that page reclaim has taken
 * @guarded: [atomic] its objects that are guarded, see guard.c
 * @misuses: [atomic] frees that were refused, by &enum gomalloc_misuse
 * @late_double_frees: [atomic] found after the fact, not yet reported
 * @rcu_frees: [atomic] gofree_rcu() calls that are still to come
 * @cpuhp_node: [CPU hotplug core] in its list of heaps
 * @scavenge_work: releases what the heap does not use, see scavenge.c
 * @stack_work: makes caches and stacks that could not be, see mcache.c
 * @wants_mcache: [racy] one of a CPU, among them
 * @retired_stacks: [llist] stacks that drains have left, to be freed
 * @dying: [racy] no more is to be done in the background
 * @asked_at: [racy] when the caches were last drained because the machine was short
 *	of memory, in jiffies
 * @hold_work: enters the heap where page reclaim finds it, or takes it off
 * @is_holder: [racy] it is there, or will be
 * @in_holders: [holders_lock] in the list of heaps that hold pages
 * @in_accounted: [lock of that list] in that of its memory cgroup
 * @reclaim_sem: held for reading by page reclaim, for writing to keep it out
 * @free_work: frees the heap's own memory
 * @nr_nodes: [const] length of @node
 * @node: [const] a mheap for each possible node
 */
struct gomalloc_heap {
	struct mcache_slot __percpu *mcaches;
	struct llist_head	made_mcaches;
	unsigned int		flags;
	unsigned int		debug;
	char			name[GOMALLOC_HEAP_NAME_LEN];
	unsigned int		quarantine;
	hsiphash_key_t		key;
	struct gomalloc_sys	*sys;
	struct heap_group	*group;
	struct gomalloc_heap	*behind;
	u32			id;
	atomic_t		pins;
	bool			leaving;
	struct module	*owner;
	enum heap_owner_state	owner_state;
	char			owner_name[HEAP_OWNER_LEN];

	struct ledger_counters __percpu *counters;
	size_t			cache_bytes;
	unsigned long		limit_pages;
	unsigned long		soft_pages;
	struct mutex		limit_mutex;	/* see above */
	atomic_long_t		held_pages;
	atomic_long_t		vmap_pages;
	atomic_long_t		peak_pages;
	atomic_long_t		shrunk_pages;
	atomic_long_t		guarded;
	atomic_long_t		misuses[NR_GOMALLOC_MISUSES];
	atomic_t		late_double_frees;
	atomic_t		rcu_frees;

	struct hlist_node	cpuhp_node;
	struct delayed_work	scavenge_work;
	struct work_struct	stack_work;
	bool			wants_mcache;
	struct llist_head	retired_stacks;
	bool			dying;
	unsigned long		asked_at;
	struct work_struct	hold_work;
	bool			is_holder;
	struct list_head	in_holders;
	struct list_head	in_accounted;
	struct rw_semaphore	reclaim_sem;
	struct rcu_work		free_work;
	unsigned int		nr_nodes;
	struct mheap		*node[];
};

#endif /* _GOMALLOC_HEAP_H */
