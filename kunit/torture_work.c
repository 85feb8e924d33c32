// SPDX-License-Identifier: GPL-2.0
/*
 * torture_work - what the task of a CPU does, in phases
 *
 * Each phase is a habit that some user of an allocator has, and leads to other
 * transitions: objects of all kinds that live for a while, many of one size
 * that are freed in some order, many that another CPU frees, a heap at its
 * limit.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "sizes.h"
#include "torture.h"

/* Objects of a burst, and bytes of them */
#define BURST		600
#define BURST_BYTES	SZ_2M

static size_t any_size(struct rnd_state *rnd, size_t most)
{
	return min(random_size(rnd).size, most);
}

/* All kinds, each for as long as its ring goes round */
static void mix(struct torture_task *me)
{
	unsigned int i;

	for (i = 0; i < 400; i++) {
		if (i % 32 == 0)
			torture_irq_kick(me->t, &me->rnd,
					 any_size(&me->rnd, 2048));
		torture_step(me->t, &me->rnd, 0, IN_TASK);
	}
}

static unsigned int burst_length(struct rnd_state *rnd, size_t size)
{
	return 1 + draw(rnd, min_t(size_t, BURST_BYTES / size, BURST));
}

static unsigned long make(struct torture_task *me, struct gomalloc_heap *heap,
			  size_t size, unsigned int flags)
{
	return torture_make(me->t, heap, size, flags, me->t->gfp, IN_TASK);
}

/* First to last, last to first, or every other one first */
static unsigned int nth(unsigned int order, unsigned int i, unsigned int nr)
{
	if (order == 0)
		return i;
	if (order == 1)
		return nr - 1 - i;
	return i < nr / 2 ? 2 * i + 1 : 2 * (i - nr / 2);
}

static void drop_all(struct torture_task *me, const unsigned long *words,
		     unsigned int nr)
{
	unsigned int order = draw(&me->rnd, 3), i;

	for (i = 0; i < nr; i++)
		torture_drop(me->t, words[nth(order, i, nr)], IN_TASK);
}

/* Many of one size, freed at once, but for some that stay behind */
static void burst_in(struct torture_task *me, struct gomalloc_heap *heap,
		     size_t size, unsigned int stay)
{
	unsigned int nr = burst_length(&me->rnd, size), i;
	/* GOMALLOC_NOSCAN, GOMALLOC_NO_DMA, both or none */
	unsigned int flags = draw(&me->rnd, 4);
	unsigned long *words;

	words = gomalloc_array(BURST, sizeof(*words), me->t->gfp);
	if (!words)
		return;
	torture_irq_kick(me->t, &me->rnd, size);
	for (i = 0; i < nr; i++) {
		words[i] = make(me, heap, size, flags);
		if (i % 64 == 63)
			torture_irq_kick(me->t, &me->rnd, size);
	}
	for (i = 0; stay && i < nr; i += stay) {
		torture_put(me->t, prandom_u32_state(&me->rnd), words[i], IN_TASK);
		words[i] = 0;
	}
	drop_all(me, words, nr);
	gofree(words);
}

static void burst(struct torture_task *me)
{
	burst_in(me, me->t->heap[draw(&me->rnd, 8) ? HEAP_MAIN : HEAP_HARD],
		 any_size(&me->rnd, SZ_32K),
		 draw(&me->rnd, 2) ? 1 + draw(&me->rnd, 60) : 0);
}

/*
 * Until there is no more, and room has to be made; also of those sizes that
 * come without a span where there is little
 */
static void limit(struct torture_task *me)
{
	size_t size = draw(&me->rnd, 2) ? any_size(&me->rnd, SZ_32K) :
					  SZ_16K + draw(&me->rnd, SZ_16K);

	burst_in(me, me->t->heap[HEAP_TIGHT], size, 0);
}

/* Of one size, a few of each ring's objects, to be freed by whoever comes by */
static void pass(struct torture_task *me)
{
	size_t size = any_size(&me->rnd, 8192);
	unsigned int i;

	for (i = 0; i < 300; i++) {
		if (i % 64 == 0)
			torture_irq_kick(me->t, &me->rnd, size);
		torture_step(me->t, &me->rnd, size, IN_TASK);
	}
}

/* All CPUs free into the spans that the others allocate from */
static void share(struct torture_task *me)
{
	size_t size;
	unsigned int i;

	if (!draw(&me->rnd, 8))
		WRITE_ONCE(me->t->hot, 8 << draw(&me->rnd, 11));
	size = READ_ONCE(me->t->hot);
	for (i = 0; i < 600; i++) {
		if (i % 128 == 0)
			torture_irq_kick(me->t, &me->rnd, size);
		torture_put(me->t, draw(&me->rnd, 2),
			    make(me, me->t->heap[HEAP_DIRECT], size, 0),
			    IN_TASK);
	}
}

static struct torture_batch **any_batch(struct torture_task *me)
{
	return &me->t->batch[draw(&me->rnd, me->t->nr_rings)];
}

/* For another CPU to free, all at once */
static void post(struct torture_task *me)
{
	size_t size = any_size(&me->rnd, 4096);
	struct gomalloc_heap *heap = me->t->heap[HEAP_MAIN];
	struct torture_batch *batch;
	unsigned int i;

	batch = gomalloc_heap_alloc(heap, sizeof(*batch), me->t->gfp, 0);
	if (!batch)
		return;
	batch->nr = min_t(size_t, TORTURE_BATCH, BURST_BYTES / size);
	for (i = 0; i < batch->nr; i++) {
		if (i % 128 == 0)
			torture_irq_kick(me->t, &me->rnd, size);
		batch->word[i] = make(me, heap, size, 0);
	}
	/* Full barrier: who takes it sees what is in it */
	torture_drop_batch(me->t, xchg(any_batch(me), batch));
}

static void fetch(struct torture_task *me)
{
	/* Pairs with the xchg of post() */
	torture_drop_batch(me->t, xchg(any_batch(me), NULL));
}

static void large(struct torture_task *me)
{
	unsigned long words[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = make(me, me->t->heap[HEAP_MAIN], SZ_32K + 1 +
				draw(&me->rnd, i ? SZ_128K : SZ_4M - SZ_64K),
				0);
	drop_all(me, words, ARRAY_SIZE(words));
}

static void tiny(struct torture_task *me)
{
	unsigned long word;
	unsigned int i;

	torture_irq_kick(me->t, &me->rnd, 16);
	for (i = 0; i < 300; i++) {
		word = make(me, me->t->heap[HEAP_MAIN],
			    1 + draw(&me->rnd, 16),
			    GOMALLOC_NOSCAN | GOMALLOC_NO_DMA);
		if (i % 3)
			torture_drop(me->t, word, IN_TASK);
		else
			torture_put(me->t, i, word, IN_TASK);
	}
}

/* The shortest way there is, and most of all operations */
static void pairs(struct torture_task *me)
{
	size_t size = any_size(&me->rnd, 1024);
	unsigned int i;

	for (i = 0; i < me->t->pairs && !kthread_should_stop(); i++) {
		if (i % 512 == 0)
			torture_irq_kick(me->t, &me->rnd, size);
		torture_drop(me->t, torture_make(me->t, me->t->heap[HEAP_MAIN],
						 size, i & 3, GFP_NOWAIT, IN_TASK),
			     IN_TASK);
		if (i % 4096 == 0)
			cond_resched();
	}
}

static void api(struct torture_task *me)
{
	unsigned int i;

	for (i = 0; i < 50; i++) {
		if (!torture_api(me->t, &me->rnd))
			atomic_long_inc(&me->t->damaged);
	}
}

static void (*const phases[])(struct torture_task *me) = {
	mix, mix, burst, burst, burst, limit, pass, share, share, share, post,
	post, fetch, fetch, large, tiny, pairs, api,
};

/*
 * On any CPU that is online: the next phase may find it gone. Not where
 * locks sleep: who holds one may not migrate, and the scheduler of 6.1 warns at
 * times, in affine_move_task(), if the only CPU it was bound to goes meanwhile.
 */
static void move(struct torture_task *me)
{
	int cpu = draw(&me->rnd, nr_cpu_ids);

	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && cpu_online(cpu))
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

int torture_work(void *data)
{
	struct torture_task *me = data;

	/* Each wants a whole CPU; what goes on around them is to go on */
	set_user_nice(current, MAX_NICE);
	while (!kthread_should_stop()) {
		if (!draw(&me->rnd, 50))
			move(me);
		phases[draw(&me->rnd, ARRAY_SIZE(phases))](me);
		cond_resched();
	}
	return 0;
}
