/* SPDX-License-Identifier: GPL-2.0 */
/* heap_flags - of &gomalloc_heap.flags, those that are not for callers */
#ifndef _GOMALLOC_HEAP_FLAGS_H
#define _GOMALLOC_HEAP_FLAGS_H

#include <linux/bits.h>
#include <linux/gomalloc.h>

/* It has a quarantine */
#define HEAP_QUARANTINE	BIT(31)

/* Behind each object are bytes that are nobody's, for KASAN */
#define HEAP_REDZONE	BIT(30)

/* Some of its objects are guarded, or tracked; see sample.c. [racy] */
#define HEAP_GUARDED	BIT(29)
#define HEAP_TRACKED	BIT(28)

/* What slub_debug's F, Z, P and U are for, see redzone.c; U tracks all. [racy] */
#define HEAP_DEBUG_CHECK	BIT(27)
#define HEAP_DEBUG_ZONE		BIT(26)
#define HEAP_DEBUG_POISON	BIT(25)
#define HEAP_DEBUG_USER		BIT(24)
/* Of these, what holds for a span from when it is made, as a byte of that has it */
#define HEAP_DEBUG_SPANS	(HEAP_DEBUG_CHECK | HEAP_DEBUG_POISON)
#define HEAP_DEBUG_SHIFT	24
/* And what is about slots */
#define HEAP_DEBUG_SLOTS	(HEAP_DEBUG_SPANS | HEAP_DEBUG_ZONE)
#define HEAP_DEBUGGED		(HEAP_DEBUG_SLOTS | HEAP_DEBUG_USER)

#define HEAP_SAMPLED	(HEAP_GUARDED | HEAP_TRACKED | HEAP_DEBUGGED)

/* Objects do not share a slot, and requests do not take the shortest way */
#define HEAP_HARDENED	(GOMALLOC_HEAP_RANDOM | GOMALLOC_HEAP_ZERO_FREE | \
			 HEAP_QUARANTINE)

/* Of requests, what takes them off the shortest way */
#define HEAP_LOOKED_AT	(HEAP_HARDENED | HEAP_SAMPLED)

/* Frees do not take the shortest way either */
#define HEAP_HARDENS_FREES	(GOMALLOC_HEAP_ZERO_FREE | HEAP_QUARANTINE)

#endif /* _GOMALLOC_HEAP_FLAGS_H */
