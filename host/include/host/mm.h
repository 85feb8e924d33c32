/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mm - pages: a region of memory, and a struct page for each page of it
 */
#ifndef _HOST_MM_H
#define _HOST_MM_H

#include <host/lib.h>
#include <host/lock.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGNED(x)		IS_ALIGNED((unsigned long)(x), PAGE_SIZE)
#define PFN_UP(x)		(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)		((x) >> PAGE_SHIFT)
#define offset_in_page(p)	((unsigned long)(p) & ~PAGE_MASK)
#define MAX_PAGE_ORDER		10
/* Where a kernel has its memory, and no program anything */
#define PAGE_OFFSET		0xffff888000000000UL
#define high_memory		((void *)(PAGE_OFFSET + (1UL << 46)))
#define PAGE_ALLOC_COSTLY_ORDER	3

/*
 * === flags of requests ===
 */

#define __GFP_DMA		BIT(0)
#define __GFP_DMA32		BIT(1)
#define __GFP_HIGHMEM		BIT(2)
#define __GFP_ZERO		BIT(3)
#define __GFP_HIGH		BIT(4)
#define __GFP_IO		BIT(5)
#define __GFP_FS		BIT(6)
#define __GFP_NOWARN		BIT(7)
#define __GFP_NORETRY		BIT(8)
#define __GFP_RETRY_MAYFAIL	BIT(9)
#define __GFP_NOFAIL		BIT(10)
#define __GFP_COMP		BIT(11)
#define __GFP_MEMALLOC		BIT(12)
#define __GFP_NOMEMALLOC	BIT(13)
#define __GFP_THISNODE		BIT(14)
#define __GFP_ACCOUNT		BIT(15)
#define __GFP_DIRECT_RECLAIM	BIT(16)
#define __GFP_KSWAPD_RECLAIM	BIT(17)
#define __GFP_MOVABLE		BIT(18)
#define __GFP_RECLAIMABLE	BIT(19)
#define __GFP_HARDWALL		BIT(20)
#define __GFP_WRITE		BIT(21)
#define __GFP_ZEROTAGS		BIT(22)
#define __GFP_SKIP_ZERO		BIT(23)
#define __GFP_SKIP_KASAN	BIT(24)
#define __GFP_NO_OBJ_EXT	BIT(25)
#define __GFP_RECLAIM		(__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define GFP_ATOMIC		((gfp_t)(__GFP_HIGH | __GFP_KSWAPD_RECLAIM))
#define GFP_NOWAIT		((gfp_t)(__GFP_KSWAPD_RECLAIM | __GFP_NOWARN))
#define GFP_NOIO		((gfp_t)__GFP_RECLAIM)
#define GFP_NOFS		((gfp_t)(__GFP_RECLAIM | __GFP_IO))
#define GFP_KERNEL		((gfp_t)(__GFP_RECLAIM | __GFP_IO | __GFP_FS))
#define GFP_KERNEL_ACCOUNT	((gfp_t)(GFP_KERNEL | __GFP_ACCOUNT))
#define GFP_USER		((gfp_t)(GFP_KERNEL | __GFP_HARDWALL))
#define GFP_HIGHUSER		((gfp_t)(GFP_USER | __GFP_HIGHMEM))
#define GFP_DMA			((gfp_t)__GFP_DMA)
#define GFP_DMA32		((gfp_t)__GFP_DMA32)
#define gfpflags_allow_blocking(gfp)	(!!((gfp) & __GFP_DIRECT_RECLAIM))
#define gfp_nested_mask(gfp)	(gfp)

static inline void might_alloc(gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		might_sleep();
}

/*
 * === pages ===
 */

/**
 * struct page - a page
 * @_refcount: [atomic] as the kernel's: who drops the last one frees the page
 * @order: [page allocator] of the free block that begins here, or HOST_NOT_FREE
 * @lru: [page allocator] among free blocks of that order
 */
struct page {
	atomic_t		_refcount;
	int			order;
	struct list_head	lru;
};

#define HOST_NOT_FREE	(-1)
#define HOST_OF_VMALLOC	(-2)

extern struct page *host_pages;
extern unsigned long host_region;	/* where the pages are */
extern unsigned long host_region_pages;

static inline struct page *virt_to_page(const void *p)
{
	return host_pages + (((unsigned long)p - host_region) >> PAGE_SHIFT);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (host_region >> PAGE_SHIFT) + (page - host_pages);
}

static inline void *page_address(const struct page *page)
{
	return (void *)(page_to_pfn(page) << PAGE_SHIFT);
}

#define page_to_virt(page)	page_address(page)
#define pfn_to_page(pfn) \
	(host_pages + ((pfn) - (host_region >> PAGE_SHIFT)))
#define virt_to_head_page(p)	virt_to_page(p)
#define compound_head(page)	(page)
#define __pa(p)			((unsigned long)(p))
#define __va(pa)		((void *)(pa))
#define page_to_nid(page)	0
#define PageSlab(page)		false
#define PageReserved(page)	false
#define totalram_pages()	host_region_pages

static inline bool virt_addr_valid(const void *p)
{
	return (unsigned long)p - host_region < host_region_pages << PAGE_SHIFT;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
void split_page(struct page *page, unsigned int order);
void put_page(struct page *page);
/* Pages that are not free, and the most there ever were since host_reset_peak() */
unsigned long host_pages_used(void);
unsigned long host_pages_peak(void);
void host_reset_peak(void);
void host_page_init(unsigned long bytes, bool may_map);

#define alloc_pages_node(nid, gfp, order)	((void)(nid), alloc_pages(gfp, order))
#define alloc_page(gfp)			alloc_pages(gfp, 0)
#define __free_page(page)		__free_pages(page, 0)

static inline unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? (unsigned long)page_address(page) : 0;
}

#define __get_free_page(gfp)	__get_free_pages(gfp, 0)
#define free_pages(addr, order)	__free_pages(virt_to_page((void *)(addr)), order)
#define free_page(addr)		free_pages(addr, 0)

static inline unsigned int get_order(size_t size)
{
	return size <= PAGE_SIZE ? 0 : ilog2(size - 1) - PAGE_SHIFT + 1;
}

#define page_ref_count(page)	atomic_read(&(page)->_refcount)
#define page_count(page)	page_ref_count(page)
#define page_ref_add(page, n)	atomic_add(n, &(page)->_refcount)
#define page_ref_sub(page, n)	atomic_sub(n, &(page)->_refcount)
#define get_page(page)		atomic_inc(&(page)->_refcount)

static inline bool sendpage_ok(struct page *page)
{
	return page_count(page) >= 1;
}

/* Booted with init_on_alloc=1 and init_on_free=1? Without checks that is not asked. */
#ifdef HOST_CHECKS
extern bool host_init_on_alloc;
extern bool host_init_on_free;
#else
#define host_init_on_alloc	false
#define host_init_on_free	false
#endif
#define want_init_on_alloc(gfp)	(host_init_on_alloc || (gfp) & __GFP_ZERO)
#define want_init_on_free()	host_init_on_free
/* As the kernel's, whatever is in it */
#define clear_page(p)		host_memset(p, 0, PAGE_SIZE)
#define copy_page(to, from)	memcpy(to, from, PAGE_SIZE)

/* One figure of the machine, of those that the kernel counts */
enum node_stat_item { NR_KERNEL_MISC_RECLAIMABLE, NR_HOST_STATS };

extern atomic_long_t host_stats[NR_HOST_STATS];

struct pglist_data {
	int node_id;
};

extern struct pglist_data host_node;

#define NODE_DATA(nid)				(&host_node)
#define page_pgdat(page)			(&host_node)
#define mod_node_page_state(node, item, n)	atomic_long_add(n, &host_stats[item])
#define node_page_state(node, item)		atomic_long_read(&host_stats[item])
#define node_page_state_pages(node, item)	node_page_state(node, item)
#define global_node_page_state(item)		atomic_long_read(&host_stats[item])

/*
 * === mapped pages, see host/vmap.c ===
 */

#define VM_MAP		4
#define PAGE_KERNEL	0

bool is_vmalloc_addr(const void *p);
struct page *vmalloc_to_page(const void *p);
void *vmap(struct page **pages, unsigned int n, unsigned long flags, int prot);
void vunmap(const void *p);
void *vmalloc(size_t size);
void vfree(const void *p);

/*
 * === the slab allocator, by that of C ===
 */

#define SLAB_HWCACHE_ALIGN	BIT(0)
#define SLAB_TYPESAFE_BY_RCU	BIT(1)
#define SLAB_NOLEAKTRACE	BIT(2)
#define SLAB_ACCOUNT		BIT(3)
#define SLAB_PANIC		BIT(4)
#define ARCH_KMALLOC_MINALIGN	8
#define KMALLOC_MAX_SIZE	(PAGE_SIZE << MAX_PAGE_ORDER)
#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(p)	((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

struct kmem_cache;

struct kmem_cache *kmem_cache_create(const char *name, size_t size,
				     size_t align, slab_flags_t flags,
				     void (*ctor)(void *p));
void kmem_cache_destroy(struct kmem_cache *cache);
unsigned int kmem_cache_size(struct kmem_cache *cache);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *p);
void *kmalloc(size_t size, gfp_t gfp);
void kfree(const void *p);

#define kmem_cache_alloc_node(cache, gfp, nid) \
	((void)(nid), kmem_cache_alloc(cache, gfp))
#define kmem_cache_alloc_lru(cache, lru, gfp) \
	((void)(lru), kmem_cache_alloc(cache, gfp))
#define kmem_cache_zalloc(cache, gfp)		kmem_cache_alloc(cache, (gfp) | __GFP_ZERO)
#define kzalloc(size, gfp)			kmalloc(size, (gfp) | __GFP_ZERO)
#define kcalloc(n, size, gfp)			kzalloc(size_mul(n, size), gfp)
#define kmalloc_array(n, size, gfp)		kmalloc(size_mul(n, size), gfp)
#define kvmalloc(size, gfp)			kmalloc(size, gfp)
#define kvzalloc(size, gfp)			kzalloc(size, gfp)
#define kvcalloc(n, size, gfp)			kcalloc(n, size, gfp)
#define kvmalloc_array(n, size, gfp)		kmalloc_array(n, size, gfp)
#define kvfree(p)				kfree(p)

/*
 * === page reclaim: there is none, but who is registered is known ===
 */

struct mem_cgroup;

struct shrink_control {
	gfp_t			gfp_mask;
	int			nid;
	unsigned long		nr_to_scan;
	unsigned long		nr_scanned;
	struct mem_cgroup	*memcg;
};

struct shrinker {
	unsigned long (*count_objects)(struct shrinker *shrinker,
				       struct shrink_control *sc);
	unsigned long (*scan_objects)(struct shrinker *shrinker,
				      struct shrink_control *sc);
	void *private_data;
};

#define SHRINK_STOP		(~0UL)
#define SHRINK_EMPTY		(~0UL - 1)
#define SHRINKER_NUMA_AWARE	BIT(0)
#define SHRINKER_MEMCG_AWARE	BIT(1)
#define DEFAULT_SEEKS		2

/* In use, of all caches */
unsigned long host_slab_bytes(void);

struct shrinker *host_shrinker_alloc(void);
void shrinker_free(struct shrinker *shrinker);

#define shrinker_alloc(flags, fmt, name)	host_shrinker_alloc()
#define shrinker_register(shrinker)		((void)(shrinker))
#define parent_mem_cgroup(memcg)		((struct mem_cgroup *)NULL)

/* No cgroup has anything */
struct list_lru {
	int unused;
};

struct list_lru_one;
enum lru_status { LRU_REMOVED, LRU_ROTATE, LRU_SKIP };

#define list_lru_init_memcg(lru, shrinker)	((void)(lru), (void)(shrinker), 0)
#define list_lru_destroy(lru)			((void)(lru))
#define list_lru_add_obj(lru, item)		((void)(lru), (void)(item))
#define list_lru_del_obj(lru, item)		((void)(lru), (void)(item))
#define list_lru_shrink_count(lru, sc)		0UL
#define list_lru_walk_one(lru, nid, memcg, fn, arg, nr) \
	((void)(fn), (void)(arg), (void)(nr))

/*
 * === KASAN, which is AddressSanitizer where there are checks ===
 */

#define KASAN_SHADOW_SCALE_SHIFT	3
#define HOST_SHADOW_OFFSET		0x7fff8000UL

static inline void *kasan_mem_to_shadow(const void *p)
{
	return (void *)(((unsigned long)p >> KASAN_SHADOW_SCALE_SHIFT) +
			HOST_SHADOW_OFFSET);
}

#define kasan_reset_tag(p)		((void *)(p))
#define kasan_disable_current()		((void)0)
#define kasan_enable_current()		((void)0)
#define page_kasan_tag_reset(page)	((void)0)
#define kmemleak_alloc(p, size, n, gfp)	((void)(p))
#define kmemleak_no_scan(p)		((void)(p))
#define kmemleak_ignore(p)		((void)(p))
#define kmemleak_free(p)		((void)(p))
#define kmemleak_free_percpu(p)		((void)(p))

#ifdef HOST_CHECKS
/* For who may touch what is nobody's, see bare.c */
void *host_memset(void *p, int c, size_t size);
void *host_memcpy(void *to, const void *from, size_t size);
void *host_memchr_inv(const void *p, int c, size_t size);

void __asan_poison_memory_region(const volatile void *p, size_t size);
void __asan_unpoison_memory_region(const volatile void *p, size_t size);
#else
#define host_memset(p, c, size)	memset(p, c, size)
#define __asan_poison_memory_region(p, size)	((void)0)
#define __asan_unpoison_memory_region(p, size)	((void)0)
#endif

#endif /* _HOST_MM_H */
