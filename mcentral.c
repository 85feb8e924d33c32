// SPDX-License-Identifier: GPL-2.0
/*
 * mcentral - the spans of one span class and node that no mcache owns
 *
 * What: hands whole spans to mcaches and takes them back; serves single
 *	objects to those that cannot use a mcache; takes the frees into spans
 *	of others, which is the protocol of "Who may touch a span" in
 *	Documentation/design.rst. models/free.pml is a model of it, checked in
 *	all interleavings.
 * Called by mcache.c and malloc.c. Calls mspan.c and mheap.c.
 * Locks: mcentral->lock, raw, irq-safe, inside a mcache's byte and outside the
 *	mheap's lock. Protects the list and the counts; of spans in state
 *	PARTIAL or FULL free[], live and state. Not held across mheap_alloc().
 * Owns: the spans on its list, and the full ones, which it only counts.
 * Invariant: a span that nobody owns is on the list if and only if it has a
 *	free object in free[] or remote[] and its freers have returned.
 *	Empty spans are unlinked, and the caller gives them to the mheap when
 *	it holds no lock.
 */
#include <linux/lockdep.h>

#include "compat.h"
#include "heap.h"
#include "mcentral.h"
#include "mheap.h"
#include "mspan.h"

/* Take the lock, and count that */
#define mcentral_lock(central, flags)					\
do {									\
	raw_spin_lock_irqsave(&(central)->lock, flags);			\
	mcache_count((central)->mheap->heap->mcaches, MCACHE_LOCKS, 1);	\
} while (0)

static void unlink_locked(struct mcentral *central, struct mspan *span)
{
	lockdep_assert_held(&central->lock);
	if (span->state == MSPAN_PARTIAL) {
		list_del_init(&span->list);
		central->nr_partial--;
	} else if (span->state == MSPAN_FULL) {
		central->nr_full--;
	}
}

static void link_locked(struct mcentral *central, struct mspan *span,
			enum mspan_state state)
{
	lockdep_assert_held(&central->lock);
	/* At the tail: more of its objects come back while it waits */
	if (state == MSPAN_PARTIAL) {
		list_add_tail(&span->list, &central->partial);
		central->nr_partial++;
	} else {
		central->nr_full++;
	}
}

/*
 * Decide where a span belongs that nobody owns. The barrier pairs with the
 * fetch_or of mcentral_free_remote(): either the freer sees the state written
 * here, and comes for the lock if there is something to do, or its bit is seen
 * here. @span is linked as its state says, or OWNED and on no list; the same
 * holds afterwards, but for an empty one, which goes on @empty.
 */
static void place_locked(struct mcentral *central, struct mspan *span,
			 struct llist_head *empty)
{
	enum mspan_state state;

	lockdep_assert_held(&central->lock);
	unlink_locked(central, span);
	do {
		mspan_sweep(span);
		span->live = span->nelems - mspan_count_free(span);
		if (!span->live) {
			WRITE_ONCE(span->state, MSPAN_FREE);
			__llist_add(&span->chain, empty);
			return;
		}
		state = span->live < span->nelems ? MSPAN_PARTIAL : MSPAN_FULL;
		WRITE_ONCE(span->state, state);
		/* Pairs with the fetch_or of mcentral_free_remote(), as above */
		smp_mb();
	} while (mspan_has_remote(span));
	link_locked(central, span, state);
}

/*
 * Take a span with a free object for a mcache, which gives @old, used up, in
 * return; @old may be NULL or of another mcentral. Return: the span, or NULL.
 */
struct mspan *mcentral_cache_span(struct mcentral *central, struct mspan *old,
				  struct llist_head *empty)
{
	struct mspan *span;
	unsigned long flags;

	if (old && old->central != central) {
		mcentral_uncache_span(old, empty);
		old = NULL;
	}
	mcentral_lock(central, flags);
	if (old)
		place_locked(central, old, empty);
	span = list_first_entry_or_null(&central->partial, struct mspan, list);
	if (span) {
		unlink_locked(central, span);
		/* A freer that still sees PARTIAL finds this under the lock */
		WRITE_ONCE(span->state, MSPAN_OWNED);
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return span;
}
EXPORT_SYMBOL_IF_KUNIT(mcentral_cache_span);

/* Give up a span; an empty one goes on @empty, for mheap_free_spans() */
void mcentral_uncache_span(struct mspan *span, struct llist_head *empty)
{
	struct mcentral *central = span->central;
	unsigned long flags;

	mcentral_lock(central, flags);
	place_locked(central, span, empty);
	raw_spin_unlock_irqrestore(&central->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(mcentral_uncache_span);

/*
 * Return: a new span, owned by the caller, in a chain with up to @nr - 1
 * others if those are to be had for the asking; or NULL.
 */
struct mspan *mcentral_grow(struct mcentral *central, unsigned int nr,
			    gfp_t gfp)
{
	unsigned int spc = central->spanclass;

	return mheap_alloc_chain(central->mheap, spc, class_to_pages(spc >> 1),
				 nr, gfp);
}
EXPORT_SYMBOL_IF_KUNIT(mcentral_grow);

/*
 * Take one object, for those that cannot use a mcache: an interrupt that met a
 * busy one, a request for another node. Return: the object, or NULL.
 */
void *mcentral_alloc(struct mcentral *central)
{
	struct mspan *span;
	unsigned long flags;
	LLIST_HEAD(empty);
	void *p = NULL;
	int index;

	mcentral_lock(central, flags);
	span = list_first_entry_or_null(&central->partial, struct mspan, list);
	if (span) {
		mspan_next_window(span);
		index = mspan_take(span);
		mspan_mark_allocated(span, index);
		p = mspan_object(span, index);
		/* Cannot become empty: it has just lost a free object */
		place_locked(central, span, &empty);
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return p;
}
EXPORT_SYMBOL_IF_KUNIT(mcentral_alloc);

/*
 * All objects of a span are freed at once: nobody else has one to free, so a
 * full span is empty with that. Return: false: an owner allocates from it, or
 * some are freed already.
 */
static bool free_whole_span(struct mspan *span, struct llist_head *empty)
{
	struct mcentral *central = READ_ONCE(span->central);
	unsigned long flags;
	bool full;

	mcentral_lock(central, flags);
	full = span->state == MSPAN_FULL && !atomic_read(&span->nremote);
	if (full) {
		central->nr_full--;
		span->free[0] = GENMASK(span->nelems - 1, 0);
		WRITE_ONCE(span->state, MSPAN_FREE);
		__llist_add(&span->chain, empty);
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return full;
}

/* A span that nobody owned may have got its first or its last free object */
static void reevaluate(struct mcentral *central, struct mspan *span,
		       struct llist_head *empty)
{
	unsigned long flags;

	mcentral_lock(central, flags);
	/* It may have been cached, or released and made anew elsewhere */
	if (READ_ONCE(span->central) == central &&
	    (span->state == MSPAN_PARTIAL || span->state == MSPAN_FULL))
		place_locked(central, span, empty);
	raw_spin_unlock_irqrestore(&central->lock, flags);
}

/*
 * Free the objects @bits of one word of a span that this CPU does not own.
 * The caller has preemption off and has marked them free. Once the bits are
 * set the span may be released at any time: it is only read from then on, and
 * it stays a struct mspan for as long as preemption is off.
 *
 * Return: false if some were free already, which changes nothing for those.
 */
bool mcentral_free_remote(struct mspan *span, unsigned int word,
			  unsigned long bits, struct llist_head *empty)
{
	struct mcentral *central = READ_ONCE(span->central);
	unsigned int nr = hweight_long(bits), n;
	unsigned long twice;
	u8 state;

	if (nr == span->nelems && free_whole_span(span, empty))
		return true;
	n = atomic_add_return(nr, &span->nremote);
	/*
	 * Full barrier; pairs with those of place_locked() and mspan_sweep().
	 * Objects found free leave nremote too large, which costs a look and
	 * is safe; to correct it would be a write to the span.
	 */
	twice = atomic_long_fetch_or(bits, &span->remote[word]) & bits;

	/* OWNED: the owner sweeps it */
	state = READ_ONCE(span->state);
	if (state == MSPAN_FULL ||
	    (state == MSPAN_PARTIAL && n >= READ_ONCE(span->live)))
		reevaluate(central, span, empty);
	return !twice;
}
EXPORT_SYMBOL_IF_KUNIT(mcentral_free_remote);

void mcentral_init(struct mcentral *central, struct mheap *mheap,
		   unsigned int spc)
{
	raw_spin_lock_init(&central->lock);
	INIT_LIST_HEAD(&central->partial);
	central->mheap = mheap;
	central->spanclass = spc;
}
