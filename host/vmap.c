// SPDX-License-Identifier: GPL-2.0
/*
 * vmap - pages of the region, mapped once more in one piece
 *
 * What: the region is a file, and a page of it is mapped where it is wanted. Addresses
 *	are not used again, so that one that is stale is found to be.
 * Locks: vmap_lock, of the next address; each mapping is its owner's.
 */
#include <sys/mman.h>

#include <host/kernel.h>
#include <host/vmap.h>

#define AREA_PAGES	(1UL << 24)

static int region_fd = -1;		/* [const] */
static unsigned long region_start;	/* [const] where the file begins */
static unsigned long area;		/* [const] where pages are mapped to */
static struct page **mapped;		/* by page of that; of who mapped it */
static DEFINE_RAW_SPINLOCK(vmap_lock);
static unsigned long next_page;		/* [vmap_lock] */

void host_vmap_init(int fd, unsigned long start)
{
	void *p = mmap(NULL, AREA_PAGES << PAGE_SHIFT, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	void *table = mmap(NULL, AREA_PAGES * sizeof(*mapped), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || table == MAP_FAILED)
		panic("no addresses for mapped pages\n");
	region_fd = fd;
	region_start = start;
	area = (unsigned long)p;
	mapped = table;
}

bool is_vmalloc_addr(const void *p)
{
	return (unsigned long)p - area < AREA_PAGES << PAGE_SHIFT && area;
}

/* NULL also for what is no such address */
struct page *vmalloc_to_page(const void *p)
{
	return is_vmalloc_addr(p) ?
	       mapped[((unsigned long)p - area) >> PAGE_SHIFT] : NULL;
}

/* A page more than was mapped is left free, for who goes beyond */
static unsigned long take_addresses(unsigned int n)
{
	unsigned long at, flags;

	raw_spin_lock_irqsave(&vmap_lock, flags);
	at = next_page;
	next_page += n + 1;
	raw_spin_unlock_irqrestore(&vmap_lock, flags);
	return at + n < AREA_PAGES ? at : AREA_PAGES;
}

static bool map_page(unsigned long at, struct page *page)
{
	off_t offset = (unsigned long)page_address(page) - region_start;
	void *p = mmap((void *)(area + (at << PAGE_SHIFT)), PAGE_SIZE,
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, region_fd,
		       offset);

	if (p == MAP_FAILED)
		return false;
	mapped[at] = page;
	return true;
}

void *vmap(struct page **pages, unsigned int n, unsigned long flags, int prot)
{
	unsigned long at = region_fd < 0 ? AREA_PAGES : take_addresses(n);
	void *p = (void *)(area + (at << PAGE_SHIFT));
	unsigned int i;

	might_sleep();
	if (at == AREA_PAGES)
		return NULL;
	for (i = 0; i < n; i++) {
		if (!map_page(at + i, pages[i])) {
			vunmap(p);
			return NULL;
		}
	}
	return p;
}

void vunmap(const void *p)
{
	unsigned long at = ((unsigned long)p - area) >> PAGE_SHIFT, i;

	might_sleep();
	for (i = at; mapped[i]; i++)
		mapped[i] = NULL;
	mmap((void *)p, (i - at) << PAGE_SHIFT, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/* Those that are vmalloc()'s */
static void free_pages_of(struct page **pages, unsigned int n)
{
	for (; n-- && *pages; pages++) {
		if ((*pages)->order == HOST_OF_VMALLOC) {
			(*pages)->order = HOST_NOT_FREE;
			__free_page(*pages);
		}
	}
}

void *vmalloc(size_t size)
{
	unsigned int n = PFN_UP(size), i;
	struct page **pages = kcalloc(n + 1, sizeof(*pages), GFP_KERNEL);
	void *p = NULL;

	for (i = 0; pages && i < n; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!pages[i])
			break;
		pages[i]->order = HOST_OF_VMALLOC;
	}
	if (pages && i == n)
		p = vmap(pages, n, VM_MAP, PAGE_KERNEL);
	if (pages && !p)
		free_pages_of(pages, n);
	kfree(pages);
	return p;
}

/* As the kernel's of what vmap() has mapped: it frees no page of that */
void vfree(const void *p)
{
	if (!p)
		return;
	free_pages_of(&mapped[((unsigned long)p - area) >> PAGE_SHIFT], UINT_MAX);
	vunmap(p);
}
