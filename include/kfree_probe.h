/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of kfree_probe.c: kfree() of our objects by others */
#ifndef _GOMALLOC_KFREE_PROBE_H
#define _GOMALLOC_KFREE_PROBE_H

#include <linux/kconfig.h>
#include <linux/printk.h>

#ifdef CONFIG_KPROBES
void kfree_probe_init(void);
void kfree_probe_exit(void);
#else
static inline void kfree_probe_init(void)
{
	pr_warn("catch_kfree: this kernel has no kprobes; what kfree() does to objects is reported when their span goes\n");
}

static inline void kfree_probe_exit(void)
{
}
#endif

#endif /* _GOMALLOC_KFREE_PROBE_H */
