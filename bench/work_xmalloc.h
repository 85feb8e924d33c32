/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xmalloc - batches that one thread allocates and another frees
 *
 * Each fills a batch, leaves it in a box, and frees the one that was there.
 * After xmalloc-test of Lever and Boreham.
 */
static void BENCH(xmalloc)(struct work *w)
{
	unsigned int i;

	for (w->done = 0; w->done < w->loops; w->done += WORK_BATCH) {
		for (i = 0; i < WORK_BATCH; i++) {
			w->batch[i] = ALLOC(16 + work_below(w, 241), GFP_KERNEL);
			work_touch(w->batch[i]);
		}
		/* Pairs with itself: the objects come with their batch */
		w->batch = xchg(&w->share->box[work_below(w, WORK_BOXES)],
				w->batch);
		for (i = 0; i < WORK_BATCH; i++) {
			FREE(w->batch[i]);
			w->batch[i] = NULL;
		}
	}
	work_mark(w);
}
