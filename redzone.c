// SPDX-License-Identifier: GPL-2.0
/*
 * redzone - red zones and poison
 *
 * What: what slub_debug's letters ask for, in heaps that are to have it: behind an
 *	object a red zone, looked at when it is freed (Z); poison in each free slot,
 *	looked at when it is handed out (P); a look at the bits of the span for each
 *	object that comes or goes (F).
 * Locks: none. A slot is its holder's.
 * Owns: of a slot what is behind its object, if that has a red zone; of a free slot of
 *	a span that is poisoned, all.
 * Invariant: an object with a red zone is OBJECT_ZONED or OBJECT_PENDING_ZONED, and
 *	its slot ends with a &struct foot. Each free slot of a span made with
 *	HEAP_DEBUG_POISON holds poison, or somebody wrote to it.
 *
 * What it writes and looks at is nobody's for KASAN: this file is not instrumented.
 */
#include <linux/align.h>
#include <linux/hash.h>
#include <linux/kasan.h>
#include <linux/minmax.h>
#include <linux/poison.h>
#include <linux/string.h>

#include "compat.h"
#include "hook.h"
#include "mspan.h"
#include "pagemap.h"
#include "redzone.h"
#include "report.h"
#include "track.h"

/**
 * struct foot - the end of a slot whose object has a red zone
 * @size: bytes of the object
 * @check: the same, mixed with its address: who writes over @size writes on
 */
struct foot {
	u32	size;
	u32	check;
};

/* Bytes of a red zone at least, of which those of the foot are a part */
#define ZONE_LEAST	(2 * sizeof(struct foot))

static struct foot *foot_of(const struct mspan *span, const void *p)
{
	return (void *)p + span->elemsize - sizeof(struct foot);
}

static u32 mix(const void *p)
{
	return hash_long((unsigned long)p, 32);
}

/* As a new object of @size is aligned */
static size_t alignment(size_t size)
{
	return max_t(size_t, size & -size, sizeof(struct foot));
}

/*
 * What to take for a small object of @size of a heap that is debugged: with room for
 * its red zone, or at least so much that it has a state byte. More than is small: it
 * goes without.
 */
size_t redzone_room(const struct gomalloc_heap *heap, size_t size)
{
	/* It comes and goes; redzone_begin() looks again */
	if (data_race(heap->flags) & HEAP_DEBUG_ZONE)
		size = ALIGN(size + ZONE_LEAST, alignment(size));
	return max_t(size_t, size, TRACK_LEAST + 1);
}

/* Bytes of an object with a red zone; all that there is room for if they were written over */
size_t redzone_size(const struct mspan *span, const void *p)
{
	const struct foot *foot = foot_of(span, p);
	size_t room = span->elemsize - sizeof(*foot);

	/* It is written once, before the object is handed out, or over by mistake */
	return min_t(size_t, READ_ONCE(foot->check) ^ mix(p), room);
}

/*
 * === an object comes ===
 */

/* Is the slot, which the caller holds, free by the bits of its span? */
static bool is_free_slot(const struct mspan *span, unsigned int index)
{
	unsigned int word = BIT_WORD(index);
	unsigned long bits = READ_ONCE(span->free[word]) |
			     atomic_long_read(&span->remote[word]);

	/* Others change other bits of the words, with no order to this */
	return bits & BIT_MASK(index);
}

/* Return: false, and a report: somebody wrote to the free slot */
static bool check_poison(const struct mspan *span, const void *p)
{
	const void *at = hook_find_other(p, POISON_FREE, span->elemsize);

	if (likely(!at))
		return true;
	report_written(span, p, at - p);
	return false;
}

static void make_zone(struct mspan *span, void *p, size_t size)
{
	struct foot *foot = foot_of(span, p);

	memset(p + size, SLUB_RED_ACTIVE, (void *)foot - p - size);
	foot->size = size;
	WRITE_ONCE(foot->check, size ^ mix(p)); /* redzone_size() may read it */
	WRITE_ONCE(span->objstate[mspan_index(span, p)], OBJECT_ZONED);
}

/* Has the slot room for the object and a red zone? Of large spans it has not. */
static bool has_room(const struct mspan *span, size_t size)
{
	return span->spanclass >> 1 && size + ZONE_LEAST <= span->elemsize;
}

/*
 * The slot at @p becomes an object of @size, for a request of a heap that is debugged.
 * Return: @p.
 */
void *redzone_begin(const struct gomalloc_heap *heap, void *p, size_t size, gfp_t gfp)
{
	struct mspan *span = pagemap_entry(p);
	unsigned int debug = mspan_debug(span);
	/* It comes and goes; a request earlier or later does not matter */
	bool zone = (data_race(heap->flags) & HEAP_DEBUG_ZONE) && has_room(span, size);
	size_t used = zone ? size : span->elemsize;

	if (debug & HEAP_DEBUG_CHECK && is_free_slot(span, mspan_index(span, p)))
		report_misuse(heap->sys, GOMALLOC_CORRUPT, p, span, 0);
	if (debug & HEAP_DEBUG_POISON)
		check_poison(span, p);
	/* As of slab: what is poisoned init_on_alloc leaves so */
	if (gfp & __GFP_ZERO || (!(debug & HEAP_DEBUG_POISON) && want_init_on_alloc(gfp)))
		memset(p, 0, used);
	else if (debug & HEAP_DEBUG_POISON)
		memset(p, POISON_INUSE, used);
	if (zone)
		make_zone(span, p, size);
	return p;
}

/*
 * === an object goes ===
 */

/* Where the red zone of the object at @p was written to; or NULL */
static const void *find_written(const struct mspan *span, const void *p)
{
	const struct foot *foot = foot_of(span, p);
	size_t size = redzone_size(span, p);
	const void *at = hook_find_other(p + size, SLUB_RED_ACTIVE,
					 (void *)foot - p - size);

	if (!at && (foot->size != size || foot->check != (size ^ mix(p))))
		at = foot;
	return at;
}

/* The caller frees an object that is OBJECT_ZONED, or is about to */
void redzone_check(const struct mspan *span, unsigned int index, unsigned long caller)
{
	const void *p = mspan_object(span, index);
	const void *at = find_written(span, p);

	if (unlikely(at))
		report_beside(span, p, redzone_size(span, p), at, caller);
}

/*
 * The slot, of a span that is debugged, is to be free, and is not yet for others.
 * Return: false, and a report: it is free by the bits already, and so not the caller's.
 */
bool redzone_end(struct mspan *span, unsigned int index, unsigned long caller)
{
	unsigned int debug = mspan_debug(span);
	void *p = mspan_object(span, index);

	if (debug & HEAP_DEBUG_CHECK && unlikely(is_free_slot(span, index))) {
		report_misuse(span->heap->sys, GOMALLOC_CORRUPT, p, span, caller);
		return false;
	}
	if (debug & HEAP_DEBUG_POISON)
		memset(p, POISON_FREE, span->elemsize);
	return true;
}

/* Objects are cut from a span of a heap that is debugged */
void redzone_make_span(const struct mspan *span)
{
	if (mspan_debug(span) & HEAP_DEBUG_POISON)
		memset((void *)span->base, POISON_FREE,
		       (size_t)span->nelems * span->elemsize);
}
