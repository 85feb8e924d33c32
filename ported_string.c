// SPDX-License-Identifier: GPL-2.0
/*
 * ported_string - kstrdup(), memdup_user() and their kin of modules that were built for
 *	the kernel's
 *
 * What: objects with contents, from the heap of a module, or from the kernel.
 * Locks: none of its own.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gomalloc.h>
#include <linux/gomalloc_module.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "api_string.h"
#include "compat.h"
#include "kvmalloc.h"
#include "ported.h"

/* As the kernel's: for somebody who chose the length */
#define GFP_COPY_USER	(GFP_USER | __GFP_NOWARN)

/**
 * gomalloc_kstrdup() - kstrdup() into a heap
 * @heap: the heap, or NULL for the kernel's kstrdup()
 * @s: the string, or NULL
 * @gfp: as for gomalloc_kmalloc()
 *
 * Context: as gomalloc().
 * Return: as kstrdup().
 */
char *gomalloc_kstrdup(struct gomalloc_heap *heap, const char *s, gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return kstrdup(s, gfp);
	return s ? api_string_copy_text(heap, s, strlen(s), gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(gomalloc_kstrdup);

/**
 * gomalloc_kstrdup_const() - kstrdup_const() into a heap
 * @heap: the heap, or NULL for the kernel's kstrdup_const()
 * @s: the string, or NULL
 * @gfp: as for gomalloc_kmalloc()
 *
 * What is constant only the kernel knows: it is asked of what may be, and its copy, if
 * it made one, is replaced.
 *
 * Context: as gomalloc().
 * Return: as kstrdup_const(); gomalloc_kfree_const() takes it.
 */
const char *gomalloc_kstrdup_const(struct gomalloc_heap *heap, const char *s, gfp_t gfp)
{
	const char *copy;

	if (!s || !ported_serves(heap, gfp))
		return kstrdup_const(s, gfp);
	if (compat_may_be_constant(s)) {
		copy = kstrdup_const(s, gfp);
		if (!copy || copy == s)
			return copy;
		kfree_const(copy);
	}
	return api_string_copy_text(heap, s, strlen(s), gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_kstrdup_const);

/**
 * gomalloc_kstrndup() - kstrndup() into a heap
 * @heap: the heap, or NULL for the kernel's kstrndup()
 * @s: the string, or NULL
 * @max: characters of it at most
 * @gfp: as for gomalloc_kmalloc()
 *
 * Context: as gomalloc().
 * Return: as kstrndup().
 */
char *gomalloc_kstrndup(struct gomalloc_heap *heap, const char *s, size_t max, gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return kstrndup(s, max, gfp);
	return s ? api_string_copy_text(heap, s, strnlen(s, max), gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(gomalloc_kstrndup);

/**
 * gomalloc_kmemdup() - kmemdup() into a heap
 * @heap: the heap, or NULL for the kernel's kmemdup()
 * @src: what to copy
 * @len: bytes of it
 * @gfp: as for gomalloc_kmalloc()
 *
 * Context: as gomalloc().
 * Return: as kmemdup().
 */
void *gomalloc_kmemdup(struct gomalloc_heap *heap, const void *src, size_t len, gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return kmemdup(src, len, gfp);
	return api_string_copy_memory(heap, src, len, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_kmemdup);

/**
 * gomalloc_kvmemdup() - kvmemdup() into a heap
 * @heap: the heap, or NULL for the kernel's
 * @src: what to copy
 * @len: bytes of it
 * @gfp: as for kvmalloc()
 *
 * Context: as kvmalloc().
 * Return: as kvmemdup().
 */
void *gomalloc_kvmemdup(struct gomalloc_heap *heap, const void *src, size_t len, gfp_t gfp)
{
	void *p = gomalloc_kvmalloc_node(heap, len, gfp, NUMA_NO_NODE);

	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, len);
	return p;
}
EXPORT_SYMBOL_GPL(gomalloc_kvmemdup);

/**
 * gomalloc_kmemdup_nul() - kmemdup_nul() into a heap
 * @heap: the heap, or NULL for the kernel's kmemdup_nul()
 * @s: what to copy, or NULL
 * @len: bytes of it
 * @gfp: as for gomalloc_kmalloc()
 *
 * Context: as gomalloc().
 * Return: as kmemdup_nul().
 */
char *gomalloc_kmemdup_nul(struct gomalloc_heap *heap, const char *s, size_t len,
			   gfp_t gfp)
{
	if (!ported_serves(heap, gfp))
		return kmemdup_nul(s, len, gfp);
	return s ? api_string_copy_text(heap, s, len, gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(gomalloc_kmemdup_nul);

static __printf(3, 0) char *print_text(struct gomalloc_heap *heap, gfp_t gfp,
				       const char *fmt, va_list ap, unsigned long caller)
{
	if (!ported_serves(heap, gfp))
		return kvasprintf(gfp, fmt, ap);
	return api_string_print(heap, gfp, fmt, ap, caller);
}

/**
 * gomalloc_kvasprintf() - kvasprintf() into a heap
 * @heap: the heap, or NULL for the kernel's kvasprintf()
 * @gfp: as for gomalloc_kmalloc()
 * @fmt: as for printk()
 * @ap: the arguments
 *
 * Context: as gomalloc().
 * Return: as kvasprintf().
 */
char *gomalloc_kvasprintf(struct gomalloc_heap *heap, gfp_t gfp, const char *fmt,
			  va_list ap)
{
	return print_text(heap, gfp, fmt, ap, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_kvasprintf);

/**
 * gomalloc_kasprintf() - kasprintf() into a heap
 * @heap: the heap, or NULL for the kernel's kasprintf()
 * @gfp: as for gomalloc_kmalloc()
 * @fmt: as for printk()
 * @...: the arguments
 *
 * Context: as gomalloc().
 * Return: as kasprintf().
 */
char *gomalloc_kasprintf(struct gomalloc_heap *heap, gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = print_text(heap, gfp, fmt, ap, _RET_IP_);
	va_end(ap);
	return text;
}
EXPORT_SYMBOL_GPL(gomalloc_kasprintf);

/*
 * === from user space ===
 */

/* Fill an object, or free it. Return: @p, or an ERR_PTR. */
static void *fill(void *p, const void __user *src, size_t len)
{
	if (!p)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(p, src, len))
		return p;
	gomalloc_kvfree(p);
	return ERR_PTR(-EFAULT);
}

/**
 * gomalloc_memdup_user() - memdup_user() into a heap
 * @heap: the heap, or NULL for the kernel's
 * @src: what to copy
 * @len: bytes of it
 *
 * Context: Task context; sleeps.
 * Return: as memdup_user(): the copy, or an ERR_PTR.
 */
void *gomalloc_memdup_user(struct gomalloc_heap *heap, const void __user *src, size_t len)
{
	return fill(gomalloc_kmalloc(heap, len, GFP_COPY_USER), src, len);
}
EXPORT_SYMBOL_GPL(gomalloc_memdup_user);

/**
 * gomalloc_vmemdup_user() - vmemdup_user() into a heap
 * @heap: the heap, or NULL for the kernel's
 * @src: what to copy
 * @len: bytes of it
 *
 * Context: Task context; sleeps.
 * Return: as vmemdup_user(): the copy, or an ERR_PTR.
 */
void *gomalloc_vmemdup_user(struct gomalloc_heap *heap, const void __user *src, size_t len)
{
	return fill(gomalloc_kvmalloc_node(heap, len, GFP_USER, NUMA_NO_NODE), src, len);
}
EXPORT_SYMBOL_GPL(gomalloc_vmemdup_user);

/**
 * gomalloc_memdup_user_nul() - memdup_user_nul() into a heap
 * @heap: the heap, or NULL for the kernel's
 * @src: what to copy
 * @len: bytes of it
 *
 * Context: Task context; sleeps.
 * Return: as memdup_user_nul(): the copy, of @len + 1 bytes, or an ERR_PTR.
 */
void *gomalloc_memdup_user_nul(struct gomalloc_heap *heap, const void __user *src,
			       size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		return ERR_PTR(-ENOMEM);
	p = fill(gomalloc_kmalloc(heap, len + 1, GFP_COPY_USER), src, len);
	if (!IS_ERR(p))
		p[len] = '\0';
	return p;
}
EXPORT_SYMBOL_GPL(gomalloc_memdup_user_nul);

/**
 * gomalloc_strndup_user() - strndup_user() into a heap
 * @heap: the heap, or NULL for the kernel's
 * @s: the string
 * @max: the bytes that it may have, its end included
 *
 * Context: Task context; sleeps.
 * Return: as strndup_user(): the copy, or an ERR_PTR.
 */
char *gomalloc_strndup_user(struct gomalloc_heap *heap, const char __user *s, long max)
{
	long len = strnlen_user(s, max);
	char *p;

	if (!len)
		return ERR_PTR(-EFAULT);
	if (len > max)
		return ERR_PTR(-EINVAL);
	p = gomalloc_memdup_user(heap, s, len);
	/* It may have changed meanwhile */
	if (!IS_ERR(p))
		p[len - 1] = '\0';
	return p;
}
EXPORT_SYMBOL_GPL(gomalloc_strndup_user);
