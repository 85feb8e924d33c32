// SPDX-License-Identifier: GPL-2.0
/*
 * leaks - who allocated what is not freed
 *
 * What: the file "leaks" in our folder of debugfs: tracked objects that live, summed
 *	by heap and stack, those with the most bytes first; and the same of one heap in
 *	the log, for when its owner goes.
 * Locks: none; one entry of the table of track.c is looked at a time, so that what
 *	comes or goes meanwhile may be in it or not.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "compat.h"
#include "debugfs_heap.h"
#include "depot.h"
#include "heaplist.h"
#include "leaks.h"
#include "track.h"

/**
 * struct leak - objects of one heap from one place
 * @heap: the number of the heap
 * @stack: the place, see depot.c
 * @objects: how many
 * @bytes: theirs
 * @oldest: when the first of them was allocated, in jiffies
 * @newest: and the last
 */
struct leak {
	u32		heap;
	u32		stack;
	unsigned long	objects;
	u64		bytes;
	unsigned long	oldest;
	unsigned long	newest;
};

static int by_place(const void *a, const void *b)
{
	const struct leak *l = a, *r = b;

	if (l->heap != r->heap)
		return l->heap < r->heap ? -1 : 1;
	if (l->stack != r->stack)
		return l->stack < r->stack ? -1 : 1;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct leak *l = a, *r = b;

	if (l->bytes != r->bytes)
		return l->bytes > r->bytes ? -1 : 1;
	return by_place(a, b);
}

static void add(struct leak *to, const struct leak *from)
{
	to->objects += from->objects;
	to->bytes += from->bytes;
	if (time_before(from->oldest, to->oldest))
		to->oldest = from->oldest;
	if (time_after(from->newest, to->newest))
		to->newest = from->newest;
}

/* Sum those of one place, which are neighbours. Return: how many places. */
static unsigned int sum(struct leak *leaks, unsigned int nr)
{
	unsigned int i, last = 0;

	if (!nr)
		return 0;
	for (i = 1; i < nr; i++) {
		if (!by_place(&leaks[i], &leaks[last]))
			add(&leaks[last], &leaks[i]);
		else
			leaks[++last] = leaks[i];
	}
	return last + 1;
}

/* Places of a heap that are logged */
#define MOST_LOGGED	8

/* Return: live objects that were found, a leak each, of @heap or, for 0, all; or -EINTR */
static int collect(struct track *t, u32 heap, struct leak *leaks)
{
	struct track_entry e;
	unsigned int i;
	int nr = 0;

	for (i = 0; i < t->nr; i++) {
		if (track_look(t, i, &e) && (!heap || e.heap == heap))
			leaks[nr++] = (struct leak){
				.heap = e.heap,
				.stack = e.allocated.stack,
				.objects = 1,
				.bytes = e.size,
				.oldest = e.allocated.when,
				.newest = e.allocated.when,
			};
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return nr;
}

static void show_stack(struct seq_file *m, u32 handle)
{
	struct call_stack stack;
	unsigned int i;

	depot_fetch(handle, &stack);
	for (i = 0; i < stack.nr; i++)
		seq_printf(m, "  %pS\n", (void *)stack.entry[i]);
	if (!stack.nr)
		seq_puts(m, "  (no stack)\n");
}

static void show_leak(struct seq_file *m, struct gomalloc_sys *sys,
		      const struct leak *leak)
{
	struct gomalloc_heap *heap = heaplist_pin(sys, leak->heap);

	seq_printf(m, "%u %s: %lu objects, %llu bytes, %u to %u ms old\n",
		   leak->heap, heap ? heap->name : "(gone)", leak->objects,
		   leak->bytes, jiffies_to_msecs(jiffies - leak->newest),
		   jiffies_to_msecs(jiffies - leak->oldest));
	if (heap)
		heaplist_unpin(heap);
	show_stack(m, leak->stack);
}

/*
 * As collect(), but by place, the most bytes first. Return: how many, in *@all, which the
 * caller frees with kvfree(); or an errno, and there is none.
 */
static int collect_places(struct track *t, u32 heap, struct leak **all)
{
	struct leak *leaks = kvmalloc_array(t->nr, sizeof(*leaks), GFP_KERNEL);
	int nr = leaks ? collect(t, heap, leaks) : -ENOMEM;

	if (nr < 0) {
		kvfree(leaks);
		return nr;
	}
	sort(leaks, nr, sizeof(*leaks), by_place, NULL);
	nr = sum(leaks, nr);
	sort(leaks, nr, sizeof(*leaks), by_bytes, NULL);
	*all = leaks;
	return nr;
}

static int leaks_show(struct seq_file *m, void *v)
{
	struct gomalloc_sys *sys = m->private;
	/* Pairs with the release of who makes it */
	struct track *t = smp_load_acquire(&sys->track);
	struct leak *leaks;
	int i, nr;

	if (!t) {
		seq_puts(m, "# nothing is tracked; set the parameters track_heaps and track_rate\n");
		return 0;
	}
	nr = collect_places(t, 0, &leaks);
	if (nr < 0)
		return nr;
	seq_printf(m, "# one of %u requests is tracked; there was no room for %lu\n",
		   READ_ONCE(t->rate), READ_ONCE(t->missed));
	for (i = 0; i < nr; i++)
		show_leak(m, sys, &leaks[i]);
	kvfree(leaks);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(leaks);

static void log_leak(const struct gomalloc_heap *heap, const struct leak *leak)
{
	struct call_stack stack;
	unsigned int i;

	pr_warn("leak: heap %s: %lu objects, %llu bytes, %u to %u ms old\n",
		heap->name, leak->objects, leak->bytes,
		jiffies_to_msecs(jiffies - leak->newest),
		jiffies_to_msecs(jiffies - leak->oldest));
	depot_fetch(leak->stack, &stack);
	for (i = stack_first_other(&stack); i < stack.nr; i++)
		pr_warn("  %pS\n", (void *)stack.entry[i]);
}

/*
 * Say in the log who allocated what of @heap lives and is tracked, while the names of
 * who did are known; the places with the most bytes. Sleeps.
 */
void gomalloc_leaks_log(const struct gomalloc_heap *heap)
{
	/* Pairs with the release of who makes it */
	struct track *t = smp_load_acquire(&heap->sys->track);
	struct leak *leaks;
	int i, nr;

	nr = t ? collect_places(t, heap->id, &leaks) : 0;
	if (nr <= 0)
		return;
	for (i = 0; i < min(nr, MOST_LOGGED); i++)
		log_leak(heap, &leaks[i]);
	kvfree(leaks);
}

/* Behind that of the folder, with which it goes */
void gomalloc_leaks_init(struct gomalloc_sys *sys)
{
	if (sys->debugfs)
		debugfs_create_file("leaks", 0400, sys->debugfs->root, sys, &leaks_fops);
}
