// SPDX-License-Identifier: GPL-2.0
/*
 * sample - whose requests are sampled, and how often
 *
 * What: turns guarded sampling, tracking, and what slub_debug has on and off, for heaps
 *	that ask for it and those that are named. The requests of such a heap take a
 *	longer way, by a flag that is looked at anyway. Those of gomalloc() look at
 *	none: while they are sampled a stand-in takes the place of its heap, of which
 *	every gate is shut, so that each comes to where nothing is cached, and from
 *	there to the heap.
 * Locks: sample.mutex, outside of the list of heaps.
 * Owns: the pool, once there is one, its probe, the table of track.c, and the
 *	stand-in; all until the
 *	module goes, since objects may live and requests be on their way.
 * Invariant: a heap has HEAP_GUARDED, or HEAP_TRACKED, if and only if there is a rate
 *	for it, and it asks for it or is named; what of HEAP_DEBUGGED was asked for,
 *	as far as it can have it; and is tracked, too, where that has U.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "debugopt.h"
#include "guard.h"
#include "guard_pool.h"
#include "guard_probe.h"
#include "heaplist.h"
#include "hook.h"
#include "malloc.h"
#include "mcache.h"
#include "sample.h"
#include "track.h"

/* Is @name in a list of names? */
static bool is_named(const char *names, const char *name)
{
	size_t len = strlen(name), n;

	for (; *names; names += n + (names[n] == ',')) {
		n = strcspn(names, ",");
		if ((n == len && !strncmp(names, name, n)) ||
		    (n == 1 && *names == '*'))
			return true;
	}
	return false;
}

/* Is it named, or does it have @flag, where there is one to ask by? */
static bool is_wanted(const struct sample_wish *wish,
		      const struct gomalloc_heap *heap, unsigned int flag)
{
	return wish->rate && (heap->flags & flag ||
			      is_named(wish->names, heap->name));
}

/* Of what is asked for, what the heap can have */
static unsigned int debug_flags(const struct gomalloc_heap *heap)
{
	unsigned int flags = heap->debug;

	/* Programs see what is in its free objects, and behind the others */
	if (heap->group)
		flags &= ~(HEAP_DEBUG_ZONE | HEAP_DEBUG_POISON);
	/* Its free objects are zero, which is looked at as well */
	if (heap->flags & GOMALLOC_HEAP_ZERO_FREE)
		flags &= ~HEAP_DEBUG_POISON;
	return flags;
}

static void set_sampled(const struct sample_state *s, struct gomalloc_heap *heap)
{
	unsigned int flags = (heap->flags & ~HEAP_SAMPLED) | debug_flags(heap);

	/* Of a heap of the device programs are told the size of objects in truth */
	if (!heap->group && is_wanted(&s->guard, heap, GOMALLOC_HEAP_GUARD))
		flags |= HEAP_GUARDED;
	if (flags & HEAP_DEBUG_USER || is_wanted(&s->track, heap, 0))
		flags |= HEAP_TRACKED;
	WRITE_ONCE(heap->flags, flags);
}

/* Return: 0, or -ENOMEM */
static int make_front(struct gomalloc_sys *sys)
{
	struct gomalloc_heap *front;

	if (sys->sample.front)
		return 0;
	front = kzalloc(sizeof(*front), GFP_KERNEL);
	if (!front)
		return -ENOMEM;
	if (mcache_create_slots(front, GFP_KERNEL)) {
		kfree(front);
		return -ENOMEM;
	}
	front->sys = sys;
	front->flags = gomalloc_default_heap->flags & ~HEAP_SAMPLED;
	front->behind = gomalloc_default_heap;
	sys->sample.front = front;
	return 0;
}

/* The pool, and what sees its faults. Return: 0, or an errno, and the log says why. */
static int make_pool(struct gomalloc_sys *sys)
{
	struct guard *g;

	if (sys->guard)
		return 0;
	/* Checkers that look at each object find more */
	if (HOOKS || !GUARD_FAULTS || guard_probe_init()) {
		pr_warn("guard_rate: this kernel %s\n", HOOKS ?
			"has KASAN or kmemleak, which do not know of guarded objects" :
			"has no place to see faults of guarded objects");
		return -EOPNOTSUPP;
	}
	g = guard_pool_create(sys->sample.guard.objects, true);
	if (!g) {
		guard_probe_exit();
		pr_warn("guard_rate: no memory for %u guarded objects; set guard_objects lower\n",
			sys->sample.guard.objects);
		return -ENOMEM;
	}
	/* Pairs with the acquire of guard_sample() and guard_has() */
	smp_store_release(&sys->guard, g);
	return 0;
}

/* Return: 0, or -ENOMEM, and the log says why */
static int make_table(struct gomalloc_sys *sys)
{
	struct track *t;

	if (sys->track)
		return 0;
	t = track_create(sys->sample.track.objects);
	if (!t) {
		pr_warn("track_rate: no memory for %u tracked objects; set track_objects lower\n",
			sys->sample.track.objects);
		return -ENOMEM;
	}
	/* Pairs with the acquire of track_sample(), track_find() and others */
	smp_store_release(&sys->track, t);
	return 0;
}

static void apply_to_heaps(struct gomalloc_sys *sys)
{
	struct gomalloc_heap *heap;
	unsigned long id;

	heaplist_for_each(heap, sys, id)
		set_sampled(&sys->sample, heap);
	heap = gomalloc_default_heap;
	malloc_set_front(heap->flags & HEAP_SAMPLED ? sys->sample.front : heap);
}

/* What is asked for is there, or asked for no more. Return: 0, or an errno. */
static int make_ready(struct gomalloc_sys *sys, struct sample_wish *wish)
{
	int err;

	if (!wish->rate)
		return 0;
	err = make_front(sys) ?: wish == &sys->sample.guard ? make_pool(sys) :
							      make_table(sys);
	if (err)
		wish->rate = 0;
	return err;
}

/* Have it so as @wish says now. Return: 0; or an errno, and it is off. */
static int apply_locked(struct gomalloc_sys *sys, struct sample_wish *wish)
{
	struct sample_state *s = &sys->sample;
	int err;

	lockdep_assert_held(&s->mutex);
	err = make_ready(sys, wish);
	if (sys->guard)
		WRITE_ONCE(sys->guard->rate, s->guard.rate);
	if (sys->track)
		WRITE_ONCE(sys->track->rate, s->track.rate);
	apply_to_heaps(sys);
	return err;
}

/* One of @rate requests, or none if it is 0, of what @wish is. Return: 0, or an errno. */
int sample_set_rate(struct gomalloc_sys *sys, struct sample_wish *wish,
		    unsigned int rate)
{
	int err;

	mutex_lock(&sys->sample.mutex);
	wish->rate = rate;
	err = apply_locked(sys, wish);
	mutex_unlock(&sys->sample.mutex);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(sample_set_rate);

/* Of heaps with these @names. Return: 0; -EINVAL: it is too long; or an errno. */
int sample_set_names(struct gomalloc_sys *sys, struct sample_wish *wish,
		     const char *names)
{
	int err = -EINVAL;

	mutex_lock(&sys->sample.mutex);
	if (strlen(names) < sizeof(wish->names)) {
		strscpy(wish->names, names, sizeof(wish->names));
		err = apply_locked(sys, wish);
	}
	mutex_unlock(&sys->sample.mutex);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(sample_set_names);

/*
 * === what slub_debug has ===
 */

/* What @flags of HEAP_DEBUGGED need is there. Return: 0, or -ENOMEM. */
static int make_debug_ready(struct gomalloc_sys *sys, unsigned int flags)
{
	int err = 0;

	if (flags)
		err = make_front(sys);
	if (!err && flags & HEAP_DEBUG_USER)
		err = make_table(sys);
	return err;
}

static void apply_debug_locked(struct gomalloc_sys *sys)
{
	struct gomalloc_heap *heap;
	unsigned long id;

	lockdep_assert_held(&sys->sample.mutex);
	heaplist_for_each(heap, sys, id)
		heap->debug = debugopt_flags(sys->sample.debug, heap->name);
	apply_to_heaps(sys);
}

/*
 * Have all heaps, those to come as well, debugged as @text says, which debugopt_check()
 * passed and sample_state.debug has room for. Return: 0; or -ENOMEM, all is as it was.
 */
int sample_set_debug(struct gomalloc_sys *sys, const char *text)
{
	struct sample_state *s = &sys->sample;
	int err;

	mutex_lock(&s->mutex);
	err = make_debug_ready(sys, debugopt_all(text));
	if (!err) {
		strscpy(s->debug, text, sizeof(s->debug));
		apply_debug_locked(sys);
	}
	mutex_unlock(&s->mutex);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(sample_set_debug);

/* The same of one heap, with letters alone, until sample_set_debug() comes */
int sample_set_heap_debug(struct gomalloc_heap *heap, const char *letters)
{
	struct gomalloc_sys *sys = heap->sys;
	unsigned int flags;
	int err;

	if (!*letters || debugopt_check(letters) || strpbrk(letters, ",;"))
		return -EINVAL;
	flags = debugopt_flags(letters, heap->name);
	mutex_lock(&sys->sample.mutex);
	err = make_debug_ready(sys, flags);
	if (!err) {
		heap->debug = flags;
		apply_to_heaps(sys);
	}
	mutex_unlock(&sys->sample.mutex);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(sample_set_heap_debug);

/* It is in the list of heaps, and nobody else uses it yet */
void sample_new_heap(struct gomalloc_heap *heap)
{
	struct sample_state *s = &heap->sys->sample;

	mutex_lock(&s->mutex);
	heap->debug = debugopt_flags(s->debug, heap->name);
	set_sampled(s, heap);
	mutex_unlock(&s->mutex);
}

/* With room for so many guarded and tracked objects, once there is a rate */
void sample_init(struct gomalloc_sys *sys, unsigned int guarded,
		 unsigned int tracked)
{
	mutex_init(&sys->sample.mutex);
	sys->sample.guard.objects = guarded;
	sys->sample.track.objects = tracked;
}

/* All heaps are destroyed */
void sample_exit(struct gomalloc_sys *sys)
{
	struct gomalloc_heap *front = sys->sample.front;

	if (sys->guard) {
		guard_probe_exit();
		guard_pool_destroy(sys->guard);
	}
	if (sys->track)
		track_destroy(sys->track);
	if (front) {
		mcache_destroy_slots(front);
		kfree(front);
	}
}
