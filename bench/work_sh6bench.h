/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sh6bench - bursts of objects of one size, freed in another order
 *
 * A burst lives for eight others, and is freed from its first to its last, or
 * backwards, or every other one first. After sh6bench of MicroQuill.
 */
#define SH6_BURST	512
#define SH6_BURSTS	(WORK_SLOTS / SH6_BURST)

static void BENCH(sh6_burst)(struct work *w, unsigned int burst)
{
	static const u16 sizes[] = {
		16, 24, 40, 64, 96, 144, 200, 320, 500, 760, 1100, 1800
	};
	void **p = &w->slot[burst % SH6_BURSTS * SH6_BURST];
	unsigned int i, at, order = burst % 3;

	for (i = 0; i < SH6_BURST; i++) {
		at = order == 0 ? i : order == 1 ? SH6_BURST - 1 - i :
		     i * 2 % SH6_BURST + i * 2 / SH6_BURST;
		FREE(p[at]);
	}
	for (i = 0; i < SH6_BURST; i++) {
		p[i] = ALLOC(sizes[burst % ARRAY_SIZE(sizes)], GFP_KERNEL);
		work_touch(p[i]);
	}
}

static void BENCH(sh6bench)(struct work *w)
{
	unsigned int burst = 0;

	for (w->done = 0; w->done < w->loops; w->done += SH6_BURST) {
		BENCH(sh6_burst)(w, burst++);
		/* The largest sizes are in the middle */
		work_mark(w);
	}
}
