// SPDX-License-Identifier: GPL-2.0
/*
 * report - words for misuse
 *
 * What: turns a refused free into one line that says what, who and where,
 *	counts it, and keeps the newest text.
 * Locks: report_state->lock, raw, irq-safe, for the text. Taken with no other
 *	lock of the allocator held, except behind a mcache's gate.
 * Invariant: a call site is printed once for as long as the table has room,
 *	behind that at the kernel's rate limit; with interrupts off, a little later.
 *	Every misuse is counted.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/irqflags.h>
#include <linux/kasan.h>
#include <linux/lockdep.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "guard.h"
#include "mspan.h"
#include "report.h"
#include "trace.h"
#include "track.h"

static const char *const misuse_text[NR_GOMALLOC_MISUSES] = {
	[GOMALLOC_DOUBLE_FREE] = "double free",
	[GOMALLOC_NEVER_ALLOCATED] = "free of an object that was never allocated",
	[GOMALLOC_INTERIOR] = "free of a pointer into an object",
	[GOMALLOC_TINY] = "double free or free of a pointer into a tiny object",
	[GOMALLOC_BEYOND] = "free of a pointer behind the last object of a span",
	[GOMALLOC_FREE_PAGE] = "double free or free of a stale pointer, its span is gone",
	[GOMALLOC_FOREIGN] = "free of a pointer that is not gomalloc's",
	[GOMALLOC_PENDING] = "free of an object that gofree_rcu() is to free",
	[GOMALLOC_KFREE] = "kfree() of an object",
	[GOMALLOC_KREALLOC] = "krealloc() or ksize() of an object",
	[GOMALLOC_COPY] = "copy beyond the end of an object, or of none that is live",
	[GOMALLOC_OUT_OF_BOUNDS] = "access beyond a guarded object",
	[GOMALLOC_USED_AFTER_FREE] = "use of a guarded object after it was freed",
	[GOMALLOC_BESIDE] = "bytes beside an object were written to, found when it was freed",
	[GOMALLOC_CORRUPT] = "an object that lives is free by the bits of its span",
};

/* Return: true the first time that @caller is seen, and when in doubt */
static bool first_report(struct report_state *state, unsigned long caller)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	unsigned int i, at = caller % REPORT_CALL_SITES;
	unsigned long seen;

	for (i = 0; i < REPORT_CALL_SITES; i++) {
		/* Unordered: the address is all there is to a call site */
		seen = cmpxchg_relaxed(&state->call_sites[at], 0, caller);
		if (seen == caller)
			return false;
		if (!seen)
			return true;
		at = (at + 1) % REPORT_CALL_SITES;
	}
	return __ratelimit(&limit);
}

/* What was done about it */
static const char *outcome(enum gomalloc_misuse kind)
{
	switch (kind) {
	case GOMALLOC_KFREE:
		return "freed as by gofree()";
	case GOMALLOC_COPY:
		return "refused";
	case GOMALLOC_OUT_OF_BOUNDS:
	case GOMALLOC_USED_AFTER_FREE:
		return "goes on";
	case GOMALLOC_BESIDE:
		return "freed";
	case GOMALLOC_KREALLOC:
		return "not followed, use gorealloc() or gosize()";
	default:
		return "ignored";
	}
}

static void describe(char *text, enum gomalloc_misuse kind, const void *p,
		     const struct mspan *span, unsigned long caller)
{
	unsigned int class, index;

	if (!span) {
		scnprintf(text, REPORT_TEXT_LEN, "%s: %p, by %pS; %s",
			  misuse_text[kind], p, (void *)caller, outcome(kind));
		return;
	}
	class = span->spanclass >> 1;
	index = mspan_index(span, p);
	scnprintf(text, REPORT_TEXT_LEN,
		  "%s: %p, by %pS; heap %s, class %u (%u bytes, %s), span %p, object %u of %u, offset %lu; %s",
		  misuse_text[kind], p, (void *)caller, span->heap->name,
		  class, span->elemsize, span->spanclass & 1 ? "noscan" : "scan",
		  span, index, span->nelems,
		  (unsigned long)(kasan_reset_tag(p) - mspan_object(span, index)),
		  outcome(kind));
}

static void print(const char *text, const struct stack_pair *calls)
{
	pr_err("%s\n", text);
	stack_print(&calls->allocated, "allocated");
	stack_print(&calls->freed, "freed");
}

/* Return: the oldest that is to be printed later, copied to @late; or false */
static bool take_late(struct report_state *state, struct report_late *late)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&state->lock, flags);
	found = state->nr_late;
	if (found) {
		*late = state->late[0];
		state->nr_late--;
		memmove(state->late, state->late + 1,
			state->nr_late * sizeof(*late));
	}
	raw_spin_unlock_irqrestore(&state->lock, flags);
	return found;
}

static void print_late(struct work_struct *work)
{
	struct report_state *state = container_of(work, struct report_state, work);
	struct report_late late;

	while (take_late(state, &late))
		print(late.text, &late.calls);
}

/*
 * A console may take milliseconds and, before the kernel prints in threads, a lock that
 * sleeps on PREEMPT_RT: none of it with interrupts off. Return: is it noted for later?
 */
static bool put_late_locked(struct report_state *state, const char *text,
			    const struct stack_pair *calls)
{
	struct report_late *late = &state->late[state->nr_late];

	lockdep_assert_held(&state->lock);
	if (state->nr_late == REPORT_LATE)
		return false;
	strscpy(late->text, text, REPORT_TEXT_LEN);
	late->calls = *calls;
	state->nr_late++;
	return true;
}

/*
 * Keep the text; print it, if that is wanted, and who allocated and freed what it is
 * about; and stop there, if that is wanted
 */
static void publish(struct report_state *state, const char *text, bool wanted,
		    const struct stack_pair *calls)
{
	bool late = irqs_disabled();
	unsigned long flags;

	raw_spin_lock_irqsave(&state->lock, flags);
	strscpy(state->last, text, sizeof(state->last));
	late = wanted && late && put_late_locked(state, text, calls);
	raw_spin_unlock_irqrestore(&state->lock, flags);
	if (late)
		schedule_work(&state->work);
	else if (wanted)
		print(text, calls);
	if (READ_ONCE(state->panic))
		panic("gomalloc: %s\n", text);
}

/* The same; of the object at @p, which may be NULL, track.c may know more */
static void publish_of(struct gomalloc_sys *sys, const char *text, bool wanted,
		       const void *p)
{
	struct stack_pair calls;

	calls.allocated.nr = 0;
	calls.freed.nr = 0;
	if (wanted && p)
		track_find(sys, p, &calls);
	publish(&sys->report, text, wanted, &calls);
}

static void publish_guarded(struct gomalloc_sys *sys, enum gomalloc_misuse kind,
			    const struct guard_view *view, unsigned long caller,
			    const char *how)
{
	struct report_state *state = &sys->report;
	char text[REPORT_TEXT_LEN];

	scnprintf(text, REPORT_TEXT_LEN,
		  "%s: %p, by %pS%s; heap %s, guarded object %p of %u bytes, offset %ld; %s",
		  misuse_text[kind], view->object + view->off, (void *)caller,
		  how, view->heap, view->object, view->size, view->off,
		  outcome(kind));
	publish(state, text, first_report(state, caller), &view->calls);
}

/* Something was done to a guarded object, which @view tells of; it is counted */
void report_guarded(struct gomalloc_sys *sys, enum gomalloc_misuse kind,
		    const struct guard_view *view, unsigned long caller,
		    const char *how)
{
	/* Its heap is known by name: it may be gone */
	trace_misuse(kind, view->object + view->off, caller, NULL, 0);
	publish_guarded(sys, kind, view, caller, how);
}

/* What has no span may be guarded. Return: false: it is not. */
static bool report_if_guarded(struct gomalloc_sys *sys, enum gomalloc_misuse kind,
			      const void *p, unsigned long caller)
{
	struct guard_view view;

	if (!guard_has(sys, p) || !guard_look(sys->guard, p, kind, &view))
		return false;
	publish_guarded(sys, kind, &view, caller, "");
	return true;
}

/*
 * A free was refused. @span may be NULL; with it the caller has preemption
 * off, or holds something that keeps it.
 */
void report_misuse(struct gomalloc_sys *sys, enum gomalloc_misuse kind,
		   const void *p, const struct mspan *span,
		   unsigned long caller)
{
	struct report_state *state = &sys->report;
	char text[REPORT_TEXT_LEN];

	if (!span && report_if_guarded(sys, kind, p, caller))
		return;
	if (span)
		atomic_long_inc(&span->heap->misuses[kind]);
	else
		atomic_long_inc(&state->foreign);
	trace_misuse(kind, p, caller, span ? span->heap : NULL,
		     span ? span->spanclass : 0);
	describe(text, kind, p, span, caller);
	publish_of(sys, text, first_report(state, caller),
		   span ? mspan_object(span, mspan_index(span, p)) : NULL);
}

/* A mapped object, which the caller has, was given to kvfree(): it has no span */
void report_vfree(struct gomalloc_heap *heap, const void *p,
		  unsigned long caller)
{
	struct report_state *state = &heap->sys->report;
	char text[REPORT_TEXT_LEN];

	atomic_long_inc(&heap->misuses[GOMALLOC_KFREE]);
	trace_misuse(GOMALLOC_KFREE, p, caller, heap, 0);
	describe(text, GOMALLOC_KFREE, p, NULL, caller);
	publish_of(heap->sys, text, first_report(state, caller), NULL);
}

/* An object that was freed, and that the caller holds, has been written to at @off */
void report_written(const struct mspan *span, const void *p, unsigned int off)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	struct gomalloc_heap *heap = span->heap;
	char text[REPORT_TEXT_LEN];

	atomic_long_inc(&heap->misuses[GOMALLOC_WRITTEN]);
	trace_misuse(GOMALLOC_WRITTEN, p, 0, heap, span->spanclass);
	scnprintf(text, REPORT_TEXT_LEN,
		  "write to an object after it was freed: %p, at offset %u, writer unknown; heap %s, class %u (%u bytes), span %p, object %u of %u",
		  p, off, heap->name, span->spanclass >> 1, span->elemsize, span,
		  mspan_index(span, p), span->nelems);
	publish_of(heap->sys, text, __ratelimit(&limit),
		   mspan_object(span, mspan_index(span, p)));
}

/* Behind an object of @size at @p, which its user frees, something was written to @at */
void report_beside(const struct mspan *span, const void *p, size_t size,
		   const void *at, unsigned long caller)
{
	struct gomalloc_heap *heap = span->heap;
	struct report_state *state = &heap->sys->report;
	char text[REPORT_TEXT_LEN];

	atomic_long_inc(&heap->misuses[GOMALLOC_BESIDE]);
	trace_misuse(GOMALLOC_BESIDE, p, caller, heap, span->spanclass);
	scnprintf(text, REPORT_TEXT_LEN,
		  "%s: %p, freed by %pS; heap %s, class %u, object of %zu bytes, first written to at offset %zu; %s",
		  misuse_text[GOMALLOC_BESIDE], p, (void *)caller, heap->name,
		  span->spanclass >> 1, size, (size_t)(at - p),
		  outcome(GOMALLOC_BESIDE));
	publish_of(heap->sys, text, first_report(state, caller), p);
}

/*
 * Two frees of one object within nanoseconds pass the test of the state byte;
 * the second one shows when it is flushed. Who it was is not known by then.
 */
void report_late_double_frees(struct gomalloc_heap *heap)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	int n = atomic_xchg(&heap->late_double_frees, 0);
	char text[REPORT_TEXT_LEN];

	if (!n)
		return;
	atomic_long_add(n, &heap->misuses[GOMALLOC_DOUBLE_FREE]);
	trace_misuse(GOMALLOC_DOUBLE_FREE, NULL, 0, heap, 0);
	scnprintf(text, REPORT_TEXT_LEN,
		  "double free: %d objects of heap %s were freed by two CPUs at once; ignored",
		  n, heap->name);
	publish_of(heap->sys, text, __ratelimit(&limit), NULL);
}

/*
 * Found when a span goes, or a page: the kernel's kfree() was given objects of it,
 * or its put_page() a page that no one had got. Who it was is not known by then.
 */
void report_lost_refs(struct gomalloc_heap *heap, const struct lost_refs *lost)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	char text[REPORT_TEXT_LEN];

	atomic_long_add(lost->puts, &heap->misuses[GOMALLOC_KFREE]);
	trace_misuse(GOMALLOC_KFREE, (void *)lost->base, 0, heap, lost->spc);
	scnprintf(text, REPORT_TEXT_LEN,
		  "kfree() or put_page() of others: %u times, caller unknown, use catch_kfree=1; heap %s, class %u (%u bytes), last in the span at %p; ignored",
		  lost->puts, heap->name, lost->spc >> 1,
		  class_to_size[lost->spc >> 1], (void *)lost->base);
	publish_of(heap->sys, text, __ratelimit(&limit), NULL);
}

/* Copy the text of the newest report. Return: its length. */
size_t report_last(struct gomalloc_sys *sys, char *text, size_t size)
{
	unsigned long flags;
	ssize_t n;

	raw_spin_lock_irqsave(&sys->report.lock, flags);
	n = strscpy(text, sys->report.last, size);
	raw_spin_unlock_irqrestore(&sys->report.lock, flags);
	return n < 0 ? size - 1 : n;
}
EXPORT_SYMBOL_IF_KUNIT(report_last);

void report_init(struct report_state *state)
{
	raw_spin_lock_init(&state->lock);
	INIT_WORK(&state->work, print_late);
}

/* Nothing is reported any more */
void report_exit(struct report_state *state)
{
	flush_work(&state->work);
}
