// SPDX-License-Identifier: GPL-2.0
/*
 * meta - the memory of the module's own structs
 *
 * What: caches of slab's for what a heap is made of, beside its pages and their
 *	struct mspan. Each is ours alone, so that what is lost shows when the
 *	module goes, and the cgroup that pays for a heap pays for these, too.
 * Locks: none.
 * Owns: the caches.
 */
#include <linux/slab.h>

#include "compat.h"
#include "ledger.h"
#include "meta.h"

/**
 * struct meta_cache - what a cache is for
 * @name: its name, as in /proc/slabinfo
 * @size: bytes of a struct
 * @flags: SLAB_NOLEAKTRACE: kmemleak searches it for no addresses of objects
 */
struct meta_cache {
	const char	*name;
	size_t		size;
	slab_flags_t	flags;
};

static const struct meta_cache caches[NR_META_KINDS] = {
	[META_MCENTRAL] = {
		"gomalloc_mcentral", sizeof(struct mcentral),
		SLAB_HWCACHE_ALIGN | SLAB_NOLEAKTRACE,
	},
};

/* Return: the memory of a struct of @heap, or NULL */
void *meta_alloc(struct gomalloc_heap *heap, enum meta_kind kind, gfp_t gfp)
{
	return kmem_cache_alloc(heap->sys->meta_cache[kind],
				gfp | ledger_page_gfp(heap));
}

void meta_free(struct gomalloc_heap *heap, enum meta_kind kind, void *p)
{
	kmem_cache_free(heap->sys->meta_cache[kind], p);
}

/* Return: 0; or -ENOMEM, with as many as could be made */
int meta_create_caches(struct gomalloc_sys *sys)
{
	enum meta_kind kind;

	for (kind = 0; kind < NR_META_KINDS; kind++) {
		sys->meta_cache[kind] = kmem_cache_create(caches[kind].name,
							  caches[kind].size, 0,
							  caches[kind].flags, NULL);
		if (!sys->meta_cache[kind])
			return -ENOMEM;
	}
	return 0;
}

void meta_destroy_caches(struct gomalloc_sys *sys)
{
	enum meta_kind kind;

	for (kind = 0; kind < NR_META_KINDS; kind++)
		kmem_cache_destroy(sys->meta_cache[kind]);
}
