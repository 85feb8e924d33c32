// SPDX-License-Identifier: GPL-2.0
/*
 * mcentral - the spans of one span class and node that no mcache owns
 *
 * What: hands whole spans to mcaches and takes them back; serves single
 *	objects to those that cannot use a mcache; takes the frees into spans
 *	of others, which is the protocol of "Who may touch a span" in
 *	Documentation/design.rst. models/free.pml is a model of it, checked in
 *	all interleavings; comments below name its steps, and in capitals what
 *	it proves to be needed.
 * Locks: mcentral->lock, raw, irq-safe, inside a mcache's gate and outside the
 *	mheap's lock. Protects the list and the counts; of spans in state
 *	PARTIAL or FULL free[], live and state. Not held across mheap_alloc().
 * Owns: the spans on its list, and the full ones, which it only counts.
 * Invariant: a span without an owner is on the list if and only if it has a
 *	free object in free[] or remote[] and its freers have returned.
 *	Empty spans are unlinked, and the caller gives them to the mheap when
 *	it holds no lock.
 */
#include <linux/lockdep.h>

#include "compat.h"
#include "context.h"
#include "ledger.h"
#include "mcentral.h"
#include "meta.h"
#include "mgrow.h"
#include "mheap.h"
#include "mspan.h"

/* The list for a span with @live objects, of which some but not all are */
static struct list_head *partial_list(struct mcentral *central,
				      const struct mspan *span,
				      unsigned int live)
{
	return &central->partial[(live * MCENTRAL_FILLS - 1) / span->nelems];
}

/*
 * The span to take objects from: of the fullest ones, so that the others lose
 * theirs and go back to the mheap. Or NULL.
 */
static struct mspan *first_partial_locked(struct mcentral *central)
{
	unsigned int fill = MCENTRAL_FILLS;

	lockdep_assert_held(&central->lock);
	if (!central->nr_partial)
		return NULL;
	while (list_empty(&central->partial[fill - 1]))
		fill--;
	return list_first_entry(&central->partial[fill - 1], struct mspan, list);
}

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
		list_add_tail(&span->list, partial_list(central, span,
							span->live));
		central->nr_partial++;
	} else {
		central->nr_full++;
	}
}

/* All objects are free: for mheap_free_spans(), when no lock is held */
static void release_locked(struct mcentral *central, struct mspan *span,
			   struct llist_head *empty)
{
	lockdep_assert_held(&central->lock);
	WRITE_ONCE(span->state, MSPAN_FREE);
	__llist_add(&span->chain, empty);
}

/* A span that had no owner or that its owner gives up is placed; count that */
static void count_move(const struct mspan *span, enum mspan_state from,
		       enum mspan_state to)
{
	static const u8 counter[][MSPAN_FULL + 1] = {
		[MSPAN_OWNED] = {
			[MSPAN_FREE] = LEDGER_UNCACHE_EMPTY,
			[MSPAN_PARTIAL] = LEDGER_UNCACHE_PARTIAL,
			[MSPAN_FULL] = LEDGER_UNCACHE_FULL,
		},
		[MSPAN_PARTIAL] = {
			[MSPAN_FREE] = LEDGER_REMOTE_EMPTY,
			[MSPAN_PARTIAL] = LEDGER_REMOTE_NOTHING,
			[MSPAN_FULL] = LEDGER_ALLOC_FULL,
		},
		[MSPAN_FULL] = {
			[MSPAN_FREE] = LEDGER_REMOTE_EMPTY,
			[MSPAN_PARTIAL] = LEDGER_REMOTE_PARTIAL,
			[MSPAN_FULL] = LEDGER_REMOTE_NOTHING,
		},
	};

	ledger_count(span->heap, counter[from][to], 1);
}

/*
 * Decide where a span without an owner belongs. The barrier pairs with the
 * fetch_or of set_remote(): either the freer sees the state written
 * here, and comes for the lock if there is something to do, or its bit is seen
 * here. @span is linked as its state says, or OWNED and on no list; the same
 * holds afterwards, but for an empty one, which goes on @empty. Model: place().
 */
static void place_locked(struct mcentral *central, struct mspan *span,
			 struct llist_head *empty)
{
	enum mspan_state from = span->state, state;
	unsigned int tries = 0;

	lockdep_assert_held(&central->lock);
	unlink_locked(central, span);
	do {
		if (tries++)
			ledger_count(span->heap, LEDGER_PLACE_AGAIN, 1);
		if (atomic_read(&span->nremote))
			mspan_sweep(span);
		span->live = span->nelems - mspan_count_free(span);
		if (!span->live) {
			count_move(span, from, MSPAN_FREE);
			release_locked(central, span, empty);
			return;
		}
		state = span->live < span->nelems ? MSPAN_PARTIAL : MSPAN_FULL;
		/* Pairs with is_placed_locked(): who sees it sees our central */
		smp_store_release(&span->state, state);
		/* Pairs with the fetch_or of set_remote(), as above. NO_BARRIER. */
		smp_mb();
		/* NO_SECOND_LOOK */
	} while (mspan_has_remote(span));
	count_move(span, from, state);
	link_locked(central, span, state);
}

/*
 * The same for one that a mcache has used up, as it finds it mostly. Return: it is full
 * unless others free into it now, see look_at_used_locked(). Else it is placed.
 */
static bool place_used_locked(struct mcentral *central, struct mspan *span,
			      struct llist_head *empty)
{
	lockdep_assert_held(&central->lock);
	if (span->nelems > BITS_PER_LONG || span->free[0]) {
		place_locked(central, span, empty);
		return false;
	}
	WRITE_ONCE(span->live, span->nelems);
	/* Pairs with is_placed_locked(), as there */
	smp_store_release(&span->state, MSPAN_FULL);
	central->nr_full++;
	count_move(span, MSPAN_OWNED, MSPAN_FULL);
	return true;
}

/*
 * Look what was freed into the spans of a chain until they were known as full.
 * Inline as its caller, for a refill mostly has one.
 */
static __always_inline void look_at_used_locked(struct mcentral *central,
						struct mspan *span,
						struct llist_head *empty)
{
	struct mspan *next;

	lockdep_assert_held(&central->lock);
	/* One for all. Pairs with the fetch_or of set_remote(), as above. */
	smp_mb();
	for (; span; span = next) {
		next = span->used;
		if (likely(!mspan_has_remote(span)))
			continue;
		ledger_count(span->heap, LEDGER_PLACE_AGAIN, 1);
		place_locked(central, span, empty);
	}
}

/* Place those of a chain that are of this mcentral. Return: the others. */
static __always_inline struct mspan *
place_chain_locked(struct mcentral *central, struct mspan *span,
		   struct llist_head *empty)
{
	struct mspan *others = NULL, *full = NULL, *used;

	lockdep_assert_held(&central->lock);
	for (; span; span = used) {
		used = span->used;
		if (unlikely(span->central != central)) {
			span->used = others;
			others = span;
		} else if (place_used_locked(central, span, empty)) {
			/* On no list, whose links would be in its place */
			span->used = full;
			full = span;
		}
	}
	if (full)
		look_at_used_locked(central, full, empty);
	return others;
}

/*
 * Give up a span and those that were used up before it; empty ones go on
 * @empty, for mheap_free_spans().
 */
void mcentral_uncache_span(struct mspan *span, struct llist_head *empty)
{
	struct mcentral *central;
	unsigned long flags;

	while (span) {
		central = span->central;
		mcentral_lock(central, flags);
		span = place_chain_locked(central, span, empty);
		raw_spin_unlock_irqrestore(&central->lock, flags);
	}
}

/* Give up a span with its spares and those used up before it */
void mcentral_uncache_chain(struct mspan *span, struct llist_head *empty)
{
	struct mspan *next;

	for (; span; span = next) {
		next = span->next;
		mcentral_uncache_span(span, empty);
	}
}

/*
 * Take a span with a free object for a mcache, which gives one that is used up
 * in return, and those used up before it; or NULL. Return: the span, with no
 * other chained to it; or NULL.
 */
struct mspan *mcentral_cache_span(struct mcentral *central, struct mspan *old,
				  struct llist_head *empty)
{
	struct mspan *span;
	unsigned long flags;

	mcentral_lock(central, flags);
	old = place_chain_locked(central, old, empty);
	span = first_partial_locked(central);
	if (span) {
		unlink_locked(central, span);
		/* A freer that still sees PARTIAL finds this under the lock */
		WRITE_ONCE(span->state, MSPAN_OWNED);
		span->next = NULL;
		span->used = NULL;
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	mcentral_uncache_span(old, empty);
	return span;
}

static void init_central(struct mcentral *central, struct mheap *h,
			 unsigned int spc)
{
	unsigned int fill;

	raw_spin_lock_init(&central->lock);
	for (fill = 0; fill < MCENTRAL_FILLS; fill++)
		INIT_LIST_HEAD(&central->partial[fill]);
	central->mheap = h;
	central->spanclass = spc;
}

/* Return: the mcentral of a class that had none, whoever has made it; or NULL */
static struct mcentral *make_central(struct mheap *h, unsigned int spc,
				     gfp_t gfp)
{
	struct mcentral *central, *first;

	if (!context_may_alloc())
		return NULL;
	central = meta_alloc(h->heap, META_MCENTRAL,
			     (mgrow_gfp(gfp) & MGROW_META_GFP) | __GFP_ZERO);
	if (!central)
		return NULL;
	init_central(central, h, spc);
	/* Pairs with the READ_ONCE() of mheap_central() */
	first = cmpxchg_release(&h->central[spc], &emptymcentral, central);
	if (first == &emptymcentral)
		return central;
	meta_free(h->heap, META_MCENTRAL, central);
	return first;
}

/* New spans, of which no one has an object, go back */
static void free_chain(struct mspan *span)
{
	struct mspan *next;
	LLIST_HEAD(empty);

	for (; span; span = next) {
		/* In the place of the link to the next one */
		next = span->next;
		__llist_add(&span->chain, &empty);
	}
	mheap_free_spans(&empty);
}

/*
 * A class has no mcentral before it has a span: here are the first ones, of the node
 * where there was memory. Return: they are its now; or NULL, and they are gone.
 */
struct mspan *mcentral_enter_first(struct mspan *first, gfp_t gfp)
{
	struct mheap *h = first->heap->node[first->nid];
	struct mcentral *central = make_central(h, first->spanclass, gfp);
	struct mspan *span;

	if (!central) {
		free_chain(first);
		return NULL;
	}
	/* A late freer of an earlier life compares it: see reevaluate() */
	for (span = first; span; span = span->next)
		WRITE_ONCE(span->central, central);
	return first;
}

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

	if (!READ_ONCE(central->nr_partial))
		return NULL;
	mcentral_lock(central, flags);
	span = first_partial_locked(central);
	if (span) {
		mspan_next_window(span);
		p = mspan_alloc(span);
		/* Cannot become empty: it has just lost a free object */
		place_locked(central, span, &empty);
	}
	raw_spin_unlock_irqrestore(&central->lock, flags);
	return p;
}

/*
 * Is a span that a freer comes to late one of @central without an owner? Since
 * the freer read its central it may have been cached, or released and made anew,
 * even in another heap, under locks that are not held here; and have become this
 * mcentral's again, but then it stays OWNED as long as our lock is held.
 */
static bool is_placed_locked(const struct mcentral *central,
			     const struct mspan *span)
{
	/* Pairs with the release of place_locked(): its central, or a later one */
	u8 state = smp_load_acquire(&span->state);

	lockdep_assert_held(&central->lock);
	if (state != MSPAN_PARTIAL && state != MSPAN_FULL)
		return false;
	/* Pairs with the locks between two lives: with that, no state before it */
	return smp_load_acquire(&span->central) == central &&
	       READ_ONCE(span->state) == state;
}

/* A span that had no owner may have got its first or its last free object */
static void reevaluate(struct mcentral *central, struct mspan *span,
		       struct llist_head *empty)
{
	unsigned long flags;

	mcentral_lock(central, flags);
	if (is_placed_locked(central, span))
		place_locked(central, span, empty);
	else
		ledger_count(central->mheap->heap, LEDGER_REMOTE_LATE, 1);
	raw_spin_unlock_irqrestore(&central->lock, flags);
}

/*
 * Set @bits of a word of remote[]. Return: the objects there with these, as
 * far as nremote knows; *@twice tells whether some were free already. Objects
 * found free leave nremote too large, which costs a look and is safe; to
 * correct it would be a write to the span.
 */
static unsigned int set_remote(struct mspan *span, unsigned int word,
			       unsigned long bits, bool *twice)
{
	/* Step 1, while the objects keep the span alive: COUNT_AFTER_BIT */
	unsigned int n = atomic_add_return(hweight_long(bits), &span->nremote);

	/* Step 2, full barrier; pairs with those of place_locked() and mspan_sweep() */
	*twice = atomic_long_fetch_or(bits, &span->remote[word]) & bits;
	return n;
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
	unsigned int n;
	bool twice;
	u8 state;

	n = set_remote(span, word, bits, &twice);
	/* Step 3. OWNED: the owner sweeps it. PARTIAL: see FULL_ONLY. */
	state = READ_ONCE(span->state);
	if (state == MSPAN_FULL ||
	    (state == MSPAN_PARTIAL && n >= READ_ONCE(span->live)))
		reevaluate(central, span, empty);
	return !twice;
}

/* Some objects of a span without an owner are live, fewer than before */
static void lose_live_locked(struct mcentral *central, struct mspan *span,
			     unsigned int live)
{
	unsigned int had = span->live;

	lockdep_assert_held(&central->lock);
	WRITE_ONCE(span->live, live);
	if (span->state == MSPAN_FULL) {
		ledger_count(span->heap, LEDGER_FLUSH_PARTIAL, 1);
		unlink_locked(central, span);
		WRITE_ONCE(span->state, MSPAN_PARTIAL);
		link_locked(central, span, MSPAN_PARTIAL);
	} else if (partial_list(central, span, live) !=
		   partial_list(central, span, had)) {
		list_move_tail(&span->list, partial_list(central, span, live));
	}
}

/* A mcache owns the span, and cannot place it meanwhile. The others need no stack frame. */
static noinline void free_owned_locked(struct mcentral *central,
				       struct mspan *span, unsigned int word,
				       unsigned long bits)
{
	bool twice;

	lockdep_assert_held(&central->lock);
	ledger_count(span->heap, LEDGER_FLUSH_OWNED, 1);
	set_remote(span, word, bits, &twice);
	if (unlikely(twice))
		ledger_note_late_double_free(span->heap);
}

/*
 * The same with the lock of the span's mcentral held, for many spans in one
 * go: a span without an owner is the caller's, and needs no atomics. Return: it is
 * to be looked at when all is done, see mcentral_look_locked(). Model:
 * free_locked().
 */
bool mcentral_free_locked(struct mcentral *central, struct mspan *span,
			  unsigned int word, unsigned long bits,
			  struct llist_head *empty)
{
	unsigned long fresh;
	unsigned int live;

	lockdep_assert_held(&central->lock);
	if (span->state == MSPAN_OWNED) {
		free_owned_locked(central, span, word, bits);
		return false;
	}
	fresh = bits & ~span->free[word];
	if (unlikely(fresh != bits))
		ledger_note_late_double_free(span->heap);
	span->free[word] |= bits;
	live = span->live - hweight_long(fresh);
	if (live) {
		lose_live_locked(central, span, live);
		return true;
	}
	ledger_count(span->heap, LEDGER_FLUSH_EMPTY, 1);
	unlink_locked(central, span);
	release_locked(central, span, empty);
	return false;
}

/*
 * The rest of mcentral_look_locked(). Of one that was released by a look for another
 * word of it, or that a mcache owns, live says nothing: FLUSH_PLACES_OWNED.
 */
void mcentral_look_placed_locked(struct mcentral *central, struct mspan *span,
				 struct llist_head *empty)
{
	if (span->state == MSPAN_PARTIAL)
		place_locked(central, span, empty);
}

/* The heap is gone, and no freer is at a lock of theirs any more */
void mcentral_destroy_all(struct mheap *h)
{
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		if (h->central[spc] != &emptymcentral)
			meta_free(h->heap, META_MCENTRAL, h->central[spc]);
	}
}
