/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat - what differs between the supported kernels, 6.1 to 7.3
 *
 * The only file that may ask for a version. Each entry names the release that
 * brought the change.
 */
#ifndef _GOMALLOC_COMPAT_H
#define _GOMALLOC_COMPAT_H

#include <linux/kconfig.h>
#include <linux/mmzone.h>
#include <linux/version.h>

/* Early releases of 6.1 have KUnit and not this; they build without it only */
#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

/* 6.4 made MAX_ORDER inclusive, 6.8 renamed it */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define GOMALLOC_MAX_ORDER	(MAX_ORDER - 1)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define GOMALLOC_MAX_ORDER	MAX_ORDER
#else
#define GOMALLOC_MAX_ORDER	MAX_PAGE_ORDER
#endif

/* 6.13 made the namespace of an export a string */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define GOMALLOC_IMPORT_KUNIT_NS() \
	MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define GOMALLOC_IMPORT_KUNIT_NS() \
	MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#endif

#endif /* _GOMALLOC_COMPAT_H */
