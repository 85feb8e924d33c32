// SPDX-License-Identifier: GPL-2.0
/*
 * tag - which line of a caller has an object, for /proc/allocinfo
 *
 * What: tells memory allocation profiling of each object that comes and goes, by the
 *	tag that alloc_hooks() has left in the task, as slab does it.
 * Locks: none. The place of a tag belongs to who holds the slot, and so is handed on
 *	with it.
 * Owns: beside a span, from the first of its objects that is tagged until the span is
 *	released, a place for the tag of each.
 * Invariant: what a tag counts are the objects whose places have it. Where profiling is
 *	off a free looks at none: such an object counts until its slot is tagged again,
 *	or its span is released.
 *
 * Objects in tiny blocks have no slot to themselves, and are not tagged; while profiling
 * is on nothing is packed. Mapped objects are counted by the pages they are made of.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "context.h"
#include "mspan.h"
#include "pagemap.h"
#include "tag.h"

/* Other kernels have not even the types */
#ifdef CONFIG_MEM_ALLOC_PROFILING
/**
 * struct span_tags - the tags of the objects of a span
 * @rcu: to be freed, in any context
 * @ref: by slot, of who holds that
 */
struct span_tags {
	struct rcu_head		rcu;
	union codetag_ref	ref[];
};

/* Have @ct in the place of the tag that was there, whose object is no more */
static void set_tag(const struct mspan *span, struct span_tags *tags,
		    unsigned int index, struct codetag *ct)
{
	union codetag_ref old = tags->ref[index];

	tags->ref[index].ct = ct;
	if (old.ct)
		alloc_tag_sub(&old, span->elemsize);
}

/* The caller has an object of @span. Return: its tags, or NULL: there is no memory. */
static noinline struct span_tags *make_tags(struct mspan *span, gfp_t gfp)
{
	struct span_tags *tags, *other;

	if (!context_may_alloc())
		return NULL;
	tags = kzalloc_node(struct_size(tags, ref, span->nelems),
			    (gfp & GFP_KERNEL) | __GFP_NOWARN,
			    span->nid);
	if (!tags)
		return NULL;
	/* Pairs with the acquire of __tag_alloc() and __tag_free() */
	other = cmpxchg(&span->tags, NULL, tags);
	if (!other)
		return tags;
	kfree(tags);
	return other;
}

/* The rest of tag_alloc() */
void __tag_alloc(const void *p, gfp_t gfp)
{
	struct alloc_tag *tag = current->alloc_tag;
	union codetag_ref ref = {};
	struct span_tags *tags;
	struct mspan *span;

	if (!tag || ZERO_OR_NULL_PTR(p) || is_vmalloc_addr(p))
		return;
	span = span_of(p);
	if (mspan_is_tiny(span))
		return;
	/* Pairs with the cmpxchg of make_tags() */
	tags = smp_load_acquire(&span->tags) ?: make_tags(span, gfp);
	if (!tags)
		return compat_profiling_missed(tag);
	alloc_tag_add(&ref, tag, span->elemsize);
	set_tag(span, tags, mspan_index(span, p), ref.ct);
}

/* The rest of tag_free() */
void __tag_free(struct mspan *span, unsigned int index)
{
	/* Pairs with the cmpxchg of make_tags() */
	struct span_tags *tags = smp_load_acquire(&span->tags);

	if (tags)
		set_tag(span, tags, index, NULL);
}

static void lose_tags(struct mspan *span)
{
	struct span_tags *tags = span->tags;
	unsigned int i;

	span->tags = NULL;
	for (i = 0; i < span->nelems; i++)
		set_tag(span, tags, i, NULL);
	/* Nobody looks at it any more, but the slab allocator cannot be called everywhere */
	kfree_rcu(tags, rcu);
}

/* A list of spans without objects are about to be released */
void tag_lose_spans(const struct llist_head *spans)
{
	struct mspan *span;

	llist_for_each_entry(span, spans->first, chain) {
		if (unlikely(span->tags))
			lose_tags(span);
	}
}
#endif
