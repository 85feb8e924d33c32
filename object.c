// SPDX-License-Identifier: GPL-2.0
/*
 * object - what an address is
 *
 * What: finds the live object that starts at an address, or says why there is
 *	none; and how large it is.
 * Locks: none. A live object that the caller holds stays what it is; for any
 *	other address the answer is a snapshot, and harmless.
 */
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "compat.h"
#include "mspan.h"
#include "mtiny.h"
#include "object.h"
#include "pagemap.h"
#include "redzone.h"
#include "track.h"

static enum gomalloc_misuse tiny_kind(const struct object *o)
{
	unsigned int mask = READ_ONCE(*mspan_tiny_mask(o->span, o->index)) &
			    TINY_STARTS;

	if (mask & BIT(o->off))
		return GOMALLOC_OK;
	return mask || o->off ? GOMALLOC_TINY : GOMALLOC_DOUBLE_FREE;
}

static enum gomalloc_misuse state_kind(const struct object *o)
{
	enum object_state state = mspan_read_state(o->span, o->index);

	if (likely(state == OBJECT_ALLOCATED))
		return GOMALLOC_OK;
	switch (state) {
	case OBJECT_TRACKED:
	case OBJECT_ZONED:
		return GOMALLOC_OK;
	case OBJECT_FRESH:
		return GOMALLOC_NEVER_ALLOCATED;
	case OBJECT_PENDING:
	case OBJECT_PENDING_ZONED:
		return GOMALLOC_PENDING;
	default:
		return GOMALLOC_DOUBLE_FREE;
	}
}

/*
 * Fill @o. The caller has preemption off.
 * Return: GOMALLOC_OK if a live object starts at @p, else what @p is.
 */
enum gomalloc_misuse object_find(const void *p, struct object *o)
{
	struct mspan *span = pagemap_lookup(p);

	o->span = NULL;
	if (span == &pagemap_foreign_page)
		return GOMALLOC_FOREIGN;
	if (span == &pagemap_free_page ||
	    READ_ONCE(span->state) == MSPAN_FREE)
		return GOMALLOC_FREE_PAGE;
	o->span = span;
	o->index = mspan_index(span, p);
	if (o->index >= span->nelems)
		return GOMALLOC_BEYOND;
	o->off = kasan_reset_tag(p) - mspan_object(span, o->index);
	if (mspan_is_tiny(span))
		return tiny_kind(o);
	return o->off ? GOMALLOC_INTERIOR : state_kind(o);
}

/* The mark moves to where no object begins that leaves room for another */
static bool set_tiny_pending(const struct object *o)
{
	u16 *mask = mspan_tiny_mask(o->span, o->index);
	u16 old = READ_ONCE(*mask);

	do {
		if ((old & TINY_STARTS) != 1)
			return false;
	} while (!compat_try_cmpxchg_u16(mask, &old, (old & TINY_FILLING) |
					 BIT(TINY_LAST_START)));
	return true;
}

/*
 * Change the state of an object from @from to what it is for who frees it. Return: false:
 * it was another. Unordered: of two only one is to get it.
 */
static bool change_state(struct mspan *span, unsigned int index, u8 from, u8 to)
{
	return compat_cmpxchg_u8(&span->objstate[index], from, to) == from;
}

/* The same of one that track.c may know */
static bool end_noted(struct mspan *span, unsigned int index, u8 from, u8 to)
{
	if (!change_state(span, index, from, to))
		return false;
	track_free(span->heap->sys, mspan_object(span, index));
	return true;
}

/*
 * The object in a slot is live and tracked, or has a red zone, or its span is checked; or
 * it was so just now. Return: as object_claim_large().
 */
noinline bool object_claim_noted(struct mspan *span, unsigned int index)
{
	return end_noted(span, index, OBJECT_TRACKED, OBJECT_FREED) ||
	       end_noted(span, index, OBJECT_ZONED, OBJECT_FREED) ||
	       change_state(span, index, OBJECT_ALLOCATED, OBJECT_FREED);
}

/* The caller has just allocated it, of more than TRACK_LEAST bytes */
void object_mark_tracked(const void *p)
{
	struct mspan *span = pagemap_entry(p);

	/* track.c is asked for one that has a red zone anyway */
	change_state(span, mspan_index(span, p), OBJECT_ALLOCATED, OBJECT_TRACKED);
}

/*
 * From now on only a callback may free it. A tiny object has its slot to itself: it
 * holds a &struct rcu_head. Return: false: it is not live, or that was done before.
 */
bool object_set_pending(const struct object *o)
{
	if (mspan_is_tiny(o->span))
		return set_tiny_pending(o);
	/* A bit has no room for it, and the object none for a &struct rcu_head */
	if (mspan_has_state_bits(o->span))
		return false;
	return change_state(o->span, o->index, OBJECT_ALLOCATED, OBJECT_PENDING) ||
	       end_noted(o->span, o->index, OBJECT_TRACKED, OBJECT_PENDING) ||
	       end_noted(o->span, o->index, OBJECT_ZONED, OBJECT_PENDING_ZONED);
}

/*
 * Take the mark of an object that is pending, which its callback alone does. The
 * caller has preemption off. Return: is its slot free with that?
 */
bool object_clear_pending(const struct object *o)
{
	u16 *mask;

	if (mspan_is_tiny(o->span))
		return !mspan_drop_tiny(o->span, mspan_object(o->span, o->index) +
					TINY_LAST_START, &mask);
	WRITE_ONCE(o->span->objstate[o->index], OBJECT_FREED);
	return true;
}

/* Usable bytes of a live object in a slot to itself */
static size_t slot_size(const struct object *o)
{
	if (unlikely(object_has_zone(o)))
		return redzone_size(o->span, mspan_object(o->span, o->index));
	return o->span->elemsize;
}

/* Usable bytes of a live object */
size_t object_size(const struct object *o)
{
	if (mspan_is_tiny(o->span))
		return mtiny_usable(o->span, o->index, o->off);
	return slot_size(o);
}

/* From @off in a block to the end of the tiny object that it lies in */
static size_t tiny_room(const struct object *o, unsigned int off)
{
	unsigned int starts = READ_ONCE(*mspan_tiny_mask(o->span, o->index)) &
			      TINY_STARTS & (BIT(off + 1) - 1);
	unsigned int start;

	if (!starts)
		return 0;
	start = __fls(starts);
	return start + mtiny_usable(o->span, o->index, start) - off;
}

/*
 * Bytes from @p, which may be within an object, to the end of that; 0 if it is not
 * live. @o is what object_find() found for @p, a slot of a span.
 */
size_t object_room(const struct object *o, const void *p)
{
	unsigned int off = kasan_reset_tag(p) - mspan_object(o->span, o->index);
	enum gomalloc_misuse kind;

	if (mspan_is_tiny(o->span))
		return tiny_room(o, off);
	kind = state_kind(o);
	if (kind && kind != GOMALLOC_PENDING)
		return 0;
	return max_t(size_t, slot_size(o), off) - off;
}

/* In words, for a report */
const char *object_state_text(const struct object *o)
{
	static const char *const text[] = {
		[OBJECT_FRESH] = "not allocated yet",
		[OBJECT_ALLOCATED] = "live",
		[OBJECT_FREED] = "freed",
		[OBJECT_PENDING] = "for gofree_rcu() to free",
		[OBJECT_TRACKED] = "live",
		[OBJECT_ZONED] = "live",
		[OBJECT_PENDING_ZONED] = "for gofree_rcu() to free",
	};

	if (o->index >= o->span->nelems)
		return "none";
	if (mspan_is_tiny(o->span))
		return READ_ONCE(*mspan_tiny_mask(o->span, o->index)) &
		       TINY_STARTS ? "a block of live ones" : "free";
	return text[mspan_read_state(o->span, o->index) % ARRAY_SIZE(text)] ?: "";
}
