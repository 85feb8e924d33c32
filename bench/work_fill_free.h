/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fill_free - many objects of mixed sizes, then none, again and again
 *
 * 95 % of 16 to 316 bytes, 5 % of up to 7.3 KiB; freed in the order in which
 * they were allocated, and the next time in the reverse.
 */
#define FILL_SMALL	301
#define FILL_LARGE	7160

static size_t BENCH(fill_size)(struct work *w)
{
	if (work_below(w, 100) < 95)
		return 16 + work_below(w, FILL_SMALL);
	return 16 + FILL_SMALL + work_below(w, FILL_LARGE);
}

static void BENCH(fill_free_once)(struct work *w, bool reversed)
{
	unsigned int i, at;

	for (i = 0; i < WORK_SLOTS; i++) {
		w->slot[i] = ALLOC(BENCH(fill_size)(w), GFP_KERNEL);
		work_touch(w->slot[i]);
	}
	work_mark(w);
	for (i = 0; i < WORK_SLOTS; i++) {
		at = reversed ? WORK_SLOTS - 1 - i : i;
		FREE(w->slot[at]);
		w->slot[at] = NULL;
	}
	w->done += WORK_SLOTS;
}

static void BENCH(fill_free)(struct work *w)
{
	for (w->done = 0; w->done < w->loops; ) {
		BENCH(fill_free_once)(w, false);
		BENCH(fill_free_once)(w, true);
	}
}
