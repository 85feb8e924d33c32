// SPDX-License-Identifier: GPL-2.0
/*
 * kasan_report - what a report of KASAN is about
 *
 * What: KASAN finds a slab's object for its report, and none of ours. When it has
 *	reported an access to memory of ours, a line says to which heap and object.
 * Locks: none.
 * Owns: the probe of the kernel's tracepoint for reports.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/kasan.h>
#include <linux/printk.h>
#include <linux/tracepoint.h>
#include <trace/events/error_report.h>

#include "compat.h"
#include "kasan_report.h"
#include "mspan.h"
#include "object.h"

/* Within KASAN's report, under its lock, with interrupts off */
static void describe_access(void *unused, enum error_detector detector,
			    unsigned long address)
{
	const void *p = kasan_reset_tag((void *)address);
	struct object o;

	if (detector != ERROR_DETECTOR_KASAN ||
	    object_find(p, &o) == GOMALLOC_FOREIGN)
		return;
	if (!o.span)
		pr_err("the address is in a page that no span uses\n");
	else
		pr_err("the address is in heap %s, class %u (%u bytes, %s), object %u of %u, offset %lu; the object is %s\n",
		       o.span->heap->name, o.span->spanclass >> 1,
		       o.span->elemsize, o.span->spanclass & 1 ? "noscan" : "scan",
		       o.index, o.span->nelems,
		       (unsigned long)p - (unsigned long)mspan_object(o.span, o.index),
		       object_state_text(&o));
}

void kasan_report_init(void)
{
	if (register_trace_error_report_end(describe_access, NULL))
		pr_warn("no tracepoint: reports of KASAN will not tell the heap\n");
}

void kasan_report_exit(void)
{
	unregister_trace_error_report_end(describe_access, NULL);
	tracepoint_synchronize_unregister();
}
