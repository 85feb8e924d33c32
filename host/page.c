// SPDX-License-Identifier: GPL-2.0
/*
 * page - a page allocator, of one region of memory
 *
 * What: blocks of 2^n pages that are aligned to their size; two neighbours that are
 *	free become one (a buddy system). The lowest address is not preferred.
 * Locks: page_lock, irq-safe; leaf.
 * Owns: the region, and a struct page for each of its pages.
 * Invariant: a page is in a free block, or its count is not 0, or it is in a block
 *	whose first page's is not.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <host/kernel.h>
#include <host/vmap.h>

#define NR_ORDERS	(MAX_PAGE_ORDER + 1)
#define BLOCK_PAGES	(1UL << MAX_PAGE_ORDER)

struct page *host_pages;
unsigned long host_region;
unsigned long host_region_pages;
atomic_long_t host_stats[NR_HOST_STATS];
struct pglist_data host_node;

#ifdef HOST_CHECKS
bool host_init_on_alloc;
bool host_init_on_free;
#endif

static DEFINE_RAW_SPINLOCK(page_lock);
static struct list_head free_blocks[NR_ORDERS];	/* [page_lock] by order */
static unsigned long nr_used, peak;		/* [page_lock] pages */

static void add_free(struct page *page, unsigned int order)
{
	page->order = order;
	list_add(&page->lru, &free_blocks[order]);
}

static void remove_free(struct page *page)
{
	list_del(&page->lru);
	page->order = HOST_NOT_FREE;
}

static struct page *take_block(unsigned int order)
{
	unsigned int at = order;
	struct page *page;

	while (at < NR_ORDERS && list_empty(&free_blocks[at]))
		at++;
	if (at == NR_ORDERS)
		return NULL;
	page = list_first_entry(&free_blocks[at], struct page, lru);
	remove_free(page);
	while (at > order) {
		at--;
		add_free(page + (1UL << at), at);
	}
	nr_used += 1UL << order;
	peak = max(peak, nr_used);
	return page;
}

static void put_block(struct page *page, unsigned int order)
{
	unsigned long at = page - host_pages;
	struct page *buddy;

	nr_used -= 1UL << order;
	for (; order < MAX_PAGE_ORDER; order++) {
		buddy = host_pages + (at ^ 1UL << order);
		if (buddy->order != (int)order)
			break;
		remove_free(buddy);
		at &= ~(1UL << order);
	}
	add_free(host_pages + at, order);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;
	unsigned long flags;

	might_alloc(gfp);
	if (order <= MAX_PAGE_ORDER) {
		raw_spin_lock_irqsave(&page_lock, flags);
		page = take_block(order);
		raw_spin_unlock_irqrestore(&page_lock, flags);
	}
	if (!page)
		return NULL;
	atomic_set(&page->_refcount, 1);
	__asan_unpoison_memory_region(page_address(page), PAGE_SIZE << order);
	if (want_init_on_alloc(gfp))
		memset(page_address(page), 0, PAGE_SIZE << order);
	return page;
}

void __free_pages(struct page *page, unsigned int order)
{
	unsigned long flags;

	if (!atomic_dec_and_test(&page->_refcount))
		return;
	if (want_init_on_free())
		host_memset(page_address(page), 0, PAGE_SIZE << order);
	__asan_poison_memory_region(page_address(page), PAGE_SIZE << order);
	raw_spin_lock_irqsave(&page_lock, flags);
	put_block(page, order);
	raw_spin_unlock_irqrestore(&page_lock, flags);
}

void put_page(struct page *page)
{
	__free_pages(page, 0);
}

/* From now on each of the pages is freed by itself */
void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 1; i < 1UL << order; i++)
		atomic_set(&page[i]._refcount, 1);
}

unsigned long host_pages_used(void)
{
	return READ_ONCE(nr_used);
}

unsigned long host_pages_peak(void)
{
	return READ_ONCE(peak);
}

void host_reset_peak(void)
{
	peak = nr_used;
}

/* As much as is wanted, and a block more, so that the first one is aligned */
static unsigned long map_region(unsigned long bytes, int fd)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_NORESERVE | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED),
		       fd, 0);

	if (p == MAP_FAILED)
		panic("no memory for the region\n");
	/* The kernel's memory is mapped in large pages, too */
	if (fd < 0)
		madvise(p, bytes, MADV_HUGEPAGE);
	return (unsigned long)p;
}

static void init_pages(void)
{
	unsigned long i;
	int order;

	for (order = 0; order < NR_ORDERS; order++)
		INIT_LIST_HEAD(&free_blocks[order]);
	for (i = 0; i < host_region_pages; i++)
		host_pages[i].order = HOST_NOT_FREE;
	/* The lowest comes to be the first */
	for (i = host_region_pages; i; i -= BLOCK_PAGES)
		add_free(host_pages + i - BLOCK_PAGES, MAX_PAGE_ORDER);
}

/* A region of so many bytes. @may_map: for vmap(), which costs large pages. */
void host_page_init(unsigned long bytes, bool may_map)
{
	unsigned long block = BLOCK_PAGES << PAGE_SHIFT, start;
	int fd = may_map ? memfd_create("pages", MFD_CLOEXEC) : -1;

	bytes = round_down(bytes, block);
	if (may_map && (fd < 0 || ftruncate(fd, bytes + block)))
		panic("no file for the region\n");
	start = map_region(bytes + block, fd);
	host_region = round_up(start, block);
	host_region_pages = bytes >> PAGE_SHIFT;
	host_pages = calloc(host_region_pages, sizeof(*host_pages));
	if (!host_pages)
		panic("no memory for the pages of the region\n");
	init_pages();
	if (may_map)
		host_vmap_init(fd, start);
}
