/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of pagemap.c: from an address to its span */
#ifndef _GOMALLOC_PAGEMAP_H
#define _GOMALLOC_PAGEMAP_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "mspan.h"

#define PAGEMAP_LEAF_SHIFT	9
#define PAGEMAP_LEAF_PAGES	BIT(PAGEMAP_LEAF_SHIFT)

struct pagemap_leaf {
	struct mspan *span[PAGEMAP_LEAF_PAGES];
};

/**
 * struct pagemap - the table; constant but for its slots
 * @nr: [const] slots
 * @leaf: [atomic] by page number in the direct map >> PAGEMAP_LEAF_SHIFT; each changes
 *	once, from the leaf that holds nothing of ours to one of its own
 */
struct pagemap {
	unsigned long		nr;
	struct pagemap_leaf	*leaf[];
};

/* Only gives way to a larger one */
extern struct pagemap *pagemap;

/*
 * Stand in the map for a page of an arena that no span uses, and for every
 * page that is not ours. They have no objects, as emptymspan.
 */
extern struct mspan pagemap_free_page;
extern struct mspan pagemap_foreign_page;

/*
 * The span whose page holds @p, or one of the two above. Any value may be
 * asked for: outside the direct map the subtraction leaves a number beyond the
 * table.
 *
 * The caller holds the object, or has preemption off: then what it gets is a
 * struct mspan, if not one that still has anything to do with @p.
 */
static __always_inline struct mspan *pagemap_lookup(const void *p)
{
	unsigned long page = ((unsigned long)p - PAGE_OFFSET) >> PAGE_SHIFT;
	unsigned long i = page >> PAGEMAP_LEAF_SHIFT;
	/* Pairs with the release of pagemap_grow(), by address dependency */
	struct pagemap *map = READ_ONCE(pagemap);
	struct pagemap_leaf *leaf;

	if (unlikely(i >= map->nr))
		return &pagemap_foreign_page;
	/*
	 * Pairs with the cmpxchg of install_leaf(), by address dependency.
	 * READ_ONCE() would be one more instruction.
	 */
	leaf = data_race(map->leaf[i]);
	/* Pairs with the barrier of pagemap_fill(), by address dependency */
	return READ_ONCE(leaf->span[page & (PAGEMAP_LEAF_PAGES - 1)]);
}

/* The span that holds @p, or NULL */
static inline struct mspan *span_of(const void *p)
{
	struct mspan *span = pagemap_lookup(p);

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
	unsigned int i;

	/* Pairs with pagemap_lookup(): a span is whole when found */
	smp_wmb();
	if (npages > PAGEMAP_FEW) {
		/* Whole words, as WRITE_ONCE() writes them */
		memset_p((void **)entry, span, npages);
		return;
	}
	for (i = 0; i < npages; i++)
		WRITE_ONCE(entry[i], span);
}

#endif /* _GOMALLOC_PAGEMAP_H */
