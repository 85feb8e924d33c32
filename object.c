// SPDX-License-Identifier: GPL-2.0
/*
 * object - what an address is
 *
 * What: finds the live object that starts at an address, or says why there is
 *	none; and how large it is.
 * Locks: none. A live object that the caller holds stays what it is; for any
 *	other address the answer is a snapshot, and harmless.
 */
#include <linux/mm.h>

#include "compat.h"
#include "mspan.h"
#include "mtiny.h"
#include "object.h"
#include "pagemap.h"

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
	switch (READ_ONCE(o->span->objstate[o->index])) {
	case OBJECT_ALLOCATED:
		return GOMALLOC_OK;
	case OBJECT_FRESH:
		return GOMALLOC_NEVER_ALLOCATED;
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
	o->off = p - mspan_object(span, o->index);
	if (mspan_is_tiny(span))
		return tiny_kind(o);
	return o->off ? GOMALLOC_INTERIOR : state_kind(o);
}

/* Usable bytes of a live object */
size_t object_size(const struct object *o)
{
	if (mspan_is_tiny(o->span))
		return mtiny_usable(o->span, o->index, o->off);
	return o->span->elemsize;
}
