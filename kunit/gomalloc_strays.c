// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_strays - frees what must not be freed, with kfree()
 *
 * What: a module that knows nothing of gomalloc, and has the faults that drivers have.
 *	Where gomalloc stands in the place of kmalloc() each is reported, and nothing else
 *	happens; elsewhere the kernel crashes, or goes on with its lists in disorder.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

/* So that the compiler, which knows what kfree() is, does not see it coming */
static noinline void stray(const char *name, const void *p)
{
	OPTIMIZER_HIDE_VAR(p);
	pr_info("gomalloc_strays: planted %s:\n", name);
	kfree(p);
}

/* Is what was allocated since as it was left? */
static int look(char *a, char *b)
{
	int err = a == b || memchr_inv(a, 'a', 100) || memchr_inv(b, 'b', 100) ? -EUCLEAN : 0;

	kfree(a);
	kfree(b);
	return err;
}

static int __init strays_init(void)
{
	char *p = kmalloc(100, GFP_KERNEL), *a, *b;
	char on_stack[64];

	if (!p)
		return -ENOMEM;
	stray("middle", p + 24);
	kfree(p);
	stray("double", p);
	stray("stack", on_stack);
	a = kmalloc(100, GFP_KERNEL);
	b = kmalloc(100, GFP_KERNEL);
	if (!a || !b)
		return -ENOMEM;
	memset(a, 'a', 100);
	memset(b, 'b', 100);
	return look(a, b);
}

static void __exit strays_exit(void)
{
}

module_init(strays_init);
module_exit(strays_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Frees what must not be freed");
