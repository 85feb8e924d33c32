/* SPDX-License-Identifier: GPL-2.0 */
/* What a driver has in a header of its own, for gomalloc_ported */
#ifndef _PORTED_PRIVATE_H
#define _PORTED_PRIVATE_H

#include <linux/slab.h>

/* An inline function of a header: what it allocates may be for the kernel to free */
static inline void *private_alloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static inline void *private_realloc(void *p, size_t size)
{
	return krealloc(p, size, GFP_KERNEL);
}

static inline void private_free(void *p)
{
	kfree(p);
}

/* A macro is where it is used */
#define private_alloc_here(size)	kmalloc(size, GFP_KERNEL)

void *ported_more_alloc(size_t size);
void ported_more_free(void *p);
extern void (*const ported_more_pointer)(const void *p);

#endif /* _PORTED_PRIVATE_H */
