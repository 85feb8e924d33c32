// SPDX-License-Identifier: GPL-2.0
/*
 * workloads - what objects live through
 *
 * What: three by size, and those that papers on allocators have, each written anew from
 *	its idea: what sizes, which order, and who frees. The threads of a workload share
 *	what is static here.
 */
#include <string.h>

#include "bench.h"

/* Objects of one batch, and those that live */
#define BATCH	10000

/*
 * === of one size ===
 */

static void pair(struct worker *w)
{
	for (w->ops = 0; w->ops < 1000000; w->ops++)
		drop(w, take(w, w->size));
}

/* Of each thread */
static void *objects[MOST_THREADS][BATCH];
static uint16_t order[MOST_THREADS][BATCH];

static void make_order(struct worker *w, int which)
{
	uint16_t *o = order[w->nr], swapped;
	unsigned int i, j;

	for (i = 0; i < BATCH; i++)
		o[i] = which < 0 ? BATCH - 1 - i : i;
	for (i = BATCH - 1; which > 0 && i; i--) {
		j = draw(w) % (i + 1);
		swapped = o[i];
		o[i] = o[j];
		o[j] = swapped;
	}
}

/* All are allocated, then all freed in order (0), reversed (-1) or shuffled (1) */
static void batches(struct worker *w, int which)
{
	void **p = objects[w->nr];
	unsigned int n, i;

	make_order(w, which);
	for (n = 0; n < 30; n++) {
		for (i = 0; i < BATCH; i++)
			p[i] = take(w, w->size);
		for (i = 0; i < BATCH; i++)
			drop(w, p[order[w->nr][i]]);
	}
	w->ops = n * BATCH;
}

static void batch(struct worker *w)
{
	batches(w, 0);
}

static void batch_reversed(struct worker *w)
{
	batches(w, -1);
}

static void batch_shuffled(struct worker *w)
{
	batches(w, 1);
}

static void fill(struct worker *w, void **p, unsigned int n)
{
	while (n--)
		*p++ = take(w, w->size);
}

static void drop_all(struct worker *w, void **p, unsigned int n)
{
	for (; n--; p++) {
		if (*p)
			drop(w, *p);
		*p = NULL;
	}
}

/* A random one of those that live is replaced */
static void live(struct worker *w)
{
	void **p = objects[w->nr], **at;

	fill(w, p, BATCH);
	for (w->ops = 0; w->ops < 500000; w->ops++) {
		at = &p[draw(w) % BATCH];
		drop(w, *at);
		*at = take(w, w->size);
	}
	drop_all(w, p, BATCH);
	w->ops += BATCH;
}

/*
 * === of mixed sizes ===
 */

#define FILL	4096

/* 95 of 100 are of 16 to 316 bytes, the others of up to 7.3 KiB */
static void *take_mixed(struct worker *w)
{
	return take(w, draw(w) % 100 < 95 ? draw_size(w, 16, 316) :
					    draw_size(w, 317, 7475));
}

/* Fill and free all, in order and reversed, again and again */
static void fill_free(struct worker *w)
{
	void **p = objects[w->nr];
	int n, i;

	for (n = 0; n < 40; n++) {
		for (i = 0; i < FILL; i++)
			p[i] = take_mixed(w);
		for (i = 0; i < FILL; i++)
			drop(w, p[n & 1 ? FILL - 1 - i : i]);
	}
	w->ops = n * FILL;
}

/* After Larson: random ones are replaced, by one thread and then by another */
#define SLOTS		1000
#define ROUNDS		40
#define REPLACED	5000

static void larson(struct worker *w)
{
	void **p, **at;
	int round, i;

	p = objects[w->nr];
	for (i = 0; i < SLOTS; i++)
		p[i] = take(w, draw_size(w, 10, 500));
	for (round = 0; round < ROUNDS; round++) {
		meet(w);
		p = objects[(w->nr + round) % w->threads];
		for (i = 0; i < REPLACED; i++) {
			at = &p[draw(w) % SLOTS];
			drop(w, *at);
			*at = take(w, draw_size(w, 10, 500));
		}
	}
	meet(w);
	drop_all(w, p, SLOTS);
	w->ops = ROUNDS * REPLACED + SLOTS;
}

/* After mstress: small structures with random lifetimes, some handed over */
#define STRESS		2000
#define HANDED_OVER	256

static void *handed_over[HANDED_OVER];

/* What is there is ours, and what we had is for whoever comes */
static void *hand_over(struct worker *w, void *p)
{
	return __atomic_exchange_n(&handed_over[draw(w) % HANDED_OVER], p,
				   __ATOMIC_ACQ_REL);
}

static void mstress(struct worker *w)
{
	void **p = objects[w->nr], **at;
	unsigned int step;

	memset(p, 0, STRESS * sizeof(*p));
	for (step = 0; step < 400000; step++) {
		at = &p[draw(w) % STRESS];
		if (*at && draw(w) % 8 == 0) {
			*at = hand_over(w, *at);
		} else if (*at) {
			drop(w, *at);
			*at = NULL;
		} else {
			*at = take(w, draw_skewed(w, 11));
			w->ops++;
		}
	}
	drop_all(w, p, STRESS);
}

static void drop_handed_over(struct worker *w)
{
	drop_all(w, handed_over, HANDED_OVER);
}

/* After sh6bench: bursts of one size; half of it goes at once, half much later */
#define BURST	64
#define KEPT	128

static void sh6(struct worker *w)
{
	void **kept = objects[w->nr], *p[BURST], **at;
	unsigned int n, i;
	size_t size;

	memset(kept, 0, KEPT * BURST / 2 * sizeof(*kept));
	for (n = 0; n < 5000; n++) {
		size = draw_skewed(w, 7);
		for (i = 0; i < BURST; i++)
			p[i] = take(w, size);
		at = &kept[n % KEPT * (BURST / 2)];
		drop_all(w, at, BURST / 2);
		for (i = 0; i < BURST; i += 2) {
			*at++ = p[i];
			drop(w, p[BURST - 1 - i]);
		}
	}
	drop_all(w, kept, KEPT * BURST / 2);
	w->ops = n * BURST;
}

/* After sh8bench: the same, and what goes later may go by another thread */
static void sh8(struct worker *w)
{
	void *p[BURST], *old;
	unsigned int n, i;
	size_t size;

	for (n = 0; n < 5000; n++) {
		size = draw_skewed(w, 7);
		for (i = 0; i < BURST; i++)
			p[i] = take(w, size);
		for (i = 0; i < BURST; i++) {
			old = i & 1 ? hand_over(w, p[i]) : p[i];
			if (old)
				drop(w, old);
		}
	}
	w->ops = n * BURST;
}

/*
 * === of several threads ===
 */

/* After xmalloc-test: one allocates batches, which another one frees */
#define XBATCH	100
#define XQUEUE	16
#define XROUNDS	4000

static void *queue[XQUEUE][XBATCH];
static unsigned long put, got;

static void produce(struct worker *w, unsigned long n)
{
	unsigned int i;

	while (n - __atomic_load_n(&got, __ATOMIC_ACQUIRE) >= XQUEUE)
		__builtin_ia32_pause();
	for (i = 0; i < XBATCH; i++)
		queue[n % XQUEUE][i] = take(w, draw_size(w, 16, 512));
	__atomic_store_n(&put, n + 1, __ATOMIC_RELEASE);
}

static void consume(struct worker *w, unsigned long n)
{
	unsigned int i;

	while (__atomic_load_n(&put, __ATOMIC_ACQUIRE) <= n)
		__builtin_ia32_pause();
	for (i = 0; i < XBATCH; i++)
		drop(w, queue[n % XQUEUE][i]);
	__atomic_store_n(&got, n + 1, __ATOMIC_RELEASE);
}

static void xmalloc(struct worker *w)
{
	unsigned long n;

	for (n = 0; n < XROUNDS; n++) {
		if (w->nr == 0)
			produce(w, n);
		if (w->nr == w->threads - 1)
			consume(w, n);
	}
	/* An object of both is one of each */
	w->ops = XROUNDS * XBATCH;
}

static void empty_queue(struct worker *w)
{
	put = 0;
	got = 0;
}

/* After Hoard's: each thread writes to a small object of its own, over and over */
#define WRITES	200

static void write_to(void *p)
{
	volatile char *at = p;
	int i;

	for (i = 0; i < WRITES; i++)
		at[i % 8]++;
}

/* Allocated by itself: active false sharing */
static void cache_thrash(struct worker *w)
{
	void *p;

	for (w->ops = 0; w->ops < 50000; w->ops++) {
		p = take(w, 8);
		write_to(p);
		drop(w, p);
	}
}

/* The first was allocated by another, beside those of the others: passive */
static void *scratch[MOST_THREADS];

static void take_scratch(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < w->threads; i++)
		scratch[i] = take(w, 8);
}

static void cache_scratch(struct worker *w)
{
	drop(w, scratch[w->nr]);
	cache_thrash(w);
}

#define BY_SIZE(name)	{ #name, name, true, 1, NULL, NULL }
#define MIXED(name)	{ #name, name, false, 1, NULL, NULL }

const struct workload bench_workloads[] = {
	BY_SIZE(pair),
	BY_SIZE(batch),
	BY_SIZE(batch_reversed),
	BY_SIZE(batch_shuffled),
	BY_SIZE(live),
	MIXED(fill_free),
	MIXED(larson),
	{ "mstress", mstress, false, 1, NULL, drop_handed_over },
	MIXED(sh6),
	{ "sh8", sh8, false, 1, NULL, drop_handed_over },
	{ "xmalloc", xmalloc, false, 1, empty_queue, NULL },
	MIXED(cache_thrash),
	{ "cache_scratch", cache_scratch, false, 1, take_scratch, NULL },
	{ NULL, NULL, false, 0, NULL, NULL }
};
