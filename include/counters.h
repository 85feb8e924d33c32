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

/* X(EVENT, "its name") */
#define LEDGER_EVENTS(X) \
	/* a CPU allocates */ \
	X(REFILLS, "refill") /* next span, of whatever kind */ \
	X(CACHE_PARTIAL, "cache_partial") /* it was partial */ \
	X(CACHE_NEW, "cache_new") /* it was made */ \
	X(CACHE_LATE, "cache_late") /* made, and no more wanted */ \
	X(NEXT_SPARE, "next_spare") /* it was cached */ \
	X(SWEEPS, "sweep") /* objects found in remote[] */ \
	X(BUSY_ALLOC, "busy_alloc") /* an interrupt met a shut gate */ \
	X(TINY_BLOCK, "tiny_block") /* a block to be filled */ \
	X(LARGE_CACHED, "large_cached") /* a large object was cached */ \
	X(PAGE_FALLBACK, "page_fallback") /* no span: a small object in whole pages */ \
	/* a CPU frees */ \
	X(BUSY_FREE, "busy_free") /* an interrupt met a shut gate */ \
	X(REMOTE_FREES, "remote_free") /* cross-CPU: into a span of others */ \
	X(FLUSHES, "flush") /* objects that left a stack */ \
	X(STACK_NEW, "stack_new") \
	X(STACK_FREED, "stack_freed") \
	X(STACK_GROW, "stack_grow") \
	X(TRANSFER_OUT, "transfer_out") /* a full one, to the transfer cache */ \
	X(TRANSFER_IN, "transfer_in") /* and from there */ \
	X(LARGE_EVICT, "large_evict") /* a large object is no longer cached */ \
	X(EVICT, "evict") /* a class that holds too much */ \
	X(DRAIN, "drain") /* a class that is idle */ \
	X(DRAIN_ASK, "drain_ask") /* an interrupt, for another CPU to drain */ \
	X(CPU_DEAD, "cpu_dead") /* all of a CPU that went away */ \
	/* spans, by where they were and where they went */ \
	X(UNCACHE_PARTIAL, "uncache_partial") \
	X(UNCACHE_FULL, "uncache_full") \
	X(UNCACHE_EMPTY, "uncache_empty") \
	X(ALLOC_FULL, "alloc_full") /* partial to full */ \
	X(REMOTE_PARTIAL, "remote_partial") /* full to partial */ \
	X(REMOTE_EMPTY, "remote_empty") /* any to empty */ \
	X(REMOTE_NOTHING, "remote_nothing") /* it stays what it is */ \
	X(REMOTE_LATE, "remote_late") /* owned or gone by then */ \
	X(FLUSH_PARTIAL, "flush_partial") /* full to partial */ \
	X(FLUSH_EMPTY, "flush_empty") /* any to empty */ \
	X(FLUSH_OWNED, "flush_owned") /* the owner has to sweep it */ \
	X(PLACE_AGAIN, "place_again") /* freed into meanwhile */ \
	/* span metadata and pages */ \
	X(METADATA_NEW, "metadata_new") \
	X(METADATA_REUSED, "metadata_reused") \
	X(METADATA_FREED, "metadata_freed") \
	X(GROW_64K, "grow_64k") \
	X(GROW_128K, "grow_128k") \
	X(GROW_256K, "grow_256k") \
	X(GROW_512K, "grow_512k") \
	X(GROW_1M, "grow_1m") \
	X(GROW_2M, "grow_2m") \
	X(GROW_4M, "grow_4m") \
	X(GROW_SMALLER, "grow_smaller") /* than suits the heap */ \
	X(GROW_ELSEWHERE, "grow_elsewhere") /* on another node */ \
	X(GROW_FAILED, "grow_failed") \
	X(MAKE_ROOM, "make_room") /* at a limit */ \
	X(RELEASE_ARENA, "release_arena") \
	X(RELEASE_BLOCK, "release_block") /* it was a whole block */ \
	X(RELEASE_RUN, "release_run") /* of an arena in use */ \
	X(BREAK_BLOCK, "break_block") /* the first page of a whole one goes */ \
	X(GIVE_UP, "give_up") /* a page that others refer to */ \
	X(SHRINK, "shrink") /* page reclaim asks */ \
	X(SCAVENGE, "scavenge") \
	X(LOCKS, "lock") /* of a mcentral or a mheap */

#define LEDGER_EVENT(event, name)	LEDGER_##event,
enum ledger_event {
	LEDGER_EVENTS(LEDGER_EVENT)
	NR_LEDGER_EVENTS
};

#endif /* _GOMALLOC_COUNTERS_H */
