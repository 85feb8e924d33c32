// SPDX-License-Identifier: GPL-2.0
/*
 * api_devres - objects that go with a device
 *
 * What: devm_gomalloc() and its kin: a devres of the device names the object, and frees
 *	it when the driver is detached. The rules are those of devm_kmalloc().
 * Locks: none of its own; the driver core's guards the list of a device.
 * Owns: the objects that they return.
 * Invariant: an object is named by one devres, which is gone before the object is, but
 *	while it is moved, when the devres names nothing.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/gomalloc.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "api_devres.h"
#include "malloc.h"
#include "malloc_node.h"

/* What the devres holds */
struct devm_object {
	const void	*p;
};

static void devm_gomalloc_release(struct device *dev, void *res)
{
	const struct devm_object *o = res;

	gofree(o->p);
}

static int devm_gomalloc_match(struct device *dev, void *res, void *p)
{
	const struct devm_object *o = res;

	return READ_ONCE(o->p) == p;
}

/* Give an object to the device. Return: @p; or NULL, and it is free: no memory. */
void *api_devres_add(struct device *dev, void *p, gfp_t gfp)
{
	struct devm_object *o;

	if (ZERO_OR_NULL_PTR(p))
		return p;
	/* The object took what @gfp says of its contents and of its node */
	o = devres_alloc(devm_gomalloc_release, sizeof(*o),
			 gfp & ~(__GFP_ZERO | __GFP_THISNODE));
	if (!o) {
		gofree(p);
		return NULL;
	}
	o->p = p;
	devres_add(dev, o);
	return p;
}

static void *alloc_object(struct device *dev, size_t size, gfp_t gfp,
			  unsigned long caller)
{
	return api_devres_add(dev, malloc_alloc_node(gomalloc_default_heap, size, gfp, 0,
						 dev_to_node(dev), caller), gfp);
}

/**
 * devm_gomalloc() - gomalloc() for as long as a driver is bound to its device
 * @dev: the device
 * @size: bytes wanted; 0 gives ZERO_SIZE_PTR
 * @gfp: as for gomalloc()
 *
 * The object is of the device's node, if that has memory. It is freed when the driver
 * is detached, after what was allocated later, or by devm_gofree(), and by no other
 * call.
 *
 * Context: as gomalloc().
 * Return: as gomalloc().
 */
void *devm_gomalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return alloc_object(dev, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(devm_gomalloc);

/**
 * devm_gozalloc() - devm_gomalloc() of zeroed memory
 * @dev: the device
 * @size: bytes wanted
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as devm_gomalloc().
 */
void *devm_gozalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return alloc_object(dev, size, gfp | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL_GPL(devm_gozalloc);

/**
 * devm_gomalloc_array() - devm_gomalloc() of an array
 * @dev: the device
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as devm_gomalloc(); NULL also if @n * @size overflows.
 */
void *devm_gomalloc_array(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return alloc_object(dev, bytes, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(devm_gomalloc_array);

/**
 * devm_gocalloc() - devm_gomalloc_array() of zeroed memory
 * @dev: the device
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as devm_gomalloc_array().
 */
void *devm_gocalloc(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	return alloc_object(dev, size_mul(n, size), gfp | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL_GPL(devm_gocalloc);

/**
 * devm_gofree() - free an object of a device before the driver is detached
 * @dev: the device
 * @p: the object; NULL and ZERO_SIZE_PTR are fine
 *
 * Warns, and frees nothing, if @p is not an object of @dev.
 *
 * Context: as gofree().
 */
void devm_gofree(struct device *dev, const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	WARN_ON(devres_release(dev, devm_gomalloc_release, devm_gomalloc_match,
			       (void *)p));
}
EXPORT_SYMBOL_GPL(devm_gofree);

/**
 * devm_gorealloc() - change the size of an object of a device
 * @dev: the device
 * @p: the object, or NULL to allocate one
 * @size: bytes wanted; 0 frees @p
 * @gfp: as for gorealloc()
 *
 * Its turn to be freed stays the same. Warns if @p is not an object of @dev.
 *
 * Context: as gorealloc().
 * Return: as gorealloc(); NULL also if @p is not an object of @dev.
 */
void *devm_gorealloc(struct device *dev, void *p, size_t size, gfp_t gfp)
{
	struct devm_object *o;
	void *q;

	if (ZERO_OR_NULL_PTR(p))
		return devm_gomalloc(dev, size, gfp);
	if (!size) {
		devm_gofree(dev, p);
		return ZERO_SIZE_PTR;
	}
	o = devres_find(dev, devm_gomalloc_release, devm_gomalloc_match, p);
	if (WARN_ON(!o))
		return NULL;
	/* Once @p is free its address may be that of another object of @dev */
	WRITE_ONCE(o->p, NULL);
	q = gorealloc(p, size, gfp);
	WRITE_ONCE(o->p, q ?: p);
	return q;
}
EXPORT_SYMBOL_GPL(devm_gorealloc);

/**
 * devm_gorealloc_array() - change the number of elements of an array of a device
 * @dev: the device
 * @p: the array, or NULL to allocate one
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gorealloc()
 *
 * Context: as gorealloc().
 * Return: as devm_gorealloc(); NULL, and @p as it was, also if @n * @size overflows.
 */
void *devm_gorealloc_array(struct device *dev, void *p, size_t n, size_t size,
			   gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return devm_gorealloc(dev, p, bytes, gfp);
}
EXPORT_SYMBOL_GPL(devm_gorealloc_array);

/**
 * devm_gostrdup() - gostrdup() for as long as a driver is bound to its device
 * @dev: the device
 * @s: the string, or NULL
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as gostrdup().
 */
char *devm_gostrdup(struct device *dev, const char *s, gfp_t gfp)
{
	return api_devres_add(dev, gostrdup(s, gfp), gfp);
}
EXPORT_SYMBOL_GPL(devm_gostrdup);

/**
 * devm_gomemdup() - gomemdup() for as long as a driver is bound to its device
 * @dev: the device
 * @src: what to copy
 * @len: bytes of it
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as gomemdup().
 */
void *devm_gomemdup(struct device *dev, const void *src, size_t len, gfp_t gfp)
{
	return api_devres_add(dev, gomemdup(src, len, gfp), gfp);
}
EXPORT_SYMBOL_GPL(devm_gomemdup);

/**
 * devm_govasprintf() - devm_goasprintf() with its arguments in a list
 * @dev: the device
 * @gfp: as for gomalloc()
 * @fmt: as for printk()
 * @ap: the arguments
 *
 * Context: as gomalloc().
 * Return: as govasprintf().
 */
char *devm_govasprintf(struct device *dev, gfp_t gfp, const char *fmt,
		       va_list ap)
{
	return api_devres_add(dev, govasprintf(gfp, fmt, ap), gfp);
}
EXPORT_SYMBOL_GPL(devm_govasprintf);

/**
 * devm_goasprintf() - goasprintf() for as long as a driver is bound to its device
 * @dev: the device
 * @gfp: as for gomalloc()
 * @fmt: as for printk()
 * @...: the arguments
 *
 * Context: as gomalloc().
 * Return: as goasprintf().
 */
char *devm_goasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = devm_govasprintf(dev, gfp, fmt, ap);
	va_end(ap);
	return text;
}
EXPORT_SYMBOL_GPL(devm_goasprintf);
