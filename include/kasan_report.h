/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of kasan_report.c: what a report of KASAN is about */
#ifndef _GOMALLOC_KASAN_REPORT_H
#define _GOMALLOC_KASAN_REPORT_H

#include <linux/kconfig.h>

/* Does the kernel have KASAN, and tell of its reports? Else there is nothing to call. */
#define KASAN_REPORTS	(IS_ENABLED(CONFIG_KASAN) && IS_ENABLED(CONFIG_TRACEPOINTS))

void kasan_report_init(void);
void kasan_report_exit(void);

#endif /* _GOMALLOC_KASAN_REPORT_H */
