// SPDX-License-Identifier: GPL-2.0
/*
 * kasan_reports - tell kasan_test of KASAN's reports
 *
 * What: what a kernel with CONFIG_KASAN_KUNIT_TEST has for that test. That there was a
 *	report is learnt from a tracepoint, which any kernel with KASAN has.
 * Locks: none. It runs where the report is made.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <trace/events/error_report.h>

#include "kasan/kasan.h"

/* The machine was booted with kasan_multi_shot */
bool kasan_save_enable_multi_shot(void)
{
	return true;
}
EXPORT_SYMBOL_GPL(kasan_save_enable_multi_shot);

void kasan_restore_multi_shot(bool enabled)
{
}
EXPORT_SYMBOL_GPL(kasan_restore_multi_shot);

/* The test that this task runs, if it is one of those */
static void tell(void *data, enum error_detector detector, unsigned long address)
{
	struct kunit_resource *resource;
	struct kunit_kasan_status *status;

	if (detector != ERROR_DETECTOR_KASAN || !current->kunit_test)
		return;
	resource = kunit_find_named_resource(current->kunit_test, "kasan_status");
	if (!resource)
		return;
	status = resource->data;
	WRITE_ONCE(status->report_found, true); /* the test looks after its access */
	kunit_put_resource(resource);
}

static int __init kasan_reports_init(void)
{
	return register_trace_error_report_end(tell, NULL);
}

static void __exit kasan_reports_exit(void)
{
	unregister_trace_error_report_end(tell, NULL);
	tracepoint_synchronize_unregister();
}

module_init(kasan_reports_init);
module_exit(kasan_reports_exit);
MODULE_DESCRIPTION("Tells kasan_test of KASAN's reports");
MODULE_LICENSE("GPL");
