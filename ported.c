// SPDX-License-Identifier: GPL-2.0
/*
 * ported - kmalloc(), krealloc() and kfree() of modules that were built for the kernel's
 *
 * What: what <linux/gomalloc_kmalloc.h> makes of these calls. A request goes to the heap
 *	of the module, or, where that does not serve it, to the kernel; who frees, resizes
 *	or asks may have an object of either.
 * Locks: none of its own.
 */
#include <linux/export.h>
#include <linux/gomalloc.h>
#include <linux/gomalloc_module.h>
#include <linux/kasan-checks.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "kvmalloc.h"
#include "malloc_node.h"
#include "ported.h"

/**
 * gomalloc_kmalloc() - kmalloc() from a heap
 * @heap: the heap; NULL: the kernel's kmalloc()
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for kmalloc(); with GFP_DMA or GFP_DMA32 it is the kernel's kmalloc()
 *
 * Context: as gomalloc().
 * Return: the object, or NULL: no memory, or the heap is at its limit.
 */
void *gomalloc_kmalloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return kmalloc(size, gfp);
	return malloc_alloc(heap, size, gfp, 0, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_kmalloc);

/**
 * gomalloc_kmalloc_node() - gomalloc_kmalloc() of a NUMA node
 * @heap: the heap, or NULL
 * @size: bytes wanted
 * @gfp: as for gomalloc_kmalloc()
 * @node: the node, or NUMA_NO_NODE for the nearest
 *
 * Context: as gomalloc().
 * Return: as gomalloc_kmalloc().
 */
void *gomalloc_kmalloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp, int node)
{
	if (!ported_serves(heap, gfp))
		return kmalloc_node(size, gfp, node);
	return malloc_alloc_node(heap, size, gfp, 0, node, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_kmalloc_node);

/**
 * gomalloc_kvmalloc_node() - kvmalloc_node() from a heap
 * @heap: the heap, or NULL
 * @size: bytes wanted
 * @gfp: as for kvmalloc()
 * @node: the node, or NUMA_NO_NODE for the nearest
 *
 * Context: as kvmalloc().
 * Return: as gomalloc_kmalloc().
 */
void *gomalloc_kvmalloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp, int node)
{
	if (!ported_serves(heap, gfp))
		return kvmalloc_node(size, gfp, node);
	if (node < 0 || node >= nr_node_ids || !node_online(node))
		node = NUMA_NO_NODE;
	return kvmalloc_alloc(heap, size, gfp, 0, node, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_kvmalloc_node);

/*
 * === change the size ===
 */

/* What was ours is to be the kernel's, for the zone that @gfp asks for */
static void *move_to_kernel(const void *p, size_t size, gfp_t gfp)
{
	void *q = kmalloc(size, gfp);

	if (q) {
		memcpy(q, p, min(size, gosize(p)));
		gofree(p);
	}
	return q;
}

/**
 * gomalloc_krealloc() - krealloc() of an object of either allocator
 * @heap: where an object comes from if @p is NULL; it may be NULL itself
 * @p: the object, or NULL
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for krealloc()
 *
 * The object stays with its allocator and its heap, unless @gfp asks for a zone that a
 * heap has no pages of.
 *
 * Context: as gomalloc().
 * Return: as krealloc().
 */
void *gomalloc_krealloc(struct gomalloc_heap *heap, const void *p, size_t size, gfp_t gfp)
{
	if (ZERO_OR_NULL_PTR(p))
		return gomalloc_kmalloc(heap, size, gfp);
	if (!ported_is_ours(p))
		return krealloc(p, size, gfp);
	kasan_check_read(p, 1); /* as the kernel's: a report has who called */
	if (size && gfp & GFP_UNSERVED)
		return move_to_kernel(p, size, gfp);
	return gorealloc(p, size, gfp);
}
EXPORT_SYMBOL_GPL(gomalloc_krealloc);

/**
 * gomalloc_kvrealloc() - kvrealloc() of an object of either allocator
 * @heap: as for gomalloc_krealloc()
 * @p: the object, or NULL
 * @old_size: what it has now, for the kernel's kvrealloc() before 6.12
 * @size: bytes wanted
 * @gfp: as for kvrealloc()
 *
 * Context: as kvrealloc().
 * Return: as kvrealloc().
 */
void *gomalloc_kvrealloc(struct gomalloc_heap *heap, const void *p, size_t old_size,
			 size_t size, gfp_t gfp)
{
	if (ZERO_OR_NULL_PTR(p))
		return gomalloc_kvmalloc_node(heap, size, gfp, NUMA_NO_NODE);
	if (!ported_is_ours(p))
		return compat_kvrealloc(p, old_size, size, gfp);
	return gokvrealloc(p, size, gfp);
}
EXPORT_SYMBOL_GPL(gomalloc_kvrealloc);

/**
 * gomalloc_ksize() - ksize() of an object of either allocator
 * @p: the object; NULL and ZERO_SIZE_PTR have nothing
 *
 * Before Linux 6.2 it is for who will use all of the object, and KASAN is told so.
 *
 * Context: as gosize().
 * Return: usable bytes.
 */
size_t gomalloc_ksize(const void *p)
{
	size_t size;

	if (!ported_is_ours(p))
		return ksize(p);
	kasan_check_read(p, 1);
	size = gosize(p);
	if (COMPAT_KSIZE_CLAIMS)
		__gomalloc_claim(p, size);
	return size;
}
EXPORT_SYMBOL_GPL(gomalloc_ksize);

/*
 * === free ===
 */

/**
 * gomalloc_kfree() - kfree() of an object of either allocator
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * What lies in a page of gomalloc's and is not a live object is reported as by
 * gofree().
 *
 * Context: as gofree().
 */
void gomalloc_kfree(const void *p)
{
	if (likely(ported_is_ours(p)))
		malloc_free_for(p, _RET_IP_);
	else
		kfree(p);
}
EXPORT_SYMBOL_GPL(gomalloc_kfree);

/**
 * gomalloc_kfree_sensitive() - kfree_sensitive() of an object of either allocator
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * Context: as gofree().
 */
void gomalloc_kfree_sensitive(const void *p)
{
	if (ported_is_ours(p)) {
		kasan_check_read(p, 1);
		gofree_sensitive(p);
	} else {
		kfree_sensitive(p);
	}
}
EXPORT_SYMBOL_GPL(gomalloc_kfree_sensitive);

/**
 * gomalloc_kvfree() - kvfree() of an object of either allocator
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * Context: as kvfree().
 */
void gomalloc_kvfree(const void *p)
{
	if (likely(ported_is_ours(p)))
		malloc_free_for(p, _RET_IP_);
	else
		kvfree(p);
}
EXPORT_SYMBOL_GPL(gomalloc_kvfree);

/**
 * gomalloc_kvfree_atomic() - kvfree_atomic() of an object of either allocator
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * Context: as gofree().
 */
void gomalloc_kvfree_atomic(const void *p)
{
	if (likely(ported_is_ours(p)))
		malloc_free_for(p, _RET_IP_);
	else
		compat_kvfree_atomic(p);
}
EXPORT_SYMBOL_GPL(gomalloc_kvfree_atomic);

/**
 * gomalloc_kvfree_sensitive() - kvfree_sensitive() of an object of either allocator
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 * @len: bytes to clear, of the kernel's; of gomalloc's all are
 *
 * Context: as kvfree().
 */
void gomalloc_kvfree_sensitive(const void *p, size_t len)
{
	if (ported_is_ours(p))
		gofree_sensitive(p);
	else
		kvfree_sensitive(p, len);
}
EXPORT_SYMBOL_GPL(gomalloc_kvfree_sensitive);

/**
 * gomalloc_kfree_const() - kfree_const() of an object of either allocator
 * @p: what kstrdup_const() or its kin gave
 *
 * Context: as gofree().
 */
void gomalloc_kfree_const(const void *p)
{
	if (ported_is_ours(p))
		malloc_free_for(p, _RET_IP_);
	else
		kfree_const(p);
}
EXPORT_SYMBOL_GPL(gomalloc_kfree_const);

/**
 * gomalloc_kfree_link() - kfree_link(), for set_delayed_call()
 * @p: the text of a symbolic link
 *
 * The kernel calls what it is given, so a file system's own kfree_link() takes the
 * objects of either allocator.
 *
 * Context: as gofree().
 */
void gomalloc_kfree_link(void *p)
{
	gomalloc_kfree(p);
}
EXPORT_SYMBOL_GPL(gomalloc_kfree_link);
