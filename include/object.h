/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of object.c: what an address is */
#ifndef _GOMALLOC_OBJECT_H
#define _GOMALLOC_OBJECT_H

#include <linux/types.h>

#include "compat.h"
#include "heap.h"
#include "hook.h"
#include "mspan.h"
#include "track.h"

/**
 * struct object - where an address lies
 * @span: its span, or NULL
 * @index: its slot
 * @off: its offset in the slot, for a tiny object the start of it
 */
struct object {
	struct mspan	*span;
	unsigned int	index;
	unsigned int	off;
};

enum gomalloc_misuse object_find(const void *p, struct object *o);
bool object_set_pending(const struct object *o);
bool object_clear_pending(const struct object *o);
size_t object_size(const struct object *o);
size_t object_room(const struct object *o, const void *p);
const char *object_state_text(const struct object *o);

bool object_claim_noted(struct mspan *span, unsigned int index);
void object_mark_tracked(const void *p);

/* Is there a red zone behind the object, which is live or pending? */
static inline bool object_has_zone(const struct object *o)
{
	u8 state;

	if (mspan_is_tiny(o->span) || mspan_has_state_bits(o->span))
		return false;
	state = READ_ONCE(o->span->objstate[o->index]);
	return unlikely(state >= OBJECT_ZONED);
}

/*
 * Mark a large object freed. Return: false: another has done it, or it never was live;
 * or it is tracked, and so for object_claim_noted().
 */
static inline bool object_claim_large(struct mspan *span)
{
	/* No order with anything else: who gets it, releases it */
	return compat_cmpxchg_u8(&span->objstate[0], OBJECT_ALLOCATED,
				 OBJECT_FREED) == OBJECT_ALLOCATED;
}

static inline enum gomalloc_misuse
object_claim_tiny(const struct object *o, bool *empty)
{
	void *p = mspan_object(o->span, o->index) + o->off;
	u16 *mask;
	int left;

	hook_free_tiny(o->span, p);
	left = mspan_drop_tiny(o->span, p, &mask);
	*empty = !left;
	return left < 0 ? GOMALLOC_TINY : GOMALLOC_OK;
}

/* Of two only one finds it allocated */
static inline bool object_claim_slot(struct mspan *span, unsigned int index)
{
	if (span->state == MSPAN_LARGE)
		return object_claim_large(span) ||
		       object_claim_noted(span, 0);
	if (mspan_has_state_bits(span))
		return test_and_clear_bit(index, mspan_state_word(span, 0));
	if (unlikely(span->debug || span->objstate[index] != OBJECT_ALLOCATED))
		return object_claim_noted(span, index);
	/* Or, for these, the second one shows later */
	span->objstate[index] = OBJECT_FREED;
	return true;
}

/*
 * Mark a found object freed, after which its slot is the caller's. Return: GOMALLOC_OK
 * with *@empty telling whether the slot is free with that, or what is wrong.
 */
static inline enum gomalloc_misuse object_claim(const struct object *o,
						bool *empty)
{
	if (mspan_is_tiny(o->span))
		return object_claim_tiny(o, empty);
	*empty = object_claim_slot(o->span, o->index);
	return *empty ? GOMALLOC_OK : GOMALLOC_DOUBLE_FREE;
}

#endif /* _GOMALLOC_OBJECT_H */
