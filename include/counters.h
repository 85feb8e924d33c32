/* SPDX-License-Identifier: GPL-2.0 */
/*
 * counters - what a heap counts of what happens in it
 *
 * Each CPU counts for itself, on slow paths only; gomalloc_heap_counter() sums
 * and names them. Between them they tell which ways a test has gone: a torture
 * that has not seen each of them has not tested all there is.
 */
#ifndef _GOMALLOC_COUNTERS_H
#define _GOMALLOC_COUNTERS_H

/* X(enumerator, name) */
#define MCACHE_COUNTERS(X)						\
	/* a CPU allocates */						\
	X(REFILLS, "refill")		/* next span, of whatever kind */ \
	X(CACHE_PARTIAL, "cache_partial") /* it was partial */		\
	X(CACHE_NEW, "cache_new")	/* it was made */		\
	X(CACHE_LATE, "cache_late")	/* made, and no more wanted */	\
	X(NEXT_SPARE, "next_spare")	/* it was at hand */		\
	X(SWEEPS, "sweep")		/* objects found in remote[] */	\
	X(BUSY_ALLOC, "busy_alloc")	/* an interrupt met a shut gate */ \
	X(TINY_BLOCK, "tiny_block")	/* a block to be filled */	\
	X(LARGE_KEPT, "large_kept")	/* a large object at hand */	\
	/* a CPU frees */						\
	X(BUSY_FREE, "busy_free")	/* an interrupt met a shut gate */ \
	X(REMOTE_FREES, "remote_free")	/* into a span of others */	\
	X(FLUSHES, "flush")		/* objects that left a stack */	\
	X(STACK_GROW, "stack_grow")					\
	X(STACK_PARK, "stack_park")	/* a full one, for others */	\
	X(STACK_UNPARK, "stack_unpark")	/* and taken by one */		\
	X(LARGE_EVICT, "large_evict")	/* no more at hand */		\
	X(ROB, "rob")			/* a class that holds too much */ \
	X(DRAIN, "drain")		/* a class that is idle */	\
	X(CPU_DEAD, "cpu_dead")		/* all of a CPU that went away */ \
	/* spans, by where they were and where they went */		\
	X(UNCACHE_PARTIAL, "uncache_partial")				\
	X(UNCACHE_FULL, "uncache_full")					\
	X(UNCACHE_EMPTY, "uncache_empty")				\
	X(ALLOC_FULL, "alloc_full")	/* partial to full */		\
	X(REMOTE_PARTIAL, "remote_partial") /* full to partial */	\
	X(REMOTE_EMPTY, "remote_empty")	/* any to empty */		\
	X(REMOTE_NOTHING, "remote_nothing") /* it stays what it is */	\
	X(REMOTE_LATE, "remote_late")	/* owned or gone by then */	\
	X(FLUSH_PARTIAL, "flush_partial") /* full to partial */		\
	X(FLUSH_EMPTY, "flush_empty")	/* any to empty */		\
	X(FLUSH_OWNED, "flush_owned")	/* the owner has to sweep it */	\
	X(PLACE_AGAIN, "place_again")	/* freed into meanwhile */	\
	/* structs and pages */						\
	X(STRUCT_NEW, "struct_new")					\
	X(STRUCT_REUSED, "struct_reused")				\
	X(STRUCT_FREED, "struct_freed")					\
	X(GROW_64K, "grow_64k")						\
	X(GROW_128K, "grow_128k")					\
	X(GROW_256K, "grow_256k")					\
	X(GROW_512K, "grow_512k")					\
	X(GROW_1M, "grow_1m")						\
	X(GROW_2M, "grow_2m")						\
	X(GROW_4M, "grow_4m")						\
	X(GROW_SMALLER, "grow_smaller")	/* than suits the heap */	\
	X(GROW_ELSEWHERE, "grow_elsewhere") /* on another node */	\
	X(GROW_FAILED, "grow_failed")					\
	X(MAKE_ROOM, "make_room")	/* at a limit */		\
	X(RELEASE_ARENA, "release_arena")				\
	X(RELEASE_RUN, "release_run")	/* of an arena in use */	\
	X(SHRINK, "shrink")		/* page reclaim asks */		\
	X(SCAVENGE, "scavenge")						\
	X(LOCKS, "lock")		/* of a mcentral or a mheap */

#define MCACHE_COUNTER_ENUM(enumerator, name)	MCACHE_##enumerator,

enum mcache_counter {
	MCACHE_COUNTERS(MCACHE_COUNTER_ENUM)
	NR_MCACHE_COUNTERS
};

#endif /* _GOMALLOC_COUNTERS_H */
