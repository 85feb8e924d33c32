// SPDX-License-Identifier: GPL-2.0
/*
 * survey - what is where in a heap in use, part by part
 *
 * What: goes over the spans of a heap, over all pages of its arenas, or over what one
 *	CPU has cached, and copies what each is at that time, for who prints it. What
 *	a CPU has cached the CPU itself looks at, in an interrupt: no other may.
 * Locks: the mheap's lock for one span or run at a time. The interrupt takes none,
 *	and leaves out a class whose gate it finds shut.
 * Invariant: changes nothing, and keeps no pointer into the heap that it follows
 *	later.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "compat.h"
#include "ledger.h"
#include "marena.h"
#include "mspan.h"
#include "mwalk.h"
#include "recycle_stack.h"
#include "survey.h"

/*
 * === spans and pages ===
 */

/* Slots that the span knows to be free */
static unsigned int count_free(const struct mspan *span)
{
	unsigned int word, nr = 0;

	for (word = 0; word < mspan_nr_words(span); word++) {
		/* Its owner may be at work: a snapshot */
		nr += hweight_long(data_race(span->free[word]) |
				   atomic_long_read(&span->remote[word]));
	}
	return nr;
}

static void copy_span(struct survey_span *to, const struct mspan *span)
{
	unsigned int taken;

	to->base = span->base;
	to->npages = span->npages;
	to->elemsize = span->elemsize;
	to->nelems = span->nelems;
	to->nid = span->nid;
	to->spanclass = span->spanclass;
	to->state = READ_ONCE(span->state);
	to->objects = mspan_count_live(span);
	to->live = mspan_is_tiny(span) ? mspan_count_tiny_blocks(span) :
					 to->objects;
	/* A span of one large object has no bits */
	to->free = span->spanclass < NR_LARGE_SPAN_CLASSES ? 0 : count_free(span);
	taken = to->live + to->free;
	to->cached = to->nelems > taken ? to->nelems - taken : 0;
}

/* Return: there is one more on this node */
static bool next_span_here(struct mheap *h, struct mwalk *walk,
			   struct survey_span *to)
{
	const struct mspan *span;
	unsigned long flags;

	raw_spin_lock_irqsave(&h->lock, flags);
	ledger_count(h->heap, LEDGER_LOCKS, 1);
	span = mwalk_next_span_locked(h, walk);
	if (span)
		copy_span(to, span);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	return span;
}

static void copy_run(struct survey_run *to, const struct mwalk_run *run)
{
	const struct marena *arena = run->arena;

	to->base = arena->base;
	to->arena_pages = arena->npages;
	to->arena_free = arena->nfree;
	to->arena_gone = arena->gone;
	to->page = run->page;
	to->npages = run->npages;
	to->kind = run->free ? SURVEY_FREE : run->span ? SURVEY_SPAN : SURVEY_GONE;
	if (run->span)
		copy_span(&to->span, run->span);
}

static bool next_run_here(struct mheap *h, struct mwalk *walk,
			  struct survey_run *to)
{
	struct mwalk_run run;
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&h->lock, flags);
	ledger_count(h->heap, LEDGER_LOCKS, 1);
	found = mwalk_next_run_locked(h, walk, &run);
	if (found)
		copy_run(to, &run);
	raw_spin_unlock_irqrestore(&h->lock, flags);
	to->nid = h->nid;
	return found;
}

/* Go on to the next node */
static void leave_node(struct survey_walk *walk)
{
	walk->node++;
	walk->walk = (struct mwalk){};
}

/*
 * The next span of a walk, in *@span. One that is there all the time is met once.
 * Return: false at the end.
 */
bool survey_next_span(struct gomalloc_heap *heap, struct survey_walk *walk,
		      struct survey_span *span)
{
	for (; walk->node < heap->nr_nodes; leave_node(walk)) {
		if (heap->node[walk->node] &&
		    next_span_here(heap->node[walk->node], &walk->walk, span))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(survey_next_span);

/* The same for runs of pages: all pages of all arenas */
bool survey_next_run(struct gomalloc_heap *heap, struct survey_walk *walk,
		     struct survey_run *run)
{
	for (; walk->node < heap->nr_nodes; leave_node(walk)) {
		if (heap->node[walk->node] &&
		    next_run_here(heap->node[walk->node], &walk->walk, run))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(survey_next_run);

/* How full a span of small objects is, in tenths; # if there is no slot left */
static char tenths(const struct survey_span *span)
{
	if (span->live >= span->nelems)
		return '#';
	return '0' + span->live * 10 / span->nelems;
}

/* What stands for each page of a run on a map */
char survey_run_char(const struct survey_run *run)
{
	if (run->kind == SURVEY_FREE)
		return '.';
	if (run->kind == SURVEY_GONE)
		return '-';
	if (run->span.spanclass < NR_LARGE_SPAN_CLASSES)
		return run->span.live ? 'L' : 'l';
	return tenths(&run->span);
}
EXPORT_SYMBOL_IF_KUNIT(survey_run_char);

/*
 * === CPUs ===
 */

static unsigned int count_spares(const struct mspan *span)
{
	unsigned int n = 0;

	while ((span = span->next))
		n++;
	return n;
}

static unsigned int count_used(const struct mspan *span)
{
	unsigned int n = 0;

	while ((span = span->used))
		n++;
	return n;
}

/* The interrupt has not met who is in the class: it has what is there to itself */
static void copy_class(struct survey_class *to, const struct mcache_class *mc)
{
	to->objects = recycle_nr(mc);
	to->cap = mc->cap;
	to->room = recycle_stack_of(mc)->room;
	to->window = mspan_count_free(mc->span);
	to->spares = count_spares(mc->span);
	to->used = count_used(mc->span);
}

/**
 * struct look - what a CPU is asked for
 * @cache: which of its caches
 * @rows: where it goes, by span class
 */
struct look {
	const struct mcache	*cache;
	struct survey_class	*rows;
};

/* In an interrupt of the CPU whose cache it is */
static void look_here(void *arg)
{
	const struct look *look = arg;
	const struct mcache_class *mc;
	unsigned int spc;

	for (spc = 0; spc < NUM_SPAN_CLASSES; spc++) {
		mc = &look->cache->class[spc];
		look->rows[spc].charge = look->cache->charge[spc];
		look->rows[spc].busy = READ_ONCE(mc->gate) == GATE_SHUT;
		if (!look->rows[spc].busy)
			copy_class(&look->rows[spc], mc);
	}
}

/*
 * What a CPU has cached: NUM_SPAN_CLASSES @rows. One that has nothing is not
 * interrupted. Sleeps. Return: 0; -ENXIO: the CPU is offline, and has nothing.
 */
int survey_cpu(struct mcache *cache, struct survey_class *rows)
{
	struct look look = { .cache = cache, .rows = rows };

	memset(rows, 0, NUM_SPAN_CLASSES * sizeof(*rows));
	if (!atomic_long_read(&cache->cached))
		return 0;
	return smp_call_function_single(cache->cpu, look_here, &look, true);
}
EXPORT_SYMBOL_IF_KUNIT(survey_cpu);
