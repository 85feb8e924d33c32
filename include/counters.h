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

enum mcache_counter {
	/* a CPU allocates */
	MCACHE_REFILLS,	/* next span, of whatever kind */
	MCACHE_CACHE_PARTIAL,	/* it was partial */
	MCACHE_CACHE_NEW,	/* it was made */
	MCACHE_CACHE_LATE,	/* made, and no more wanted */
	MCACHE_NEXT_SPARE,	/* it was at hand */
	MCACHE_SWEEPS,	/* objects found in remote[] */
	MCACHE_BUSY_ALLOC,	/* an interrupt met a shut gate */
	MCACHE_TINY_BLOCK,	/* a block to be filled */
	MCACHE_LARGE_KEPT,	/* a large object at hand */
	MCACHE_ALONE,	/* no span: small, but in pages of its own */

	/* a CPU frees */
	MCACHE_BUSY_FREE,	/* an interrupt met a shut gate */
	MCACHE_REMOTE_FREES,	/* into a span of others */
	MCACHE_FLUSHES,	/* objects that left a stack */
	MCACHE_STACK_NEW,
	MCACHE_STACK_FREED,
	MCACHE_STACK_GROW,
	MCACHE_STACK_PARK,	/* a full one, for others */
	MCACHE_STACK_UNPARK,	/* and taken by one */
	MCACHE_LARGE_EVICT,	/* no more at hand */
	MCACHE_ROB,	/* a class that holds too much */
	MCACHE_DRAIN,	/* a class that is idle */
	MCACHE_CPU_DEAD,	/* all of a CPU that went away */

	/* spans, by where they were and where they went */
	MCACHE_UNCACHE_PARTIAL,
	MCACHE_UNCACHE_FULL,
	MCACHE_UNCACHE_EMPTY,
	MCACHE_ALLOC_FULL,	/* partial to full */
	MCACHE_REMOTE_PARTIAL,	/* full to partial */
	MCACHE_REMOTE_EMPTY,	/* any to empty */
	MCACHE_REMOTE_NOTHING,	/* it stays what it is */
	MCACHE_REMOTE_LATE,	/* owned or gone by then */
	MCACHE_FLUSH_PARTIAL,	/* full to partial */
	MCACHE_FLUSH_EMPTY,	/* any to empty */
	MCACHE_FLUSH_OWNED,	/* the owner has to sweep it */
	MCACHE_PLACE_AGAIN,	/* freed into meanwhile */

	/* structs and pages */
	MCACHE_STRUCT_NEW,
	MCACHE_STRUCT_REUSED,
	MCACHE_STRUCT_FREED,
	MCACHE_GROW_64K,
	MCACHE_GROW_128K,
	MCACHE_GROW_256K,
	MCACHE_GROW_512K,
	MCACHE_GROW_1M,
	MCACHE_GROW_2M,
	MCACHE_GROW_4M,
	MCACHE_GROW_SMALLER,	/* than suits the heap */
	MCACHE_GROW_ELSEWHERE,	/* on another node */
	MCACHE_GROW_FAILED,
	MCACHE_MAKE_ROOM,	/* at a limit */
	MCACHE_RELEASE_ARENA,
	MCACHE_RELEASE_RUN,	/* of an arena in use */
	MCACHE_SHRINK,	/* page reclaim asks */
	MCACHE_SCAVENGE,
	MCACHE_LOCKS,	/* of a mcentral or a mheap */
	NR_MCACHE_COUNTERS
};

#endif /* _GOMALLOC_COUNTERS_H */
