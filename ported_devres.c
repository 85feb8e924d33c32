// SPDX-License-Identifier: GPL-2.0
/*
 * ported_devres - devm_kmalloc() and its kin of modules that were built for the kernel's
 *
 * What: objects of a device from the heap of a module, or from the kernel.
 * Locks: none of its own.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/gomalloc.h>
#include <linux/gomalloc_module.h>
#include <linux/slab.h>

#include "api_devres.h"
#include "compat.h"
#include "malloc_node.h"
#include "ported.h"

/**
 * gomalloc_devm_kmalloc() - devm_kmalloc() from a heap
 * @heap: the heap, or NULL for the kernel's devm_kmalloc()
 * @dev: the device
 * @size: bytes wanted
 * @gfp: as for gomalloc_kmalloc()
 *
 * Context: as gomalloc().
 * Return: as devm_kmalloc().
 */
void *gomalloc_devm_kmalloc(struct gomalloc_heap *heap, struct device *dev, size_t size,
			    gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return devm_kmalloc(dev, size, gfp);
	return api_devres_add(dev, malloc_alloc_node(heap, size, gfp, 0, dev_to_node(dev),
						     _RET_IP_), gfp);
}
EXPORT_SYMBOL_GPL(gomalloc_devm_kmalloc);

/**
 * gomalloc_devm_krealloc() - devm_krealloc() of an object of either allocator
 * @heap: where an object comes from if @p is NULL; it may be NULL itself
 * @dev: the device
 * @p: the object, or NULL
 * @size: bytes wanted
 * @gfp: as for devm_krealloc()
 *
 * Context: as gomalloc().
 * Return: as devm_krealloc().
 */
void *gomalloc_devm_krealloc(struct gomalloc_heap *heap, struct device *dev, void *p,
			     size_t size, gfp_t gfp)
{
	if (ZERO_OR_NULL_PTR(p))
		return gomalloc_devm_kmalloc(heap, dev, size, gfp);
	if (ported_is_ours(p))
		return devm_gorealloc(dev, p, size, gfp);
	return devm_krealloc(dev, p, size, gfp);
}
EXPORT_SYMBOL_GPL(gomalloc_devm_krealloc);

/**
 * gomalloc_devm_kfree() - devm_kfree() of an object of either allocator
 * @dev: the device
 * @p: the object
 *
 * Context: as gofree().
 */
void gomalloc_devm_kfree(struct device *dev, const void *p)
{
	if (ported_is_ours(p))
		devm_gofree(dev, p);
	else
		devm_kfree(dev, p);
}
EXPORT_SYMBOL_GPL(gomalloc_devm_kfree);

/**
 * gomalloc_devm_kstrdup() - devm_kstrdup() into a heap
 * @heap: the heap, or NULL for the kernel's devm_kstrdup()
 * @dev: the device
 * @s: the string, or NULL
 * @gfp: as for gomalloc_kmalloc()
 *
 * Context: as gomalloc().
 * Return: as devm_kstrdup().
 */
char *gomalloc_devm_kstrdup(struct gomalloc_heap *heap, struct device *dev,
			    const char *s, gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return devm_kstrdup(dev, s, gfp);
	return api_devres_add(dev, gomalloc_kstrdup(heap, s, gfp), gfp);
}
EXPORT_SYMBOL_GPL(gomalloc_devm_kstrdup);

/**
 * gomalloc_devm_kmemdup() - devm_kmemdup() into a heap
 * @heap: the heap, or NULL for the kernel's devm_kmemdup()
 * @dev: the device
 * @src: what to copy
 * @len: bytes of it
 * @gfp: as for gomalloc_kmalloc()
 *
 * Context: as gomalloc().
 * Return: as devm_kmemdup().
 */
void *gomalloc_devm_kmemdup(struct gomalloc_heap *heap, struct device *dev,
			    const void *src, size_t len, gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return devm_kmemdup(dev, src, len, gfp);
	return api_devres_add(dev, gomalloc_kmemdup(heap, src, len, gfp), gfp);
}
EXPORT_SYMBOL_GPL(gomalloc_devm_kmemdup);

/**
 * gomalloc_devm_kvasprintf() - devm_kvasprintf() into a heap
 * @heap: the heap, or NULL for the kernel's devm_kvasprintf()
 * @dev: the device
 * @gfp: as for gomalloc_kmalloc()
 * @fmt: as for printk()
 * @ap: the arguments
 *
 * Context: as gomalloc().
 * Return: as devm_kvasprintf().
 */
char *gomalloc_devm_kvasprintf(struct gomalloc_heap *heap, struct device *dev, gfp_t gfp,
			       const char *fmt, va_list ap)
{
	if (!ported_serves(heap, gfp))
		return devm_kvasprintf(dev, gfp, fmt, ap);
	return api_devres_add(dev, gomalloc_kvasprintf(heap, gfp, fmt, ap), gfp);
}
EXPORT_SYMBOL_GPL(gomalloc_devm_kvasprintf);

/**
 * gomalloc_devm_kasprintf() - devm_kasprintf() into a heap
 * @heap: the heap, or NULL for the kernel's devm_kasprintf()
 * @dev: the device
 * @gfp: as for gomalloc_kmalloc()
 * @fmt: as for printk()
 * @...: the arguments
 *
 * Context: as gomalloc().
 * Return: as devm_kasprintf().
 */
char *gomalloc_devm_kasprintf(struct gomalloc_heap *heap, struct device *dev, gfp_t gfp,
			      const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = gomalloc_devm_kvasprintf(heap, dev, gfp, fmt, ap);
	va_end(ap);
	return text;
}
EXPORT_SYMBOL_GPL(gomalloc_devm_kasprintf);
