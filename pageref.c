// SPDX-License-Identifier: GPL-2.0
/*
 * pageref - the reference counts of the pages of arenas
 *
 * What: keeps a page ours whatever others do to its count. It is far below zero, so
 *	that sendpage_ok() says no, as it does of a slab's: who takes references
 *	to pages copies the object instead. The kernel's kfree() of an object of
 *	ours, which drops a reference to its page, frees nothing. A page that is
 *	lent is as far above zero: sendpage_ok() says yes. In both cases the
 *	distance tells how many references others have, or dropped too many.
 *	  Not zero, which a slab's page has in newer kernels: of one that is not a
 *	slab's, a reference that is taken and dropped would free it; and memory
 *	that goes offline takes it for free, and waits for it without end.
 * Locks: none; the counts are atomic. A walk over page frames may take a reference
 *	at any time and drop it.
 * Invariant: a page of an arena has a count of -PAGEREF_BIAS, or of PAGEREF_BIAS
 *	when it is lent, plus the references of others; and a page that goes
 *	back to the page allocator has none of ours.
 */
#include <linux/mm.h>

#include "compat.h"
#include "pageref.h"

/* The bias in a count, which is the nearer one */
static int bias_of(int count)
{
	return count > 0 ? PAGEREF_BIAS : -PAGEREF_BIAS;
}

/* Pages that the page allocator gave, each with a reference; ours from now on */
void pageref_take(struct page *page, unsigned int npages)
{
	unsigned int i;

	for (i = 0; i < npages; i++)
		page_ref_sub(page + i, 1 + PAGEREF_BIAS);
}

/*
 * Let go of a page, in which nothing of ours is any more. Return: the references of
 * others to it; if there are any it is theirs now. If less than none, they dropped
 * some that they had not.
 */
static int drop_bias(struct page *page)
{
	/* A full barrier: what we did in the page is before what its freer does */
	return atomic_sub_return(bias_of(page_ref_count(page)),
				 &page->_refcount);
}

/*
 * Nothing is in a page any more. Return: true: it is ours, to be used again; false:
 * others refer to it, and who drops the last reference frees it. Adds to *@puts how
 * many references they dropped that they had not.
 */
bool pageref_settle(struct page *page, unsigned int *puts)
{
	int others = drop_bias(page);

	if (others > 0)
		return false;
	*puts -= others;
	page_ref_sub(page, PAGEREF_BIAS + others);
	return true;
}

/* Release pages in which nothing is. Adds to *@puts as pageref_settle(). */
void pageref_release(struct page *page, unsigned int npages,
		     unsigned int *puts)
{
	unsigned int i;
	int others;

	for (i = 0; i < npages; i++, page++) {
		/* A full barrier, as drop_bias() */
		if (likely(atomic_cmpxchg(&page->_refcount, -PAGEREF_BIAS, 1) ==
			   -PAGEREF_BIAS)) {
			__free_page(page);
			continue;
		}
		others = drop_bias(page);
		if (others > 0)
			continue;
		*puts -= others;
		page_ref_add(page, 1 - others);
		__free_page(page);
	}
}

/* Let others have references to pages that only one object is in */
void pageref_lend(struct page *page, unsigned int npages)
{
	unsigned int i;
	int count;

	for (i = 0; i < npages; i++, page++) {
		count = page_ref_count(page);
		/* No order: who calls has the object, and passes it on */
		while (count < 0 &&
		       !atomic_try_cmpxchg_relaxed(&page->_refcount, &count,
						   count + 2 * PAGEREF_BIAS))
			;
	}
}

/* Do others refer to a page of ours? They may begin to at any time. */
bool pageref_has_others(const struct page *page)
{
	int count = page_ref_count(page);

	return count > bias_of(count);
}

/* How many references to pages of ours others dropped that they had not */
unsigned int pageref_count_puts(const struct page *page, unsigned int npages)
{
	unsigned int i, puts = 0;
	int count;

	for (i = 0; i < npages; i++, page++) {
		count = page_ref_count(page);
		puts += max(bias_of(count) - count, 0);
	}
	return puts;
}
