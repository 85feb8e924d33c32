/* SPDX-License-Identifier: GPL-2.0 */
/*
 * larson - a server: threads replace random objects, and hand them over
 *
 * Each has an array of objects, which it leaves to another after some hundred
 * replacements, so that most are freed by who did not allocate them. After
 * Larson and Krishnan, who let a thread end and another begin.
 */
#define LARSON_LIVE	2048
#define LARSON_ROUND	512

static void BENCH(larson)(struct work *w)
{
	unsigned int i;
	void **p;

	for (i = 0; i < w->loops; i++) {
		/* Pairs with itself: the objects come with their array */
		if (!(i % LARSON_ROUND))
			w->slot = xchg(&w->share->spare, w->slot);
		p = &w->slot[work_below(w, LARSON_LIVE)];
		FREE(*p);
		*p = ALLOC(10 + work_below(w, 491), GFP_KERNEL);
		work_touch(*p);
	}
	work_mark(w);
	w->done = w->loops;
}
