/* SPDX-License-Identifier: GPL-2.0 */
/*
 * config - the kernel that the host build is: its version and configuration
 *
 * Neither kmemleak, fault injection nor memory cgroups. With HOST_CHECKS the compiler's
 * sanitizers are at work.
 */
#ifndef _HOST_CONFIG_H
#define _HOST_CONFIG_H

#define KERNEL_VERSION(a, b, c)	((a) * 65536 + (b) * 256 + (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(7, 3, 0)

#define CONFIG_64BIT		1
#define CONFIG_SMP		1
#define CONFIG_NR_CPUS		4
#define CONFIG_KUNIT		1
#ifdef HOST_CHECKS
#define CONFIG_DEBUG_VM		1
/* AddressSanitizer has a shadow as KASAN's: hook.c writes it, for the objects */
#define CONFIG_KASAN		1
#define CONFIG_KASAN_GENERIC	1
#define CONFIG_KASAN_VMALLOC	1
#endif

/* 1 if @option is defined as 1, else 0; the compiler and #if may ask */
#define HOST_MARK_1		0,
#define HOST_SECOND(first, second, ...)	second
#define HOST_IS_MARK(mark)	HOST_SECOND(mark 1, 0, 0)
#define HOST_IS_ONE(value)	HOST_IS_MARK(HOST_MARK_##value)
#define HOST_VALUE(option)	HOST_IS_ONE(option)
#define IS_ENABLED(option)	HOST_VALUE(option)
#define IS_BUILTIN(option)		IS_ENABLED(option)
#define IS_REACHABLE(option)		IS_ENABLED(option)

#endif /* _HOST_CONFIG_H */
