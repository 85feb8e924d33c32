// SPDX-License-Identifier: GPL-2.0
/*
 * torture_world - what goes on around those who allocate
 *
 * Heaps come, grow, and go; memory is reclaimed; other users take all there is;
 * CPUs go offline and come back.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "torture.h"

/*
 * === heaps that come and go ===
 */

#define CHURN_OBJECTS	2000

/* What was counted in a heap that is about to go */
static void tally(struct torture *t, struct gomalloc_heap *heap)
{
	unsigned int i;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(t->tally) &&
	     gomalloc_heap_counter(heap, i, &value); i++)
		t->tally[i] += value;
}

static struct gomalloc_heap *make_heap(struct torture_task *me)
{
	static const unsigned int flags[] = {
		0, 0, GOMALLOC_HEAP_NO_RECYCLE, GOMALLOC_HEAP_ACCOUNT,
		GOMALLOC_HEAP_RANDOM, GOMALLOC_HEAP_ZERO_FREE,
		GOMALLOC_HEAP_NO_DMA,
	};
	struct gomalloc_heap_params params = {
		.name = "torture-churn",
		.cache_limit = SZ_16K << draw(&me->rnd, 8),
		.quarantine = draw(&me->rnd, 4) ? 0 : draw(&me->rnd, 500),
		.flags = flags[draw(&me->rnd, ARRAY_SIZE(flags))],
	};
	struct gomalloc_heap *heap;

	mutex_lock(&me->t->quiet);
	heap = gomalloc_heap_create(&params);
	mutex_unlock(&me->t->quiet);
	return heap;
}

/*
 * The largest arenas come and go, for as long as there are pages of that order:
 * once memory is fragmented there are none, and no reclaim is to make some
 */
static void grow_and_trim(struct torture_task *me, struct gomalloc_heap *heap)
{
	gfp_t gfp = GFP_KERNEL & ~__GFP_RECLAIM;
	unsigned long word;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		word = torture_make(me->t, heap, 3 * SZ_1M, 0, gfp, IN_TASK);
		torture_drop(me->t, word, IN_TASK);
		if (!word)
			break;
		gomalloc_heap_trim(heap);
	}
}

/* From nothing to some ten MiB, so that it grows in steps of all sizes */
static void fill(struct torture_task *me, struct gomalloc_heap *heap,
		 unsigned long *words)
{
	size_t size = draw(&me->rnd, 2) ? 30000 : 64 + draw(&me->rnd, 9000);
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY;
	unsigned int i;

	for (i = 0; i < CHURN_OBJECTS && !kthread_should_stop(); i++) {
		words[i] = torture_make(me->t, heap, i ? size : 3 * SZ_1M, i & 1,
					gfp, IN_TASK);
		if (i % 64 == 0)
			cond_resched();
	}
	for (; i < CHURN_OBJECTS; i++)
		words[i] = 0;
}

static void empty(struct torture_task *me, const unsigned long *words)
{
	unsigned int i;

	/* Holes first */
	for (i = 0; i < CHURN_OBJECTS; i += 2)
		torture_drop(me->t, words[i], IN_TASK);
	cond_resched();
	for (i = 1; i < CHURN_OBJECTS; i += 2)
		torture_drop(me->t, words[i], IN_TASK);
}

static void check_churned(struct torture_task *me, struct gomalloc_heap *heap)
{
	struct gomalloc_stats stats;

	if (gomalloc_heap_validate(heap) == -EUCLEAN)
		me->t->invalid++;
	gomalloc_heap_stats(heap, &stats);
	if (stats.objects || stats.misuses)
		me->t->invalid++;
}

int torture_churn(void *data)
{
	struct torture_task *me = data;
	struct gomalloc_heap *heap;
	unsigned long *words;

	words = kvcalloc(CHURN_OBJECTS, sizeof(*words), GFP_KERNEL);
	while (words && !kthread_should_stop()) {
		heap = make_heap(me);
		if (IS_ERR(heap)) {
			schedule_timeout_interruptible(1);
			continue;
		}
		grow_and_trim(me, heap);
		fill(me, heap, words);
		empty(me, words);
		check_churned(me, heap);
		tally(me->t, heap);
		gomalloc_heap_destroy(heap);
		me->t->heaps_made++;
		schedule_timeout_interruptible(HZ / 50 + 1);
	}
	kvfree(words);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/*
 * === memory that is reclaimed ===
 */

int torture_janitor(void *data)
{
	struct torture_task *me = data;
	struct torture *t = me->t;
	struct gomalloc_stats stats;
	struct gomalloc_heap *heap;
	unsigned int i;

	while (!kthread_should_stop()) {
		i = draw(&me->rnd, NR_HEAPS);
		heap = t->heap[i];
		switch (draw(&me->rnd, 3)) {
		case 0:
			gomalloc_heap_trim(heap);
			break;
		case 1:
			/* Below what it holds, or not at all; the default one stays */
			if (heap)
				gomalloc_heap_set_limits(heap, t->limit[i],
							 draw(&me->rnd, 2) * SZ_1M);
			break;
		default:
			gomalloc_heap_stats(heap, &stats);
		}
		schedule_timeout_interruptible(1 + draw(&me->rnd, HZ / 10 + 1));
	}
	return 0;
}

/*
 * === memory that others take ===
 */

/* Free all, or every other one, so that what is free is in single pages */
static void free_pages_of_hog(struct list_head *pages, bool all)
{
	struct page *page, *next;
	bool odd = false;

	list_for_each_entry_safe(page, next, pages, lru) {
		odd = !odd;
		if (!all && odd)
			continue;
		list_del(&page->lru);
		__free_page(page);
	}
	cond_resched();
}

/* Programs have to live: for them a request does not fail, it kills */
static bool is_scarce(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return info.freeram < info.totalram / 12;
}

/* All there is on a node, or anywhere */
static void take_pages(struct torture_task *me, struct list_head *pages)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	int nid = draw(&me->rnd, nr_node_ids);
	struct page *page;
	unsigned int n;

	if (!node_online(nid))
		return;
	gfp |= draw(&me->rnd, 2) ? __GFP_THISNODE : 0;
	for (n = 0; !kthread_should_stop(); n++) {
		if (n % 128 == 0 && is_scarce())
			break;
		page = alloc_pages_node(nid, gfp, 0);
		if (!page)
			break;
		list_add(&page->lru, pages);
		if (n % 128 == 0)
			cond_resched();
	}
}

int torture_hog(void *data)
{
	struct torture_task *me = data;
	unsigned long began, took;
	LIST_HEAD(pages);

	while (!kthread_should_stop()) {
		began = jiffies;
		mutex_lock(&me->t->quiet);
		take_pages(me, &pages);
		schedule_timeout_interruptible(1);
		free_pages_of_hog(&pages, false);
		mutex_unlock(&me->t->quiet);
		schedule_timeout_interruptible(HZ / 10 + 1);
		free_pages_of_hog(&pages, true);
		/* Where that takes long, it is not to be all that goes on */
		took = jiffies - began;
		schedule_timeout_interruptible(HZ / 4 + draw(&me->rnd, HZ) +
					       3 * took);
	}
	return 0;
}

/*
 * === CPUs that go away and come back ===
 */

#ifdef CONFIG_HOTPLUG_CPU
bool torture_can_hotplug = true;

static void off_and_on(struct torture_task *me)
{
	int cpu = draw(&me->rnd, nr_cpu_ids);

	if (!cpu || !cpu_online(cpu) || remove_cpu(cpu))
		return;
	schedule_timeout_interruptible(1 + draw(&me->rnd, HZ / 20 + 1));
	if (!add_cpu(cpu))
		me->t->onoff++;
}
#else
bool torture_can_hotplug;

static void off_and_on(struct torture_task *me)
{
}
#endif

int torture_hotplug(void *data)
{
	struct torture_task *me = data;

	while (!kthread_should_stop()) {
		mutex_lock(&me->t->quiet);
		off_and_on(me);
		mutex_unlock(&me->t->quiet);
		schedule_timeout_interruptible(1 + draw(&me->rnd, HZ / 10 + 1));
	}
	return 0;
}
