/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel - what the network and the file systems ask for
 *
 * skb: packets, a head and its data each, come in bursts and leave a queue in
 * bursts. dentry: files that are looked up, with the sizes and in the numbers
 * of bench/traces/live.txt; the least recently used make room, but for one in
 * eight that was used again.
 */
#define SKB_QUEUE	512
#define SKB_BURST	64
#define DENTRY_PARTS	8
#define DENTRY_FILES	(WORK_SLOTS / DENTRY_PARTS)

static size_t BENCH(skb_data)(struct work *w)
{
	unsigned int part = work_below(w, 100);

	return part < 50 ? 704 : part < 80 ? 2048 : part < 95 ? 1024 : 4096;
}

static void BENCH(skb)(struct work *w)
{
	unsigned int at = 0, i;

	for (w->done = 0; w->done < w->loops; w->done += 2 * SKB_BURST) {
		for (i = at; i < at + 2 * SKB_BURST; i++)
			FREE(w->slot[i]);
		for (i = at; i < at + 2 * SKB_BURST; i += 2) {
			w->slot[i] = ALLOC(232, GFP_KERNEL);
			w->slot[i + 1] = ALLOC(BENCH(skb_data)(w), GFP_KERNEL);
			work_touch(w->slot[i]);
			work_touch(w->slot[i + 1]);
		}
		at = (at + 2 * SKB_BURST) % (2 * SKB_QUEUE);
	}
	work_mark(w);
}

/* An inode and its dentry; a list, extents; and for two in five a tree's node */
static const u16 BENCH(dentry_sizes)[] = { 1128, 192, 32, 40, 40, 584 };

static void BENCH(dentry)(struct work *w)
{
	unsigned int at, parts, i, file = 0;
	void **p;

	for (w->done = 0; w->done < w->loops; w->done += parts) {
		do
			at = file++ % DENTRY_FILES;
		while (!work_below(w, 8));
		parts = ARRAY_SIZE(BENCH(dentry_sizes)) - (at % 5 > 1);
		p = &w->slot[at * DENTRY_PARTS];
		for (i = 0; i < parts; i++)
			FREE(p[i]);
		for (i = 0; i < parts; i++) {
			p[i] = ALLOC(BENCH(dentry_sizes)[i], GFP_KERNEL);
			work_touch(p[i]);
		}
	}
	work_mark(w);
}
