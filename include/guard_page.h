/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_page - to hide a mapped page from the kernel, and to show it again
 *
 * What the kernel's own way to do so is for no module to call. A page whose entry
 * is empty faults; what a CPU still has of it in its TLB it forgets only here, on
 * the one that hides the page: another may miss a fault, and none is invented,
 * since behind an address is always the same page.
 */
#ifndef _GOMALLOC_GUARD_PAGE_H
#define _GOMALLOC_GUARD_PAGE_H

#include <linux/kconfig.h>
#include <linux/pgtable.h>

/* Pages can be hidden, and a fault be seen: see guard_probe.c */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML) && \
	defined(CONFIG_KPROBES) && defined(CONFIG_STACKTRACE)
#define GUARD_FAULTS	1

/**
 * struct guard_page - the entry of a page in the kernel's page table
 * @entry: [const] where it is
 * @shown: [const] what is in it while the page is there
 */
struct guard_page {
	pte_t	*entry;
	pte_t	shown;
};

/* Return: is it there, and of this page alone? */
static inline bool guard_page_find(struct guard_page *page, unsigned long addr)
{
	unsigned int level;

	page->entry = lookup_address(addr, &level);
	if (!page->entry || level != PG_LEVEL_4K)
		return false;
	page->shown = READ_ONCE(*page->entry);
	return pte_present(page->shown);
}

/* The TLB has no entry of what was not there */
static inline void guard_page_show(const struct guard_page *page)
{
	set_pte(page->entry, page->shown);
}

static inline void guard_page_hide(const struct guard_page *page,
				   unsigned long addr)
{
	set_pte(page->entry, __pte(0));
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}
#else
#define GUARD_FAULTS	0

struct guard_page {
};

static inline bool guard_page_find(struct guard_page *page, unsigned long addr)
{
	return false;
}

static inline void guard_page_show(const struct guard_page *page)
{
}

static inline void guard_page_hide(const struct guard_page *page,
				   unsigned long addr)
{
}
#endif

#endif /* _GOMALLOC_GUARD_PAGE_H */
