// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_header - the header alone, in a driver that defines pr_fmt behind it
 *
 * A test by being compiled, on every kernel: <linux/gomalloc.h> needs no other before
 * it, and does not come to printk.h, which would have defined pr_fmt.
 */
#include <linux/gomalloc.h>

/* Said also where warnings are not errors */
#ifdef pr_fmt
#error "<linux/gomalloc.h> comes to <linux/printk.h>"
#endif
#define pr_fmt(fmt) "gomalloc_header: " fmt

#include <linux/module.h>

static int __init header_init(void)
{
	u32 *p = gocalloc(3, sizeof(*p), GFP_KERNEL);

	pr_info("%s\n", p ? "allocated" : "no memory");
	gofree(p);
	return 0;
}

static void __exit header_exit(void)
{
}

module_init(header_init);
module_exit(header_exit);
MODULE_DESCRIPTION("The header of gomalloc, included first");
MODULE_LICENSE("GPL");
