// SPDX-License-Identifier: GPL-2.0
/*
 * api_copy - does a copy stay within an object?
 *
 * What: for objects of ours what CONFIG_HARDENED_USERCOPY asks of a slab's.
 * Locks: none of its own. The caller holds the object.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "guard.h"
#include "malloc.h"
#include "object.h"
#include "pagemap.h"
#include "report.h"

/* Of what is mapped only guarded objects are checked here */
static bool check_mapped(const void *p, size_t n, unsigned long caller)
{
	if (!guard_has(&gomalloc_sys, p) || n <= guard_room(gomalloc_sys.guard, p))
		return true;
	report_misuse(&gomalloc_sys, GOMALLOC_COPY, p, NULL, caller);
	return false;
}

/**
 * gomalloc_check_copy() - does a copy stay within an object?
 * @p: where it begins: the start of an object, or within it
 * @n: bytes to be copied
 *
 * For what goes to user space, or comes from there, with a length that it may have
 * chosen: the kernel's own check (CONFIG_HARDENED_USERCOPY) knows a slab's objects,
 * and lets pass what lies in any other page of the direct map. It is no module's to
 * extend. Call this before copy_to_user() or copy_from_user(), and do not copy if it
 * says no.
 *
 * Not caught: what lies behind the size that was asked for and within that of the
 * class, and the parts of one structure that must not leave the kernel (there are no
 * usercopy regions). Of mapped objects and of memory of others nothing is checked
 * here: the kernel does that.
 *
 * Context: Any but NMI.
 * Return: true: within a live object, or in none of gomalloc's; false, and a report:
 * beyond the end of one, or in one that is not live.
 */
bool gomalloc_check_copy(const void *p, size_t n)
{
	bool within = true;
	struct object o;

	if (!n || ZERO_OR_NULL_PTR(p))
		return true;
	if (is_vmalloc_addr(p))
		return check_mapped(p, n, _RET_IP_);
	preempt_disable();
	if (object_find(p, &o) != GOMALLOC_FOREIGN)
		within = o.span && o.index < o.span->nelems &&
			 n <= object_room(&o, p);
	if (unlikely(!within))
		report_misuse(&gomalloc_sys, GOMALLOC_COPY, p, o.span, _RET_IP_);
	preempt_enable();
	return within;
}
EXPORT_SYMBOL_GPL(gomalloc_check_copy);
