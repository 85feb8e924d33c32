// SPDX-License-Identifier: GPL-2.0
/*
 * request - what is refused before anything is tried
 *
 * What: zones that are not served, and NMI context. The questions are inline in
 *	request.h.
 * Locks: none.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/printk.h>

#include "request.h"

/* Return: NULL */
noinline void *request_refuse_gfp(gfp_t gfp)
{
	pr_warn_once("GFP_DMA, GFP_DMA32 and __GFP_HIGHMEM are not served (gfp %#x); use kmalloc() or alloc_pages()\n",
		     (__force unsigned int)gfp);
	return NULL;
}

/* Return: true */
noinline bool request_note_nmi(void)
{
	pr_warn_once("called in NMI context, which is not served\n");
	return true;
}
