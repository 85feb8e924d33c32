// SPDX-License-Identifier: GPL-2.0
/*
 * validate - does what a heap's layers believe add up?
 *
 * What: counts a heap at rest from below, object by object and page by page, and
 *	compares with the numbers that the layers keep:
 *	  each span	objects = allocated + free + freed cross-CPU + cached
 *	  each heap	objects cached = those on all stacks and in quarantine
 *	  each class	spans partial, full, owned = as the mcentral and mcaches say
 *	  each node	pages in arenas = pages of spans + free ones
 *	  each heap	pages held = pages in arenas + pages of mapped objects
 *	and the counts of the pages with what they are if no one else frees.
 *	A heap in use is counted while no CPU does anything else. What is
 *	between two layers then is nowhere, so that the left side of the last
 *	four may be larger; but nothing may be in two places.
 * Locks: the CPUs' hotplug lock, and in that heap->reclaim_sem against page
 *	reclaim; the mheap's lock for one span at a time.
 * Invariant: changes nothing; what it finds it prints, the first of it.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/cpu.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>

#include "compat.h"
#include "gate.h"
#include "ledger.h"
#include "mheap.h"
#include "mspan.h"
#include "mvmap.h"
#include "mwalk.h"
#include "pagemap.h"
#include "pageref.h"
#include "quarantine.h"
#include "recycle.h"
#include "scavenge.h"
#include "validate.h"

/**
 * struct census - what was counted of a heap
 * @heap: which
 * @live: it is in use
 * @held: pages of its mheaps
 * @spans: spans of a node
 * @pages: their pages
 * @puts: references to their pages that others dropped and had not
 * @cached: objects that are neither allocated nor known free by their span
 * @owned: spans by class, less those that a mcentral or a mcache knows
 * @fault: the first that does not add up; NULL for nothing
 * @where: the span, as it was then: who prints it may come when it is gone;
 *	without objects if it is not about a span
 */
struct census {
	struct gomalloc_heap	*heap;
	bool			live;
	unsigned long		held;
	unsigned long		spans;
	unsigned long		pages;
	unsigned long		puts;
	long			cached;
	long			owned[NUM_SPAN_CLASSES];
	const char		*fault;
	struct mspan		where;
};

static void note_fault(struct census *c, const struct mspan *span,
		       const char *fault)
{
	if (c->fault)
		return;
	c->fault = fault;
	if (span)
		c->where = *span;
}

/* Something is nowhere, or in two places; in use, only the latter is wrong */
static bool is_wrong(const struct census *c, long difference)
{
	return c->live ? difference < 0 : difference;
}

/*
 * === objects of a span ===
 */

/* Is it handed out, or a tiny block that a mcache fills? */
static bool is_held(const struct mspan *span, unsigned int index)
{
	if (mspan_is_tiny(span))
		return READ_ONCE(*mspan_tiny_mask(span, index));
	/* Of a pending or tracked one, too */
	return mspan_read_state(span, index) & OBJECT_ALLOCATED;
}

static void count_objects(struct census *c, const struct mspan *span)
{
	unsigned int index, word, held = 0, nfree = 0, nremote = 0;
	unsigned long bit, free, remote;

	for (index = 0; index < span->nelems; index++) {
		word = index / BITS_PER_LONG;
		bit = BIT(index % BITS_PER_LONG);
		free = span->free[word] & bit;
		remote = atomic_long_read(&span->remote[word]) & bit;
		if (free && remote)
			note_fault(c, span, "an object is free twice");
		if (is_held(span, index) && (free || remote))
			note_fault(c, span, "an object is allocated and free");
		held += is_held(span, index);
		nfree += !!free;
		nremote += !!remote;
	}
	c->cached += (long)span->nelems - held - nfree - nremote;
	if (nremote > atomic_read(&span->nremote))
		note_fault(c, span, "more were freed cross-CPU than it knows");
	if (span->state == MSPAN_FULL && (nfree || nremote))
		note_fault(c, span, "it is full and has a free object");
	if (span->state == MSPAN_PARTIAL && !nfree)
		note_fault(c, span, "it is partial and has no free object");
	if (span->state != MSPAN_OWNED && span->live != span->nelems - nfree)
		note_fault(c, span, "its count of live objects is wrong");
}

/* The one object is allocated, or cached by a CPU; there are no bits */
static void count_large(struct census *c, const struct mspan *span)
{
	c->cached += !is_held(span, 0);
}

/*
 * May the page map not know all of it yet? Who makes a span enters one page after
 * the other, with preemption on, before it has an object: make_span().
 */
static bool may_be_half_made(const struct census *c, const struct mspan *span)
{
	return c->live && !mspan_count_live(span);
}

/* Every page of it leads back to it */
static void check_pages(struct census *c, const struct mspan *span)
{
	const struct mspan *found;
	unsigned int i;

	for (i = 0; i < span->npages; i++) {
		found = pagemap_lookup((void *)(span->base +
				       ((unsigned long)i << PAGE_SHIFT)));
		if (found == span)
			continue;
		if (found != &pagemap_free_page || !may_be_half_made(c, span))
			note_fault(c, span, "the page map does not know a page");
	}
}

static void count_span(struct census *c, const struct mspan *span)
{
	c->spans++;
	c->pages += span->npages;
	c->puts += pageref_count_puts(virt_to_page((void *)span->base),
				      span->npages);
	check_pages(c, span);
	switch (span->state) {
	case MSPAN_LARGE:
		count_large(c, span);
		return;
	case MSPAN_OWNED:
	case MSPAN_PARTIAL:
	case MSPAN_FULL:
		c->owned[span->spanclass]++;
		count_objects(c, span);
		return;
	default:
		/* One on its way back is in no use first, and leaves the tree then */
		if (!c->live)
			note_fault(c, span, "it is in the tree and not in use");
	}
}

/*
 * === what the layers say ===
 */

static void check_lists(struct census *c, struct mcentral *central)
{
	struct mspan *span;
	unsigned int fill, n = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&central->lock, flags);
	for (fill = 0; fill < MCENTRAL_FILLS; fill++) {
		list_for_each_entry(span, &central->partial[fill], list) {
			n++;
			if (span->state != MSPAN_PARTIAL ||
			    span->central != central)
				note_fault(c, span, "it is on a list of others");
		}
	}
	if (n != central->nr_partial)
		note_fault(c, NULL, "a mcentral has miscounted its list");
	c->owned[central->spanclass] -= central->nr_partial + central->nr_full;
	raw_spin_unlock_irqrestore(&central->lock, flags);
	c->cached -= recycle_count_transfer(central);
}

static void count_node(struct census *c, struct mheap *h)
{
	struct mwalk walk = {};
	struct mspan *span;
	unsigned long flags;
	unsigned int spc;

	c->spans = 0;
	c->pages = 0;
	do {
		raw_spin_lock_irqsave(&h->lock, flags);
		span = mwalk_next_span_locked(h, &walk);
		if (span)
			count_span(c, span);
		raw_spin_unlock_irqrestore(&h->lock, flags);
	} while (span);
	for (spc = NR_LARGE_SPAN_CLASSES; spc < NUM_SPAN_CLASSES; spc++) {
		if (mheap_central(h, spc) != &emptymcentral)
			check_lists(c, mheap_central(h, spc));
	}
	if (memchr_inv(&emptymcentral, 0, sizeof(emptymcentral)))
		note_fault(c, NULL, "what stands for no mcentral was written to");
	/* A span that was just cut is not yet entered in the page map */
	if (is_wrong(c, h->nr_spans - c->spans) ||
	    is_wrong(c, h->used_pages - c->pages))
		note_fault(c, NULL, "a mheap has miscounted its spans");
	if (!mwalk_valid(h))
		note_fault(c, NULL, "the pages of a mheap do not add up");
}

static unsigned int chain_length(const struct mspan *span)
{
	const struct mspan *used;
	unsigned int n = 0;

	if (span == &emptymspan)
		return 0;
	for (used = span->used; used; used = used->used)
		n++;
	for (; span; span = span->next)
		n++;
	return n;
}

static void count_cpu(struct census *c, struct mcache *cache)
{
	struct mcache_class *mc;
	unsigned int spc;

	c->cached -= quarantine_count(cache);
	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		mc = &cache->class[spc];
		c->cached -= recycle_nr(mc);
		c->owned[spc] -= chain_length(mc->span);
	}
}

static void check_sums(struct census *c)
{
	unsigned long held = atomic_long_read(&c->heap->held_pages);
	unsigned int spc;

	if (is_wrong(c, c->cached))
		note_fault(c, NULL, "object leaked or cached twice");
	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		if (is_wrong(c, c->owned[spc]))
			note_fault(c, NULL, "a span has no owner, or two");
	}
	held -= atomic_long_read(&c->heap->vmap_pages);
	if (is_wrong(c, held - c->held))
		note_fault(c, NULL, "the heap has miscounted its pages");
}

static int count_all(void *data)
{
	struct census *c = data;
	struct gomalloc_heap *heap = c->heap;
	struct mcache *cache;
	unsigned int i;

	for (i = 0; i < heap->nr_nodes; i++) {
		if (!heap->node[i])
			continue;
		count_node(c, heap->node[i]);
		c->held += heap->node[i]->held_pages;
	}
	for_each_mcache(cache, heap)
		count_cpu(c, cache);
	check_sums(c);
	return 0;
}

static void print_fault(const struct census *c)
{
	const struct mspan *span = &c->where;

	if (span->nelems)
		pr_err("invalid: heap %s: %s: span class %u, state %u, %u objects, %u live\n",
		       c->heap->name, c->fault, span->spanclass, span->state,
		       span->nelems, span->live);
	else
		pr_err("invalid: heap %s: %s: %ld objects\n", c->heap->name,
		       c->fault, c->cached);
}

static int judge(const struct census *c)
{
	if (c->puts)
		pr_err("invalid: heap %s: %lu times kfree() or put_page() of others: objects that no one frees; use catch_kfree=1\n",
		       c->heap->name, c->puts);
	if (c->fault)
		print_fault(c);
	return c->fault || c->puts ? -EUCLEAN : 0;
}

/*
 * No one allocates from the heap or frees into it meanwhile. Sleeps.
 * Return: 0; -EUCLEAN: something does not add up, and the log says what;
 * -ENOMEM
 */
int validate_heap(struct gomalloc_heap *heap)
{
	struct census *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int err;

	if (!c)
		return -ENOMEM;
	c->heap = heap;
	mvmap_drain(heap->sys);
	/* The cache of a CPU that goes away would be drained meanwhile */
	cpus_read_lock();
	/* A page that is on its way back is of no mheap and still charged */
	down_write(&heap->reclaim_sem);
	scavenge_pause(heap);
	count_all(c);
	up_write(&heap->reclaim_sem);
	cpus_read_unlock();
	ledger_wake_scavenger(heap);
	err = judge(c);
	kfree(c);
	return err;
}

/*
 * The same of a heap in use, as far as that can be said. No CPU does anything
 * else meanwhile, some 10 ns for each object; one that holds no page has none, and
 * nobody is stopped for it. Sleeps. Return: as validate_heap().
 */
int validate_heap_live(struct gomalloc_heap *heap)
{
	struct census *c;
	int err;

	if (!atomic_long_read(&heap->held_pages))
		return 0;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->heap = heap;
	c->live = true;
	err = stop_machine(count_all, c, NULL) ?: judge(c);
	kfree(c);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(validate_heap_live);
