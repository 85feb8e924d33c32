// SPDX-License-Identifier: GPL-2.0
/*
 * slab - the slab allocator's interface, by the C library's
 *
 * What: memory of structs. What is type-stable is kept by its cache until that goes,
 *	everything else goes back at once, so that a sanitizer sees who uses it later.
 *	The C library knows nothing of our interrupts: they are shut out meanwhile.
 * Locks: that of a cache; leaf.
 */
#include <stdlib.h>

#include <host/kernel.h>

/**
 * struct kmem_cache - structs of one size
 * @name: [const] for who leaks
 * @asked: [const] of one, as it was made
 * @size: [const] of one, a multiple of @align
 * @align: [const] of one
 * @keeps: [const] it is type-stable
 * @lock: of what follows
 * @unused: [lock] what is kept, chained by its first word
 * @nr: [lock] how many are in use
 */
struct kmem_cache {
	const char	*name;
	size_t		asked;
	size_t		size;
	size_t		align;
	bool		keeps;
	raw_spinlock_t	lock;
	void		**unused;
	unsigned long	nr;
};

struct kmem_cache *kmem_cache_create(const char *name, size_t size,
				     size_t align, slab_flags_t flags,
				     void (*ctor)(void *p))
{
	struct kmem_cache *cache = kzalloc(sizeof(*cache), GFP_KERNEL);

	if (!cache)
		return NULL;
	cache->name = name;
	cache->align = max(align, flags & SLAB_HWCACHE_ALIGN ?
			   SMP_CACHE_BYTES : 2 * sizeof(long));
	cache->asked = size;
	cache->size = round_up(size, cache->align);
	cache->keeps = flags & SLAB_TYPESAFE_BY_RCU;
	return cache;
}

static atomic_long_t slab_bytes;

unsigned long host_slab_bytes(void)
{
	return atomic_long_read(&slab_bytes);
}

/* What was asked for, as the kernel's */
unsigned int kmem_cache_size(struct kmem_cache *cache)
{
	return cache->asked;
}

static void *take_unused(struct kmem_cache *cache)
{
	void **p = cache->unused;

	if (p)
		cache->unused = *p;
	cache->nr++;
	return p;
}

/* With GFP_ZERO of the type-stable, too, as of the kernel's */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	unsigned long flags;
	void *p;

	might_alloc(gfp);
	raw_spin_lock_irqsave(&cache->lock, flags);
	p = take_unused(cache) ?: aligned_alloc(cache->align, cache->size);
	raw_spin_unlock_irqrestore(&cache->lock, flags);
	atomic_long_add(cache->size, &slab_bytes);
	return p && gfp & __GFP_ZERO ? memset(p, 0, cache->size) : p;
}

void kmem_cache_free(struct kmem_cache *cache, void *p)
{
	unsigned long flags;

	if (!p)
		return;
	atomic_long_sub(cache->size, &slab_bytes);
	raw_spin_lock_irqsave(&cache->lock, flags);
	cache->nr--;
	if (cache->keeps) {
		*(void **)p = cache->unused;
		cache->unused = p;
	} else {
		free(p);
	}
	raw_spin_unlock_irqrestore(&cache->lock, flags);
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	void **p;

	if (!cache)
		return;
	if (WARN_ON(cache->nr))
		pr_err("%s: %lu structs are left\n", cache->name, cache->nr);
	/* Who looks at one that was freed is done by then */
	if (cache->keeps)
		rcu_barrier();
	while ((p = cache->unused)) {
		cache->unused = *p;
		kfree(p);
	}
	kfree(cache);
}

/* Aligned as Linux promises since 6.11: to what divides the size, up to a page */
void *kmalloc(size_t size, gfp_t gfp)
{
	size_t align = clamp(size & -size, sizeof(long), PAGE_SIZE);
	unsigned long flags;
	void *p;

	might_alloc(gfp);
	if (!size)
		return ZERO_SIZE_PTR;
	if (size > PTRDIFF_MAX)
		return NULL;
	local_irq_save(flags);
	if (posix_memalign(&p, align, size))
		p = NULL;
	local_irq_restore(flags);
	return p && gfp & __GFP_ZERO ? memset(p, 0, size) : p;
}

void kfree(const void *p)
{
	unsigned long flags;

	if (ZERO_OR_NULL_PTR(p))
		return;
	local_irq_save(flags);
	free((void *)p);
	local_irq_restore(flags);
}

struct shrinker *host_shrinker_alloc(void)
{
	return kzalloc(sizeof(struct shrinker), GFP_KERNEL);
}

void shrinker_free(struct shrinker *shrinker)
{
	kfree(shrinker);
}
