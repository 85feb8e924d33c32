/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gomalloc_module - kmalloc()'s calls, of a heap that a module has to itself
 *
 * What <linux/gomalloc_kmalloc.h> turns the calls of a module into. A heap of NULL,
 * and zones that gomalloc does not serve, are the kernel's. Who frees, resizes or asks
 * for the size may have an object of either. Included before any header of the kernel,
 * so it includes none that comes to printk.h.
 */
#ifndef _LINUX_GOMALLOC_MODULE_H
#define _LINUX_GOMALLOC_MODULE_H

#include <linux/gfp_types.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>
#include <linux/types.h>

struct device;
struct gomalloc_heap;
struct module;

/**
 * struct gomalloc_own - the heap that a module has to itself
 * @heap: made before the module's first function runs; NULL if it could not be
 */
struct gomalloc_own {
	struct gomalloc_heap	*heap;
};

/**
 * struct gomalloc_own_param - says that a module wants a heap to itself
 * @name: it is no parameter of anybody's, and has a name that says so
 * @mod: the module
 * @ops: &__gomalloc_own_ops, by which it is known
 * @perm: 0: not in sysfs
 * @level: as of a parameter of a module
 * @flags: none
 * @own: where the heap is to be written
 *
 * A struct kernel_param, whose header comes to printk.h: the one list of a module that
 * others can look through before it runs.
 */
struct gomalloc_own_param {
	const char			*name;
	struct module			*mod;
	const struct kernel_param_ops	*ops;
	const u16			perm;
	s8				level;
	u8				flags;
	struct gomalloc_own		*own;
};

extern const struct kernel_param_ops __gomalloc_own_ops;

void *gomalloc_kmalloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp)
	__alloc_size(2);
void *gomalloc_kmalloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			    int node) __alloc_size(2);
void *gomalloc_kvmalloc_node(struct gomalloc_heap *heap, size_t size, gfp_t gfp,
			     int node) __alloc_size(2);
void * __must_check gomalloc_krealloc(struct gomalloc_heap *heap, const void *p,
				      size_t size, gfp_t gfp) __realloc_size(3);
void *gomalloc_kvrealloc(struct gomalloc_heap *heap, const void *p, size_t old_size,
			 size_t size, gfp_t gfp) __realloc_size(4);
size_t gomalloc_ksize(const void *p);
size_t gomalloc_size_roundup(size_t size);
void gomalloc_kfree(const void *p);
void gomalloc_kfree_sensitive(const void *p);
void gomalloc_kvfree(const void *p);
void gomalloc_kvfree_atomic(const void *p);
void gomalloc_kvfree_sensitive(const void *p, size_t len);
void gomalloc_kfree_const(const void *p);
void gomalloc_kfree_link(void *p);

char *gomalloc_kstrdup(struct gomalloc_heap *heap, const char *s, gfp_t gfp) __malloc;
const char *gomalloc_kstrdup_const(struct gomalloc_heap *heap, const char *s,
				   gfp_t gfp);
char *gomalloc_kstrndup(struct gomalloc_heap *heap, const char *s, size_t max,
			gfp_t gfp);
void *gomalloc_kmemdup(struct gomalloc_heap *heap, const void *src, size_t len,
		       gfp_t gfp) __realloc_size(3);
void *gomalloc_kvmemdup(struct gomalloc_heap *heap, const void *src, size_t len,
			gfp_t gfp) __realloc_size(3);
char *gomalloc_kmemdup_nul(struct gomalloc_heap *heap, const char *s, size_t len,
			   gfp_t gfp);
__printf(3, 0) char *
gomalloc_kvasprintf(struct gomalloc_heap *heap, gfp_t gfp, const char *fmt, va_list ap);
__printf(3, 4) char *
gomalloc_kasprintf(struct gomalloc_heap *heap, gfp_t gfp, const char *fmt, ...);

void *gomalloc_memdup_user(struct gomalloc_heap *heap, const void __user *src,
			   size_t len) __realloc_size(3);
void *gomalloc_vmemdup_user(struct gomalloc_heap *heap, const void __user *src,
			    size_t len) __realloc_size(3);
void *gomalloc_memdup_user_nul(struct gomalloc_heap *heap, const void __user *src,
			       size_t len);
char *gomalloc_strndup_user(struct gomalloc_heap *heap, const char __user *s, long max);

void *gomalloc_devm_kmalloc(struct gomalloc_heap *heap, struct device *dev, size_t size,
			    gfp_t gfp) __alloc_size(3);
void * __must_check
gomalloc_devm_krealloc(struct gomalloc_heap *heap, struct device *dev, void *p,
		       size_t size, gfp_t gfp) __realloc_size(4);
void gomalloc_devm_kfree(struct device *dev, const void *p);
char *gomalloc_devm_kstrdup(struct gomalloc_heap *heap, struct device *dev,
			    const char *s, gfp_t gfp) __malloc;
void *gomalloc_devm_kmemdup(struct gomalloc_heap *heap, struct device *dev,
			    const void *src, size_t len, gfp_t gfp) __realloc_size(4);
__printf(4, 0) char *
gomalloc_devm_kvasprintf(struct gomalloc_heap *heap, struct device *dev, gfp_t gfp,
			 const char *fmt, va_list ap);
__printf(4, 5) char *
gomalloc_devm_kasprintf(struct gomalloc_heap *heap, struct device *dev, gfp_t gfp,
			const char *fmt, ...);

/*
 * The kernel's own, for what the kernel itself will free
 */

void *kernel_kmalloc(size_t size, gfp_t gfp) __alloc_size(1);
void *kernel_kmalloc_node(size_t size, gfp_t gfp, int node) __alloc_size(1);
void *kernel_kmalloc_array(size_t n, size_t size, gfp_t gfp) __alloc_size(1, 2);
void *kernel_kvmalloc(size_t size, gfp_t gfp) __alloc_size(1);
void * __must_check kernel_krealloc(const void *p, size_t size, gfp_t gfp)
	__realloc_size(2);
char *kernel_kstrdup(const char *s, gfp_t gfp) __malloc;
char *kernel_kstrndup(const char *s, size_t max, gfp_t gfp);
void *kernel_kmemdup(const void *src, size_t len, gfp_t gfp) __realloc_size(2);
char *kernel_kmemdup_nul(const char *s, size_t len, gfp_t gfp);
__printf(2, 0) char *kernel_kvasprintf(gfp_t gfp, const char *fmt, va_list ap);
__printf(2, 3) char *kernel_kasprintf(gfp_t gfp, const char *fmt, ...);
void kernel_kfree(const void *p);
void kernel_kfree_sensitive(const void *p);
void kernel_kvfree(const void *p);

/**
 * kernel_kzalloc() - kernel_kmalloc() of zeroed memory
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 *
 * Context: as kmalloc().
 * Return: as kmalloc().
 */
static __always_inline __alloc_size(1) void *kernel_kzalloc(size_t size, gfp_t gfp)
{
	return kernel_kmalloc(size, gfp | __GFP_ZERO);
}

/**
 * kernel_kcalloc() - kernel_kmalloc_array() of zeroed memory
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for kmalloc()
 *
 * Context: as kmalloc().
 * Return: as kcalloc().
 */
static __always_inline __alloc_size(1, 2) void *
kernel_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kernel_kmalloc_array(n, size, gfp | __GFP_ZERO);
}

/**
 * kernel_kvzalloc() - kernel_kvmalloc() of zeroed memory
 * @size: bytes wanted
 * @gfp: as for kvmalloc()
 *
 * Context: as kvmalloc().
 * Return: as kvmalloc().
 */
static __always_inline __alloc_size(1) void *kernel_kvzalloc(size_t size, gfp_t gfp)
{
	return kernel_kvmalloc(size, gfp | __GFP_ZERO);
}

#endif /* _LINUX_GOMALLOC_MODULE_H */
