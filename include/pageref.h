/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of pageref.c: the reference counts of the pages of arenas */
#ifndef _GOMALLOC_PAGEREF_H
#define _GOMALLOC_PAGEREF_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/mm_types.h>
#include <linux/page_ref.h>

/* How far from zero the count of a page of ours is while no one else refers to it */
#define PAGEREF_BIAS	((int)BIT(29))

static __always_inline bool pageref_is_idle(const struct page *page)
{
	/* Unordered; READ_ONCE() would be one more instruction */
	return likely(data_race(page->_refcount.counter) == -PAGEREF_BIAS);
}

/* Is each of these pages left alone by others, and not lent? A span has few. */
static __always_inline bool pageref_all_idle(const struct page *page,
					     unsigned int npages)
{
	for (; npages >= 4; npages -= 4, page += 4) {
		if (!pageref_is_idle(page) || !pageref_is_idle(page + 1) ||
		    !pageref_is_idle(page + 2) || !pageref_is_idle(page + 3))
			return false;
	}
	if (npages & 2) {
		if (!pageref_is_idle(page) || !pageref_is_idle(page + 1))
			return false;
		page += 2;
	}
	return !(npages & 1) || pageref_is_idle(page);
}

void pageref_take(struct page *page, unsigned int npages);
bool pageref_settle(struct page *page, unsigned int *puts);
void pageref_release(struct page *page, unsigned int npages,
		     unsigned int *puts);
void pageref_lend(struct page *page, unsigned int npages);
bool pageref_has_others(const struct page *page);
unsigned int pageref_count_puts(const struct page *page, unsigned int npages);

#endif /* _GOMALLOC_PAGEREF_H */
