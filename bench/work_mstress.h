/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mstress - structures of several objects, of random lifetimes
 *
 * Most live for a short time, some for long: the first places are taken again
 * more often than the last. One in eight changes hands. After mstress of
 * mimalloc.
 */
#define MSTRESS_NODES	8
#define MSTRESS_LIVE	(WORK_SLOTS / MSTRESS_NODES)

static void BENCH(structure)(struct work *w, void **p, unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < nodes; i++) {
		FREE(p[i]);
		p[i] = ALLOC(8 + work_below(w, 16 << work_below(w, 7)),
			     GFP_KERNEL);
		work_touch(p[i]);
	}
}

static void BENCH(mstress)(struct work *w)
{
	unsigned int at, nodes, i;
	void **p;

	for (w->done = 0; w->done < w->loops; w->done += nodes) {
		at = work_below(w, 1 + work_below(w, MSTRESS_LIVE));
		nodes = 1 + at % MSTRESS_NODES;
		at *= MSTRESS_NODES;
		p = &w->slot[at];
		BENCH(structure)(w, p, nodes);
		/* Pairs with itself: what is there is another's */
		for (i = 0; !work_below(w, 8) && i < nodes; i++)
			p[i] = xchg(&w->share->object[at + i], p[i]);
	}
	work_mark(w);
}
