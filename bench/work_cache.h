/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cache - objects of several CPUs in one cache line
 *
 * cache_thrash: each CPU allocates a small object, writes to it and frees it.
 * They are slow if two have parts of one line (active false sharing).
 * cache_scratch: the first object of each comes from one CPU, and was one line
 * with the others'; those after it should not be (passive). After the Hoard's.
 */
#define CACHE_WRITES	100

static void BENCH(cache_thrash)(struct work *w)
{
	unsigned int i, n = w->loops / 10;
	void *p;

	for (i = 0; i < n; i++) {
		p = ALLOC(8, GFP_KERNEL);
		work_count(p, CACHE_WRITES);
		FREE(p);
	}
	w->done = n;
}

static void BENCH(cache_scratch)(struct work *w)
{
	void **p = &w->share->object[w->id], *own = *p;
	unsigned int i, n = w->loops / 10;

	for (i = 0; i < n; i++) {
		FREE(own);
		own = ALLOC(8, GFP_KERNEL);
		work_count(own, CACHE_WRITES);
	}
	*p = own;
	w->done = n;
}
