// SPDX-License-Identifier: GPL-2.0
/*
 * ported_kernel - the kernel's calls for modules whose kmalloc() is gomalloc's
 *
 * What: kernel_kmalloc() and its kin are what their names say without "kernel_". They
 *	are for what the kernel itself will free, and for what it gave to be freed, where
 *	a module is built with <linux/gomalloc_kmalloc.h>.
 * Locks: none.
 */
#include <linux/export.h>
#include <linux/gomalloc_module.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * kernel_kmalloc() - the kernel's kmalloc()
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as kmalloc().
 * Return: as kmalloc().
 */
void *kernel_kmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}
EXPORT_SYMBOL_GPL(kernel_kmalloc);

/**
 * kernel_kmalloc_node() - the kernel's kmalloc_node()
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 * @node: the node, or NUMA_NO_NODE
 *
 * Context: as kmalloc_node().
 * Return: as kmalloc_node().
 */
void *kernel_kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return kmalloc_node(size, gfp, node);
}
EXPORT_SYMBOL_GPL(kernel_kmalloc_node);

/**
 * kernel_kmalloc_array() - the kernel's kmalloc_array()
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for kmalloc()
 *
 * Context: as kmalloc_array().
 * Return: as kmalloc_array().
 */
void *kernel_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp);
}
EXPORT_SYMBOL_GPL(kernel_kmalloc_array);

/**
 * kernel_kvmalloc() - the kernel's kvmalloc()
 * @size: bytes wanted
 * @gfp: as for kvmalloc()
 *
 * Context: as kvmalloc().
 * Return: as kvmalloc().
 */
void *kernel_kvmalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp);
}
EXPORT_SYMBOL_GPL(kernel_kvmalloc);

/**
 * kernel_krealloc() - the kernel's krealloc(), of an object of the kernel's
 * @p: the object, or NULL
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as krealloc().
 * Return: as krealloc().
 */
void *kernel_krealloc(const void *p, size_t size, gfp_t gfp)
{
	return krealloc(p, size, gfp);
}
EXPORT_SYMBOL_GPL(kernel_krealloc);

/**
 * kernel_kstrdup() - the kernel's kstrdup()
 * @s: the string, or NULL
 * @gfp: as for kmalloc()
 *
 * Context: as kstrdup().
 * Return: as kstrdup().
 */
char *kernel_kstrdup(const char *s, gfp_t gfp)
{
	return kstrdup(s, gfp);
}
EXPORT_SYMBOL_GPL(kernel_kstrdup);

/**
 * kernel_kstrndup() - the kernel's kstrndup()
 * @s: the string, or NULL
 * @max: characters of it at most
 * @gfp: as for kmalloc()
 *
 * Context: as kstrndup().
 * Return: as kstrndup().
 */
char *kernel_kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return kstrndup(s, max, gfp);
}
EXPORT_SYMBOL_GPL(kernel_kstrndup);

/**
 * kernel_kmemdup() - the kernel's kmemdup()
 * @src: what to copy
 * @len: bytes of it
 * @gfp: as for kmalloc()
 *
 * Context: as kmemdup().
 * Return: as kmemdup().
 */
void *kernel_kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return kmemdup(src, len, gfp);
}
EXPORT_SYMBOL_GPL(kernel_kmemdup);

/**
 * kernel_kmemdup_nul() - the kernel's kmemdup_nul()
 * @s: what to copy, or NULL
 * @len: bytes of it
 * @gfp: as for kmalloc()
 *
 * Context: as kmemdup_nul().
 * Return: as kmemdup_nul().
 */
char *kernel_kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return kmemdup_nul(s, len, gfp);
}
EXPORT_SYMBOL_GPL(kernel_kmemdup_nul);

/**
 * kernel_kvasprintf() - the kernel's kvasprintf()
 * @gfp: as for kmalloc()
 * @fmt: as for printk()
 * @ap: the arguments
 *
 * Context: as kvasprintf().
 * Return: as kvasprintf().
 */
char *kernel_kvasprintf(gfp_t gfp, const char *fmt, va_list ap)
{
	return kvasprintf(gfp, fmt, ap);
}
EXPORT_SYMBOL_GPL(kernel_kvasprintf);

/**
 * kernel_kasprintf() - the kernel's kasprintf()
 * @gfp: as for kmalloc()
 * @fmt: as for printk()
 * @...: the arguments
 *
 * Context: as kasprintf().
 * Return: as kasprintf().
 */
char *kernel_kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = kvasprintf(gfp, fmt, ap);
	va_end(ap);
	return text;
}
EXPORT_SYMBOL_GPL(kernel_kasprintf);

/**
 * kernel_kfree() - the kernel's kfree(), of an object of the kernel's
 * @p: the object, or NULL
 *
 * Context: as kfree().
 */
void kernel_kfree(const void *p)
{
	kfree(p);
}
EXPORT_SYMBOL_GPL(kernel_kfree);

/**
 * kernel_kfree_sensitive() - the kernel's kfree_sensitive(), of an object of the kernel's
 * @p: the object, or NULL
 *
 * Context: as kfree_sensitive().
 */
void kernel_kfree_sensitive(const void *p)
{
	kfree_sensitive(p);
}
EXPORT_SYMBOL_GPL(kernel_kfree_sensitive);

/**
 * kernel_kvfree() - the kernel's kvfree(), of an object of the kernel's
 * @p: the object, or NULL
 *
 * Context: as kvfree().
 */
void kernel_kvfree(const void *p)
{
	kvfree(p);
}
EXPORT_SYMBOL_GPL(kernel_kvfree);
