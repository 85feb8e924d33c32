/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gomalloc_kmalloc - a module that calls kmalloc() runs on gomalloc
 *
 * For -include; Documentation/porting.rst is for who uses it. Names are changed, and
 * nothing else, before any header of the kernel is read, so that pr_fmt() and what else
 * is to be defined before those still is:
 *
 * - What frees, resizes or asks has another name everywhere. The kernel's headers then
 *   declare gomalloc_kfree(), which takes objects of either allocator, and each
 *   pointer to kfree(), each __free(kfree) and each inline function has that.
 * - What allocates has another name in the file that is compiled, and not in those that
 *   it includes: what an inline function of a header allocates may be for the kernel to
 *   free, as tcf_exts_init() of <net/pkt_cls.h> does.
 *
 * Where the kernel has a macro, as kmalloc() since 6.10, the function below it is what
 * has another name. It asks for the version itself, since a module includes no
 * compat.h.
 */
#if defined(MODULE) && !defined(__ASSEMBLY__) && !defined(__ASSEMBLER__) && \
	!defined(_LINUX_GOMALLOC_KMALLOC_H)
#define _LINUX_GOMALLOC_KMALLOC_H

#include <linux/err.h>
#include <linux/gomalloc_module.h>
#include <linux/overflow.h>
#include <linux/version.h>

#if defined(CONFIG_TINY_RCU) && LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
#error "gomalloc_kmalloc.h: kfree_rcu() is inline with CONFIG_TINY_RCU"
#endif

/*
 * === the heap of the module ===
 */

/* One for all files of the module. Written before it runs, and then no more. */
extern struct gomalloc_own gomalloc_own;
struct gomalloc_own gomalloc_own __weak __section(".data..ro_after_init");

extern struct module __this_module;

/* By which modheap.c finds it */
static const struct gomalloc_own_param __used __section("__param")
__aligned(sizeof(void *)) gomalloc_own_param = {
	.name	= "gomalloc_heap",
	.mod	= &__this_module,
	.ops	= &__gomalloc_own_ops,
	.level	= -1,
	.own	= &gomalloc_own,
};

/*
 * === whose a name is ===
 */

#define __GOMALLOC_CAT(a, b)		__GOMALLOC_CAT_(a, b)
#define __GOMALLOC_CAT_(a, b)		a##b
#define __GOMALLOC_FIRST(...)		__GOMALLOC_FIRST_(__VA_ARGS__, ~)
#define __GOMALLOC_FIRST_(a, ...)	a
#define __GOMALLOC_SECOND(...)		__GOMALLOC_SECOND_(__VA_ARGS__, ~)
#define __GOMALLOC_SECOND_(a, b, ...)	b

/* How deep the file is included that a name stands in; only 0 makes two words of it */
#define __GOMALLOC_DEPTH_0(name)	~, gomalloc_own_##name
#define __GOMALLOC_HERE(name)						\
	__GOMALLOC_CAT(__GOMALLOC_DEPTH_, __INCLUDE_LEVEL__)(name)

/* In the file that is compiled gomalloc_own_NAME, in what it includes NAME */
#define GOMALLOC_OWN(name)		__GOMALLOC_SECOND(__GOMALLOC_HERE(name), name)
/* The same, but there __gomalloc_core_NAME, which has no heap and takes objects of ours */
#define GOMALLOC_EITHER(name)						\
	__GOMALLOC_SECOND(__GOMALLOC_HERE(name), __gomalloc_core_##name)

/*
 * === allocate ===
 */

static __always_inline __alloc_size(1) void *
gomalloc_own_kmalloc(size_t size, gfp_t gfp)
{
	return gomalloc_kmalloc(gomalloc_own.heap, size, gfp);
}

static __always_inline __alloc_size(1) void *
gomalloc_own_kzalloc(size_t size, gfp_t gfp)
{
	return gomalloc_own_kmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1) void *
gomalloc_own_kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return gomalloc_kmalloc_node(gomalloc_own.heap, size, gfp, node);
}

static __always_inline __alloc_size(1) void *
gomalloc_own_kvmalloc_node(size_t size, gfp_t gfp, int node)
{
	return gomalloc_kvmalloc_node(gomalloc_own.heap, size, gfp, node);
}

static __always_inline __alloc_size(1, 2) void *
gomalloc_own_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc_own_kmalloc(bytes, gfp);
}

static __always_inline __alloc_size(1, 2) void *
gomalloc_own_kmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc_own_kmalloc_node(bytes, gfp, node);
}

static __always_inline __alloc_size(1, 2) void *
gomalloc_own_kvmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc_own_kvmalloc_node(bytes, gfp, node);
}

static __always_inline void * __must_check __realloc_size(2)
gomalloc_own_krealloc(const void *p, size_t size, gfp_t gfp)
{
	return gomalloc_krealloc(gomalloc_own.heap, p, size, gfp);
}

static __always_inline void * __must_check __realloc_size(2, 3)
gomalloc_own_krealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc_own_krealloc(p, bytes, gfp);
}

static __always_inline size_t gomalloc_own_kmalloc_size_roundup(size_t size)
{
	return gomalloc_size_roundup(size);
}

#define kmalloc_size_roundup	GOMALLOC_OWN(kmalloc_size_roundup)

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)

static __always_inline __alloc_size(1) void *
gomalloc_own_kzalloc_node(size_t size, gfp_t gfp, int node)
{
	return gomalloc_own_kmalloc_node(size, gfp | __GFP_ZERO, node);
}

static __always_inline __alloc_size(1, 2) void *
gomalloc_own_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return gomalloc_own_kmalloc_array(n, size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1, 2) void *
gomalloc_own_kcalloc_node(size_t n, size_t size, gfp_t gfp, int node)
{
	return gomalloc_own_kmalloc_array_node(n, size, gfp | __GFP_ZERO, node);
}

static __always_inline __alloc_size(1) void *
gomalloc_own___kmalloc(size_t size, gfp_t gfp)
{
	return gomalloc_own_kmalloc(size, gfp);
}

static __always_inline __alloc_size(1) void *
gomalloc_own___kmalloc_node_track_caller(size_t size, gfp_t gfp, int node,
					 unsigned long caller)
{
	return gomalloc_own_kmalloc_node(size, gfp, node);
}

static __always_inline __alloc_size(1) void *
gomalloc_own_kvmalloc(size_t size, gfp_t gfp)
{
	return gomalloc_own_kvmalloc_node(size, gfp, -1);
}

static __always_inline __alloc_size(1) void *
gomalloc_own_kvzalloc(size_t size, gfp_t gfp)
{
	return gomalloc_own_kvmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(1) void *
gomalloc_own_kvzalloc_node(size_t size, gfp_t gfp, int node)
{
	return gomalloc_own_kvmalloc_node(size, gfp | __GFP_ZERO, node);
}

static __always_inline __alloc_size(1, 2) void *
gomalloc_own_kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return gomalloc_own_kvmalloc_array_node(n, size, gfp, -1);
}

static __always_inline __alloc_size(1, 2) void *
gomalloc_own_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return gomalloc_own_kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

static __always_inline __realloc_size(3) void *
gomalloc_own_kvrealloc(const void *p, size_t old_size, size_t size, gfp_t gfp)
{
	return gomalloc_kvrealloc(gomalloc_own.heap, p, old_size, size, gfp);
}

#define kmalloc			GOMALLOC_OWN(kmalloc)
#define kzalloc			GOMALLOC_OWN(kzalloc)
#define kmalloc_node		GOMALLOC_OWN(kmalloc_node)
#define kzalloc_node		GOMALLOC_OWN(kzalloc_node)
#define kmalloc_array		GOMALLOC_OWN(kmalloc_array)
#define kcalloc			GOMALLOC_OWN(kcalloc)
#define kmalloc_array_node	GOMALLOC_OWN(kmalloc_array_node)
#define kcalloc_node		GOMALLOC_OWN(kcalloc_node)
#define __kmalloc		GOMALLOC_OWN(__kmalloc)
#define __kmalloc_node_track_caller	GOMALLOC_OWN(__kmalloc_node_track_caller)
#define kvmalloc		GOMALLOC_OWN(kvmalloc)
#define kvzalloc		GOMALLOC_OWN(kvzalloc)
#define kvmalloc_node		GOMALLOC_OWN(kvmalloc_node)
#define kvzalloc_node		GOMALLOC_OWN(kvzalloc_node)
#define kvmalloc_array		GOMALLOC_OWN(kvmalloc_array)
#define kvcalloc		GOMALLOC_OWN(kvcalloc)
#define krealloc		GOMALLOC_EITHER(krealloc)
#define krealloc_array		GOMALLOC_OWN(krealloc_array)
#define kvrealloc		GOMALLOC_EITHER(kvrealloc)

#else /* of 6.10 and newer: the functions below the macros */

/*
 * What stands where the kernel has the size, or the size, its bucket and its token
 * from a macro, is one argument here, whose first word is the size.
 */
#define gomalloc_own___kmalloc_node_track_caller_noprof(sized, gfp, node, caller)	\
	gomalloc_own_kmalloc_node(__GOMALLOC_FIRST(sized), gfp, node)
#define __kmalloc_node_track_caller_noprof	GOMALLOC_OWN(__kmalloc_node_track_caller_noprof)
#define __kvmalloc_node_noprof			GOMALLOC_OWN(__kvmalloc_node_noprof)

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)

#define gomalloc_own___kvmalloc_node_noprof(sized, gfp, node)		\
	gomalloc_own_kvmalloc_node(__GOMALLOC_FIRST(sized), gfp, node)
#define gomalloc_own_krealloc_noprof	gomalloc_own_krealloc
#define gomalloc_own_kvrealloc_noprof(p, size, gfp)			\
	gomalloc_kvrealloc(gomalloc_own.heap, p, 0, size, gfp)

#define krealloc_noprof		GOMALLOC_EITHER(krealloc_noprof)
#define kvrealloc_noprof	GOMALLOC_EITHER(kvrealloc_noprof)

#else

/* An object is aligned as its size is, which is as far as @align may go */
#define gomalloc_own___kvmalloc_node_noprof(sized, align, gfp, node)	\
	gomalloc_own_kvmalloc_node(__GOMALLOC_FIRST(sized), gfp, node)
#define gomalloc_own_krealloc_node_align_noprof(p, sized, align, gfp, node)	\
	gomalloc_own_krealloc(p, __GOMALLOC_FIRST(sized), gfp)
#define gomalloc_own_kvrealloc_node_align_noprof(p, sized, align, gfp, node)	\
	gomalloc_kvrealloc(gomalloc_own.heap, p, 0, __GOMALLOC_FIRST(sized), gfp)

#define krealloc_node_align_noprof	GOMALLOC_EITHER(krealloc_node_align_noprof)
#define kvrealloc_node_align_noprof	GOMALLOC_EITHER(kvrealloc_node_align_noprof)

#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)

#define gomalloc_own_kmalloc_noprof		gomalloc_own_kmalloc
#define gomalloc_own_kzalloc_noprof		gomalloc_own_kzalloc
#define gomalloc_own_kmalloc_node_noprof	gomalloc_own_kmalloc_node
#define gomalloc_own_kmalloc_array_noprof	gomalloc_own_kmalloc_array
#define gomalloc_own_kmalloc_array_node_noprof	gomalloc_own_kmalloc_array_node
#define gomalloc_own_kvmalloc_array_node_noprof	gomalloc_own_kvmalloc_array_node
#define gomalloc_own_krealloc_array_noprof	gomalloc_own_krealloc_array

#define kmalloc_noprof			GOMALLOC_OWN(kmalloc_noprof)
#define kzalloc_noprof			GOMALLOC_OWN(kzalloc_noprof)
#define kmalloc_node_noprof		GOMALLOC_OWN(kmalloc_node_noprof)
#define kmalloc_array_noprof		GOMALLOC_OWN(kmalloc_array_noprof)
#define kmalloc_array_node_noprof	GOMALLOC_OWN(kmalloc_array_node_noprof)
#define kvmalloc_array_node_noprof	GOMALLOC_OWN(kvmalloc_array_node_noprof)
#define krealloc_array_noprof		GOMALLOC_OWN(krealloc_array_noprof)

#else /* the last argument is a token, which says which of kmalloc()'s caches it is */

#define gomalloc_own__kmalloc_noprof(size, gfp, token)			\
	gomalloc_own_kmalloc(size, gfp)
#define gomalloc_own__kzalloc_noprof(size, gfp, token)			\
	gomalloc_own_kzalloc(size, gfp)
#define gomalloc_own__kmalloc_node_noprof(size, gfp, node, token)	\
	gomalloc_own_kmalloc_node(size, gfp, node)
#define gomalloc_own__kmalloc_array_noprof(n, size, gfp, token)	\
	gomalloc_own_kmalloc_array(n, size, gfp)
#define gomalloc_own__kmalloc_array_node_noprof(n, size, gfp, node, token)	\
	gomalloc_own_kmalloc_array_node(n, size, gfp, node)
#define gomalloc_own__kvmalloc_array_node_noprof(n, size, gfp, node, token)	\
	gomalloc_own_kvmalloc_array_node(n, size, gfp, node)
#define gomalloc_own__krealloc_array_noprof(p, n, size, gfp, token)	\
	gomalloc_own_krealloc_array(p, n, size, gfp)

#define _kmalloc_noprof			GOMALLOC_OWN(_kmalloc_noprof)
#define _kzalloc_noprof			GOMALLOC_OWN(_kzalloc_noprof)
#define _kmalloc_node_noprof		GOMALLOC_OWN(_kmalloc_node_noprof)
#define _kmalloc_array_noprof		GOMALLOC_OWN(_kmalloc_array_noprof)
#define _kmalloc_array_node_noprof	GOMALLOC_OWN(_kmalloc_array_node_noprof)
#define _kvmalloc_array_node_noprof	GOMALLOC_OWN(_kvmalloc_array_node_noprof)
#define _krealloc_array_noprof		GOMALLOC_OWN(_krealloc_array_noprof)

#endif
#endif

/*
 * === copies and text ===
 */

static __always_inline char *gomalloc_own_kstrdup(const char *s, gfp_t gfp)
{
	return gomalloc_kstrdup(gomalloc_own.heap, s, gfp);
}

static __always_inline
const char *gomalloc_own_kstrdup_const(const char *s, gfp_t gfp)
{
	return gomalloc_kstrdup_const(gomalloc_own.heap, s, gfp);
}

static __always_inline char *gomalloc_own_kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return gomalloc_kstrndup(gomalloc_own.heap, s, max, gfp);
}

static __always_inline __realloc_size(2) void *
gomalloc_own_kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return gomalloc_kmemdup(gomalloc_own.heap, src, len, gfp);
}

/*
 * As the kernel's it refuses to read beyond the end of what the compiler knows. memcmp()
 * asks that, and nothing else is left of it where both of its arguments are the same. A
 * macro, for it is declared later.
 */
#ifdef CONFIG_FORTIFY_SOURCE
#define gomalloc_own_kmemdup(src, len, gfp)				\
({									\
	const void *__src = (src);					\
	size_t __len = (len);						\
									\
	(gomalloc_own_kmemdup)(__src, memcmp(__src, __src, __len) ? 0 : __len, gfp);	\
})
#endif

static __always_inline __realloc_size(2) void *
gomalloc_own_kvmemdup(const void *src, size_t len, gfp_t gfp)
{
	return gomalloc_kvmemdup(gomalloc_own.heap, src, len, gfp);
}

static __always_inline __realloc_size(2, 3) void *
gomalloc_own_kmemdup_array(const void *src, size_t n, size_t size, gfp_t gfp)
{
	return (gomalloc_own_kmemdup)(src, size_mul(n, size), gfp);
}

static __always_inline char *gomalloc_own_kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return gomalloc_kmemdup_nul(gomalloc_own.heap, s, len, gfp);
}

static __always_inline __realloc_size(2) void *
gomalloc_own_memdup_user(const void __user *src, size_t len)
{
	return gomalloc_memdup_user(gomalloc_own.heap, src, len);
}

static __always_inline __realloc_size(2) void *
gomalloc_own_vmemdup_user(const void __user *src, size_t len)
{
	return gomalloc_vmemdup_user(gomalloc_own.heap, src, len);
}

static __always_inline void *
gomalloc_own_memdup_array_user(const void __user *src, size_t n, size_t size)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return ERR_PTR(-EOVERFLOW);
	return gomalloc_own_memdup_user(src, bytes);
}

static __always_inline void *
gomalloc_own_vmemdup_array_user(const void __user *src, size_t n, size_t size)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return ERR_PTR(-EOVERFLOW);
	return gomalloc_own_vmemdup_user(src, bytes);
}

static __always_inline void *
gomalloc_own_memdup_user_nul(const void __user *src, size_t len)
{
	return gomalloc_memdup_user_nul(gomalloc_own.heap, src, len);
}

static __always_inline char *gomalloc_own_strndup_user(const char __user *s, long max)
{
	return gomalloc_strndup_user(gomalloc_own.heap, s, max);
}

static __always_inline __printf(2, 0) char *
gomalloc_own_kvasprintf(gfp_t gfp, const char *fmt, va_list ap)
{
	return gomalloc_kvasprintf(gomalloc_own.heap, gfp, fmt, ap);
}

#define gomalloc_own_kasprintf(...)	gomalloc_kasprintf(gomalloc_own.heap, __VA_ARGS__)

#define kstrdup			GOMALLOC_OWN(kstrdup)
#define kstrdup_const		GOMALLOC_OWN(kstrdup_const)
#define kstrndup		GOMALLOC_OWN(kstrndup)
#define kvmemdup		GOMALLOC_OWN(kvmemdup)
#define kmemdup_array		GOMALLOC_OWN(kmemdup_array)
#define kmemdup_nul		GOMALLOC_OWN(kmemdup_nul)
#define memdup_user		GOMALLOC_OWN(memdup_user)
#define vmemdup_user		GOMALLOC_OWN(vmemdup_user)
#define memdup_array_user	GOMALLOC_OWN(memdup_array_user)
#define vmemdup_array_user	GOMALLOC_OWN(vmemdup_array_user)
#define memdup_user_nul		GOMALLOC_OWN(memdup_user_nul)
#define strndup_user		GOMALLOC_OWN(strndup_user)
#define kvasprintf		GOMALLOC_OWN(kvasprintf)
#define kasprintf		GOMALLOC_OWN(kasprintf)
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define kmemdup			GOMALLOC_OWN(kmemdup)
#else
#define gomalloc_own_kmemdup_noprof	gomalloc_own_kmemdup
#define kmemdup_noprof		GOMALLOC_OWN(kmemdup_noprof)
#endif

/*
 * === of a device ===
 */

static __always_inline __alloc_size(2) void *
gomalloc_own_devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return gomalloc_devm_kmalloc(gomalloc_own.heap, dev, size, gfp);
}

static __always_inline __alloc_size(2) void *
gomalloc_own_devm_kzalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return gomalloc_own_devm_kmalloc(dev, size, gfp | __GFP_ZERO);
}

static __always_inline __alloc_size(2, 3) void *
gomalloc_own_devm_kmalloc_array(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc_own_devm_kmalloc(dev, bytes, gfp);
}

static __always_inline __alloc_size(2, 3) void *
gomalloc_own_devm_kcalloc(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	return gomalloc_own_devm_kmalloc_array(dev, n, size, gfp | __GFP_ZERO);
}

static __always_inline void * __must_check __realloc_size(3)
gomalloc_own_devm_krealloc(struct device *dev, void *p, size_t size, gfp_t gfp)
{
	return gomalloc_devm_krealloc(gomalloc_own.heap, dev, p, size, gfp);
}

static __always_inline void * __must_check __realloc_size(3, 4)
gomalloc_own_devm_krealloc_array(struct device *dev, void *p, size_t n, size_t size,
				 gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return gomalloc_own_devm_krealloc(dev, p, bytes, gfp);
}

static __always_inline char *
gomalloc_own_devm_kstrdup(struct device *dev, const char *s, gfp_t gfp)
{
	return gomalloc_devm_kstrdup(gomalloc_own.heap, dev, s, gfp);
}

static __always_inline __realloc_size(3) void *
gomalloc_own_devm_kmemdup(struct device *dev, const void *src, size_t len, gfp_t gfp)
{
	return gomalloc_devm_kmemdup(gomalloc_own.heap, dev, src, len, gfp);
}

static __always_inline __realloc_size(3, 4) void *
gomalloc_own_devm_kmemdup_array(struct device *dev, const void *src, size_t n,
				size_t size, gfp_t gfp)
{
	return gomalloc_own_devm_kmemdup(dev, src, size_mul(n, size), gfp);
}

static __always_inline __printf(3, 0) char *
gomalloc_own_devm_kvasprintf(struct device *dev, gfp_t gfp, const char *fmt, va_list ap)
{
	return gomalloc_devm_kvasprintf(gomalloc_own.heap, dev, gfp, fmt, ap);
}

#define gomalloc_own_devm_kasprintf(...)				\
	gomalloc_devm_kasprintf(gomalloc_own.heap, __VA_ARGS__)

#define devm_kmalloc		GOMALLOC_OWN(devm_kmalloc)
#define devm_kzalloc		GOMALLOC_OWN(devm_kzalloc)
#define devm_kmalloc_array	GOMALLOC_OWN(devm_kmalloc_array)
#define devm_kcalloc		GOMALLOC_OWN(devm_kcalloc)
#define devm_krealloc		GOMALLOC_EITHER(devm_krealloc)
#define devm_krealloc_array	GOMALLOC_OWN(devm_krealloc_array)
#define devm_kstrdup		GOMALLOC_OWN(devm_kstrdup)
#define devm_kmemdup		GOMALLOC_OWN(devm_kmemdup)
#define devm_kmemdup_array	GOMALLOC_OWN(devm_kmemdup_array)
#define devm_kvasprintf		GOMALLOC_OWN(devm_kvasprintf)
#define devm_kasprintf		GOMALLOC_OWN(devm_kasprintf)

/*
 * === free, ask ===
 */

#define kfree			gomalloc_kfree
#define kfree_sensitive		gomalloc_kfree_sensitive
#define kvfree			gomalloc_kvfree
#define kvfree_atomic		gomalloc_kvfree_atomic
#define kvfree_sensitive	gomalloc_kvfree_sensitive
#define kfree_const		gomalloc_kfree_const
#define kfree_link		gomalloc_kfree_link
#define kvfree_call_rcu		gomalloc_kvfree_call_rcu
#define kmem_cache_free_bulk	gomalloc_kmem_cache_free_bulk
#define devm_kfree		gomalloc_devm_kfree
#define ksize			gomalloc_ksize

#endif /* _LINUX_GOMALLOC_KMALLOC_H */
