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
#include <linux/bitops.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "compat.h"
#include "ledger.h"
#include "marena.h"
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

#define ARENA_BYTES(words)	(sizeof(struct marena) + (words) * sizeof(long))

/* Two more: see &struct recycle_stack */
#define STACK_BYTES(room)						\
	(sizeof(struct recycle_stack) + ((room) + 2) * sizeof(struct recycle_slot))

/* Of one kind the smallest first, the last for the most there is */
static const struct meta_cache caches[NR_META_KINDS] = {
	[META_HEAP] = { "gomalloc_heap", 0 /* by the number of nodes */, 0 },
	[META_MHEAP] = { "gomalloc_mheap", sizeof(struct mheap), 0 },
	[META_MCACHE] = {
		"gomalloc_mcache", sizeof(struct mcache),
		SLAB_HWCACHE_ALIGN | SLAB_NOLEAKTRACE,
	},
	[META_MCENTRAL] = {
		"gomalloc_mcentral", sizeof(struct mcentral),
		SLAB_HWCACHE_ALIGN | SLAB_NOLEAKTRACE,
	},
	[META_MVMAP] = {
		"gomalloc_mvmap", sizeof(struct mvmap), SLAB_NOLEAKTRACE,
	},
	/* Of up to 256 KiB and 2 MiB, with pages of 4 KiB */
	[META_ARENA] = {
		"gomalloc_arena_1", ARENA_BYTES(1), SLAB_NOLEAKTRACE,
	},
	[META_ARENA + 1] = {
		"gomalloc_arena_8", ARENA_BYTES(8), SLAB_NOLEAKTRACE,
	},
	[META_ARENA + 2] = {
		"gomalloc_arena_most",
		ARENA_BYTES(BITS_TO_LONGS(BIT(GOMALLOC_MAX_ORDER))),
		SLAB_NOLEAKTRACE,
	},
	[META_STACK] = {
		"gomalloc_stack_8", STACK_BYTES(8), SLAB_NOLEAKTRACE,
	},
	[META_STACK + 1] = {
		"gomalloc_stack_16", STACK_BYTES(16), SLAB_NOLEAKTRACE,
	},
	[META_STACK + 2] = {
		"gomalloc_stack_32", STACK_BYTES(32), SLAB_NOLEAKTRACE,
	},
	[META_STACK + 3] = {
		"gomalloc_stack_60", STACK_BYTES(60), SLAB_NOLEAKTRACE,
	},
	[META_STACK + 4] = {
		"gomalloc_stack_124", STACK_BYTES(124), SLAB_NOLEAKTRACE,
	},
	[META_STACK + 5] = {
		"gomalloc_stack_252", STACK_BYTES(252), SLAB_NOLEAKTRACE,
	},
};

/* The first cache from @kind on that has room for @bytes, as there is one */
static enum meta_kind first_fit(enum meta_kind kind, size_t bytes)
{
	while (caches[kind].size < bytes)
		kind++;
	return kind;
}

/* Where a struct marena of so many pages is from */
enum meta_kind meta_arena_kind(unsigned int npages)
{
	return first_fit(META_ARENA, ARENA_BYTES(BITS_TO_LONGS(npages)));
}

/* The same of a stack for @room objects, 252 at most */
enum meta_kind meta_stack_kind(unsigned int room)
{
	return first_fit(META_STACK, STACK_BYTES(room));
}

/*
 * Return: the memory of a struct of @heap, of @nid or NUMA_NO_NODE; or NULL. Any
 * context that @gfp allows.
 */
void *meta_alloc_node(struct gomalloc_heap *heap, enum meta_kind kind, gfp_t gfp,
		      int nid)
{
	return kmem_cache_alloc_node(heap->sys->meta_cache[kind],
				     gfp | ledger_page_gfp(heap), nid);
}

void meta_free(struct gomalloc_heap *heap, enum meta_kind kind, void *p)
{
	kmem_cache_free(heap->sys->meta_cache[kind], p);
}

static struct kmem_cache *create_cache(const struct meta_cache *cache)
{
	size_t size = cache->size ?:
		      offsetof(struct gomalloc_heap, node[nr_node_ids]);

	return kmem_cache_create(cache->name, size, 0, cache->flags, NULL);
}

/* Return: 0; or -ENOMEM, with as many as could be made */
int meta_create_caches(struct gomalloc_sys *sys)
{
	enum meta_kind kind;

	for (kind = 0; kind < NR_META_KINDS; kind++) {
		sys->meta_cache[kind] = create_cache(&caches[kind]);
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
