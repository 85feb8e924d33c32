/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of policy.c: which requests are served */
#ifndef _EVERYWHERE_POLICY_H
#define _EVERYWHERE_POLICY_H

#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/gomalloc.h>
#include <linux/ioport.h>
#include <linux/jump_label.h>
#include <linux/preempt.h>

#include "audit.h"
#include "compat.h"

/**
 * struct policy - what is never served, whatever the parameters say
 * @never: [const] flags of such a request
 * @resource_from: [const] where the code of kernel/resource.c begins, or less
 * @resource_bytes: [const] as long as that is, or more
 */
struct policy {
	gfp_t		never;
	unsigned long	resource_from;
	unsigned long	resource_bytes;
};

extern struct policy policy;

DECLARE_STATIC_KEY_FALSE(policy_is_picky);

void policy_init(bool account);
bool policy_takes(size_t size, gfp_t gfp, unsigned long caller);
int policy_set(unsigned int percent, size_t least, size_t most);
void policy_get(unsigned int *percent, size_t *least, size_t *most);
int policy_set_modules(const char *names);
void policy_audit(bool audits);

/* free_resource() looks at the page, and keeps what is no slab's */
static __always_inline bool policy_is_resource(size_t size, unsigned long caller)
{
	return unlikely(size == sizeof(struct resource)) &&
	       caller - policy.resource_from < policy.resource_bytes;
}

static __always_inline bool policy_may_serve(size_t size, gfp_t gfp, unsigned long caller)
{
	return !unlikely(gfp & policy.never) && !unlikely(size > GOMALLOC_MAX_SIZE) &&
	       !unlikely(in_nmi()) && !policy_is_resource(size, caller);
}

/* The size to ask for, see COMPAT_SKB_HEAD: that of the next class */
static __always_inline size_t policy_size(size_t size)
{
	if (!COMPAT_SKB_HEAD)
		return size;
	return unlikely(size - (COMPAT_SKB_HEAD - COMPAT_SKB_HEAD / 8) <= COMPAT_SKB_HEAD / 8) ?
	       COMPAT_SKB_HEAD + 1 : size;
}

#endif /* _EVERYWHERE_POLICY_H */
