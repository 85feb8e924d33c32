/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of pagemap.c: from an address to its span */
#ifndef _GOMALLOC_PAGEMAP_H
#define _GOMALLOC_PAGEMAP_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "mspan.h"

/* A number, so that a leaf takes 4 KiB, of whatever size the pages are */
#define PAGEMAP_LEAF_SHIFT	9
#define PAGEMAP_LEAF_PAGES	BIT(PAGEMAP_LEAF_SHIFT)

/* Of what stands for no leaf: that of no address */
#define PAGEMAP_NO_KEY		(~0UL)

/**
 * struct pagemap_leaf - the spans of some pages in a row
 * @key: [const] the number of these pages, by address, of leaves of them
 * @span: [racy] by page; written by the mheap that has the arena
 */
struct pagemap_leaf {
	unsigned long	key;
	struct mspan	*span[PAGEMAP_LEAF_PAGES];
};

/**
 * struct pagemap - a hash table of leaves, in buckets of two slots
 * @mask: [const] number of slots - 1
 * @nr: [pagemap_lock] number of leaves
 * @rcu: frees it when a larger one took its place
 * @leaf: [racy] from what stands for no leaf to a leaf, once
 */
struct pagemap {
	unsigned long		mask;
	unsigned long		nr;
	struct rcu_head		rcu;
	struct pagemap_leaf	*leaf[];
};

/* Only gives way to a larger one, and is freed after a grace period */
extern struct pagemap *pagemap;

/*
 * Stand in the map for a page of an arena that no span uses, and for every
 * page that is not ours. They have no objects, as emptymspan.
 */
extern struct mspan pagemap_free_page;
extern struct mspan pagemap_foreign_page;

/* A pointer of ours may carry a tag that KASAN gave to its page */
static __always_inline unsigned long pagemap_key(const void *p)
{
	return (unsigned long)kasan_reset_tag(p) >>
	       (PAGE_SHIFT + PAGEMAP_LEAF_SHIFT);
}

/*
 * 3.06 times the key: in a table of four slots for each leaf, leaves in a row are
 * in buckets of their own, and rows that are far from each other mix
 */
static __always_inline unsigned long pagemap_hash(unsigned long key)
{
	return key * GOLDEN_RATIO_32 >> 29;
}

static __always_inline struct mspan *
pagemap_leaf_span(const struct pagemap_leaf *leaf, const void *p)
{
	unsigned long page = (unsigned long)p >> PAGE_SHIFT;

	/* Pairs with the barrier of pagemap_fill(), by address dependency */
	return READ_ONCE(leaf->span[page & (PAGEMAP_LEAF_PAGES - 1)]);
}

struct mspan *pagemap_lookup_far(const void *p);

/* Look where nearly all leaves are, and else, or not, where all of them may be */
static __always_inline struct mspan *pagemap_look(const void *p, bool far)
{
	unsigned long key = pagemap_key(p);
	/* Pairs with the release of end_growth(), by address dependency */
	struct pagemap *map = READ_ONCE(pagemap);
	unsigned long i = pagemap_hash(key) & map->mask;
	struct pagemap_leaf *leaf;

	/*
	 * Pairs with the release of insert_locked(), by address dependency.
	 * READ_ONCE() would be one more instruction.
	 */
	leaf = data_race(map->leaf[i]);
	if (unlikely(leaf->key != key)) {
		/* As above */
		leaf = data_race(map->leaf[i ^ 1]);
		if (leaf->key != key)
			return far ? pagemap_lookup_far(p) :
				     &pagemap_foreign_page;
	}
	return pagemap_leaf_span(leaf, p);
}

/*
 * pagemap_lookup_near() for who asks what may well be foreign. Return: the span, or NULL: it is
 * foreign for sure. A leaf goes into the first place that is free and stays there, so none
 * is behind a bucket that has room.
 */
static __always_inline struct mspan *pagemap_lookup_ours(const void *p)
{
	unsigned long key = pagemap_key(p);
	/* Pairs as in pagemap_look(), as all reads below do */
	struct pagemap *map = READ_ONCE(pagemap);
	unsigned long i = pagemap_hash(key) & map->mask;
	struct pagemap_leaf *a, *b;
	struct mspan *span;

	/* As in pagemap_look() */
	a = data_race(map->leaf[i]);
	if (unlikely(a->key != key)) {
		/* As above */
		b = data_race(map->leaf[i ^ 1]);
		if (b->key != key)
			return a->key == PAGEMAP_NO_KEY || b->key == PAGEMAP_NO_KEY ?
			       NULL : &pagemap_foreign_page;
		a = b;
	}
	span = pagemap_leaf_span(a, p);
	return unlikely(span == &pagemap_foreign_page) ? NULL : span;
}

/*
 * The span whose page holds @p, or one of the two above; any value may be asked
 * for. The caller has preemption off: then what it gets is a struct mspan, if not
 * one that still has anything to do with @p.
 */
static inline struct mspan *pagemap_lookup(const void *p)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(),
			 "gomalloc: the page map may go meanwhile");
	return pagemap_look(p, true);
}

/*
 * The same for the hot path, which has no stack frame for a call: a page of ours
 * may be taken for foreign, rarely, and is looked for again behind it
 */
static __always_inline struct mspan *pagemap_lookup_near(const void *p)
{
	return pagemap_look(p, false);
}

/* The same, for a caller who holds what keeps the span */
static inline struct mspan *pagemap_entry(const void *p)
{
	struct mspan *span;

	rcu_read_lock();
	span = pagemap_lookup(p);
	rcu_read_unlock();
	return span;
}

/* The span that holds @p, or NULL; the caller holds what keeps the span */
static inline struct mspan *span_of(const void *p)
{
	struct mspan *span = pagemap_entry(p);

	return span == &pagemap_free_page || span == &pagemap_foreign_page ?
	       NULL : span;
}

int pagemap_init(void);
void pagemap_exit(void);
int pagemap_reserve(unsigned long base, unsigned int npages, gfp_t gfp);
struct mspan **pagemap_entries(unsigned long base, unsigned int npages);
void pagemap_set(unsigned long base, unsigned int npages, struct mspan *span);

/* Entries up to which a loop is cheaper than the processor's string store */
#define PAGEMAP_FEW	8

/*
 * Write @npages entries from @entry on, all in one leaf: @span, or
 * &pagemap_free_page when it is freed, or &pagemap_foreign_page when the
 * arena is. The caller's mheap has the arena.
 */
static inline void pagemap_fill(struct mspan **entry, unsigned int npages,
				struct mspan *span)
{
	struct mspan **end;

	/* Pairs with pagemap_leaf_span(): a span is whole when found */
	smp_wmb();
	if (npages > PAGEMAP_FEW) {
		/* Whole words, as WRITE_ONCE() writes them */
		memset_p((void **)entry, span, npages);
		return;
	}
	for (end = entry + (npages & ~1U); entry != end; entry += 2) {
		WRITE_ONCE(entry[0], span);
		WRITE_ONCE(entry[1], span);
	}
	if (npages & 1)
		WRITE_ONCE(*entry, span);
}

#endif /* _GOMALLOC_PAGEMAP_H */
